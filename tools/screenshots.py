"""Makes the images of the README from the running app: real data sets, a real run, a real evaluation.

    .venv/bin/python tools/screenshots.py [--out docs/images] [--theme light|dark] [--width 1280] [--workspace DIR]

It makes a workspace with the demo data, trains twice, evaluates both runs, starts the server on a free port and takes
an image of every page and of the import of a faulty archive. --workspace uses an existing workspace unchanged: its
newest data set, runs and evaluation.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from find_browser import find_browser
from playwright.sync_api import Page, sync_playwright

# A script's import path begins with its folder; core is in the folder above.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from core.tables import read_table

ROOT = Path(__file__).resolve().parent.parent
BROWSER_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
# The longest time in which a page finishes loading on a busy machine.
SETTLE_MS = 60_000


def main() -> None:
    """Prepares a workspace and takes all images."""
    args = _arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        workspace = args.workspace or Path(folder) / "workspace"
        if args.workspace is None:
            _furnish(workspace, Path(folder))
        faulty = Path(folder) / "aerial tiles with faults"
        core(workspace, "demo", str(faulty), "--images", "60", "--seed", "7", "--faults")
        archive = Path(shutil.make_archive(str(faulty), "zip", faulty))
        with server(workspace) as address:
            _shoot(address, workspace, archive, args)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--workspace", type=Path)
    return parser.parse_args()


def core(workspace: Path, *arguments: str) -> Any:
    """The JSON output of a command line call. Raises CalledProcessError if it fails."""
    command = [sys.executable, "-m", "core", "--workspace", str(workspace), *arguments, "--json"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def _furnish(workspace: Path, folder: Path) -> None:
    core(workspace, "demo", str(folder / "aerial tiles"))
    core(workspace, "import", str(folder / "aerial tiles"))
    first = core(workspace, "train", "aerial tiles", "--preset", "quick", "--iterations", "150", "--wait")
    second = core(workspace, "train", "aerial tiles", "--preset", "quick", "--wait")
    for run in (first, second):
        core(workspace, "evaluate", run["run"])


@contextmanager
def server(workspace: Path) -> Iterator[str]:
    """Starts the app on a free loopback port; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "DETDESK_WORKSPACE": str(workspace), "PORT": str(port), "HOST": "127.0.0.1"}
    process = subprocess.Popen([sys.executable, "server.py"], cwd=ROOT, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/_stcore/health")
        yield address
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)
        else:
            return


def _shoot(address: str, workspace: Path, archive: Path, args: argparse.Namespace) -> None:
    runs = core(workspace, "runs")
    dataset = core(workspace, "datasets")[0]["id"]
    documents = [json.loads(path.read_text()) for path in (workspace / "evaluations").glob("*/evaluation.json")]
    oldest, *_, evaluation = (document["id"] for document in sorted(documents, key=lambda item: item["created"]))
    image = read_table(workspace / "evaluations" / evaluation / "images.parquet")["image_id"].iloc[0]
    views = {
        "overview": "",
        "datasets": "datasets",
        "import": "datasets?import=1",
        "dataset": f"dataset?dataset={dataset}&tab=Images",
        "statistics": f"dataset?dataset={dataset}&tab=Statistics",
        "train": f"train?dataset={dataset}",
        "runs": "runs?" + "&".join(f"compare={run['run']}" for run in runs[:2]),
        "run": f"run?run={runs[0]['run']}",
        "evaluate": f"evaluate?evaluation={evaluation}",
        "causes": f"evaluate?evaluation={evaluation}&tab=Causes&cause=location",
        "objects": f"evaluate?evaluation={evaluation}&view=objects&outcome=false_positive&tab=Causes",
        "label-issues": f"evaluate?evaluation={evaluation}&tab=Label%20issues&score=0.6",
        "compare": f"evaluate?evaluation={oldest}&against={evaluation}",
        "viewer": f"evaluate?evaluation={evaluation}&image={image}",
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find_browser()), args=BROWSER_ARGUMENTS)
        context = browser.new_context(
            viewport={"width": args.width, "height": 900}, color_scheme=args.theme, device_scale_factor=1
        )
        for name, path in views.items():
            page = context.new_page()
            page.goto(f"{address}/{path}")
            if name == "import":
                page.locator(".uploader input[type=file]").set_input_files(archive)
                page.get_by_text("What was found").wait_for(timeout=SETTLE_MS)
            settle(page)
            page.screenshot(path=args.out / f"{name}.png")
            page.close()
            print(f"{name}.png", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.html"
            core(workspace, "report", evaluation, "--out", str(report))
            page = context.new_page()
            page.goto(report.as_uri())
            page.wait_for_function("() => [...document.images].every(image => image.complete)", timeout=SETTLE_MS)
            page.screenshot(path=args.out / "report.png")
            print("report.png", flush=True)
        browser.close()


def settle(page: Page) -> None:
    """Waits until the page's script has run and everything has loaded."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=SETTLE_MS)
    page.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton]')", timeout=SETTLE_MS)
    page.wait_for_function("() => [...document.images].every(image => image.complete)", timeout=SETTLE_MS)
    # Charts and canvases draw after their data has arrived.
    page.wait_for_timeout(1500)


if __name__ == "__main__":
    main()
