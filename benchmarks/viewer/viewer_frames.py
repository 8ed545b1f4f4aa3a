"""Frames per second of the viewer during zooming of an image with 2,000 boxes: one JSON document.

    .venv/bin/python benchmarks/viewer/viewer_frames.py [--steps 60] [--turn 24] [--rounds 5]

benchmarks/viewer/viewer_page.py shows the viewer with a canvas of 1280 x 800 px, all layers and labels on, in a
headless Chromium (the one in DETDESK_BROWSER, else the system's). In each animation frame one wheel event reaches the
canvas: zoom in for the first half of the steps, out for the second. A frame lasts from one animation frame to the next,
so it includes the script, the drawing and the other work of the browser. *paint_ms* is the part of the viewer. The load
is given before and after, because other programs lengthen frames.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, ViewportSize, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.browser.conftest import ARGUMENTS, browser_path
from tests.factories.app.app_server import serve

# The canvas takes at most three quarters of the window, so 800 px need this much.
VIEWPORT: ViewportSize = {"width": 1280, "height": 1120}
WHEEL = """async (canvas, [steps, turn]) => {
    const frame = () => new Promise(requestAnimationFrame);
    const place = canvas.getBoundingClientRect();
    const at = {clientX: place.left + place.width * 0.4, clientY: place.top + place.height * 0.45};
    const begun = [], busy = [];
    const viewer = canvas.closest(".viewer").viewer;
    viewer.paint = () => {
        const start = performance.now();
        Object.getPrototypeOf(viewer).paint.call(viewer);
        busy.push(performance.now() - start);
    };
    for (let step = 0; step <= steps; step += 1) {
        begun.push(await frame());
        const deltaY = step < steps / 2 ? -turn : turn;
        canvas.dispatchEvent(new WheelEvent("wheel", {deltaY, bubbles: true, cancelable: true, ...at}));
    }
    delete viewer.paint;
    return {frames: begun.slice(1).map((time, place) => time - begun[place]), busy,
            size: [canvas.width, canvas.height], zoom: canvas.dataset.zoom};
}"""


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=60, help="turns of the wheel a round")
    parser.add_argument("--turn", type=float, default=24, help="px a turn; 24 ends at six times the whole image")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    command = ["-m", "streamlit", "run", "benchmarks/viewer/viewer_page.py", "--server.port", "{port}"]
    load_before = os.getloadavg()
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "workspace", [*command, "--server.headless", "true"]) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=browser_path(), headless=True, args=ARGUMENTS)
        page = browser.new_page(viewport=VIEWPORT)
        page.goto(server.url)
        page.locator(".viewer canvas[data-ready='1']").wait_for(timeout=60_000)
        measured = [_measure(page, args.steps, args.turn) for _ in range(args.rounds)]
        browser.close()
    rounds = [_figures(frames) for frames in measured]
    medians = sorted(row["median_ms"] for row in rounds)
    report = {
        **vars(args),
        "cores": os.cpu_count(),
        "load_before": load_before,
        "load_after": os.getloadavg(),
        "canvas": measured[0]["size"],
        "boxes": measured[0]["boxes"],
        "median_ms": medians[len(medians) // 2],
        "p95_ms": sorted(row["p95_ms"] for row in rounds)[len(rounds) // 2],
        "each": rounds,
    }
    print(json.dumps(report, indent=1))


def _measure(page: Page, steps: int, turn: float) -> dict[str, Any]:
    """One round, from the whole image in and out again."""
    page.locator(".viewer").press("0")
    page.wait_for_timeout(500)
    shown = page.locator(".viewer canvas").get_attribute("data-shown-boxes") or "0"
    return {**page.locator(".viewer canvas").evaluate(WHEEL, [steps, turn]), "boxes": int(shown)}


def _figures(measured: dict[str, Any]) -> dict[str, Any]:
    frames, busy = np.array(measured["frames"]), np.array(measured["busy"])
    return {
        "frames": len(frames),
        "median_ms": round(float(np.median(frames)), 1),
        "p95_ms": round(float(np.percentile(frames, 95)), 1),
        "paint_ms": round(float(np.median(busy)), 1),
    }


if __name__ == "__main__":
    main()
