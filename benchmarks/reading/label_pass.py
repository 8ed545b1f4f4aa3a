"""The label pass against hotcoco on the same YOLO source: JSON with seconds, peak memory and the ratio.

python benchmarks/reading/label_pass.py [--images 20000] [--boxes 7] [--rounds 3]

The peer reads the labels with the images' sizes (`COCO.from_yolo`) and runs its health check. The label pass reads the
same, and finds pairs, units, classes, splits and accounts, and runs all checks on labels. Each runs in a process of its
own, in turn; the figure is the median of the rounds.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SIZES = [(640, 480), (500, 375), (800, 600), (1024, 768)]
CLASSES = 10


def main() -> None:
    """Makes the source, runs both in turn, and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--boxes", type=int, default=7, help="mean number an image")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", help="run one side on this source, in this process")
    parser.add_argument("--side", choices=["detdesk", "hotcoco"], default="detdesk")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measured(SIDES[arguments.side], Path(arguments.one))))
        return
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        boxes = make_source(source, arguments.images, arguments.boxes)
        runs: dict[str, list[dict[str, Any]]] = {"detdesk": [], "hotcoco": []}
        for _ in range(arguments.rounds):
            for side, results in runs.items():
                results.append(in_own_process(side, source))
    report = {side: summary(results) for side, results in runs.items()}
    ratios = {f"ratio_{name}": ratio(report, name) for name in ("seconds", "cpu_s")}
    print(json.dumps({"images": arguments.images, "boxes": boxes, **report, **ratios}, indent=1))


def ratio(report: dict[str, dict[str, Any]], name: str) -> float:
    """How many times the peer's value of this name the label pass took."""
    return round(float(report["detdesk"][name] / report["hotcoco"][name]), 2)


def make_source(root: Path, images: int, boxes: int) -> int:
    """Writes a YOLO source with linked images; returns the number of boxes."""
    numbers = random.Random(0)
    (root / "images").mkdir(parents=True)
    (root / "labels").mkdir()
    names = "\n".join(f"  {index}: class{index}" for index in range(CLASSES))
    (root / "data.yaml").write_text(f"names:\n{names}\n")
    for index, size in enumerate(SIZES):
        Image.effect_noise(size, 60).convert("RGB").save(root / f"seed{index}.jpg", quality=60)
    written = 0
    for number in range(images):
        os.link(root / f"seed{number % len(SIZES)}.jpg", root / "images" / f"{number:06d}.jpg")
        lines = []
        for _ in range(numbers.randint(1, 2 * boxes - 1)):
            width, height = numbers.uniform(0.02, 0.4), numbers.uniform(0.02, 0.4)
            x, y = numbers.uniform(width / 2, 1 - width / 2), numbers.uniform(height / 2, 1 - height / 2)
            lines.append(f"{numbers.randrange(CLASSES)} {x:.6f} {y:.6f} {width:.6f} {height:.6f}")
        written += len(lines)
        (root / "labels" / f"{number:06d}.txt").write_text("\n".join(lines) + "\n")
    for index in range(len(SIZES)):
        (root / f"seed{index}.jpg").unlink()
    return written


def label_pass(source: Path) -> int:
    """Reads and checks the labels; returns the number of objects."""
    from core.labels.imports.examination import examine
    from core.labels.imports.options import ImportOptions
    from core.labels.sources.source_tree import SourceTree

    examination = examine(SourceTree.walk(source), ImportOptions(), lambda *_: None)
    assert not examination.report.blocks
    return len(examination.reading.label_set.annotations)


def peer(source: Path) -> int:
    """Reads the labels with the images' sizes and runs the health check; returns the number of objects."""
    import shutil

    import hotcoco

    shutil.copy(source / "data.yaml", source / "labels" / "data.yaml")
    coco = hotcoco.COCO.from_yolo(str(source / "labels"), images_dir=str(source / "images"))
    coco.healthcheck()
    (source / "labels" / "data.yaml").unlink()
    return len(coco.get_ann_ids())


SIDES: dict[str, Callable[[Path], int]] = {"detdesk": label_pass, "hotcoco": peer}


def measured(side: Callable[[Path], int], source: Path) -> dict[str, Any]:
    """One run in this process: seconds and seconds of CPU without the imports, and peak memory of the process in MB."""
    import hotcoco  # noqa: F401  neither side pays for its imports

    import core.labels.imports.examination  # noqa: F401

    started, cpu_started = time.perf_counter(), time.process_time()
    objects = side(source)
    seconds, cpu_s = time.perf_counter() - started, time.process_time() - cpu_started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": round(seconds, 3), "cpu_s": round(cpu_s, 3), "peak_mb": round(peak_mb), "objects": objects}


def in_own_process(side: str, source: Path) -> dict[str, Any]:
    """One run in a new process."""
    command = [sys.executable, __file__, "--one", str(source), "--side", side]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env=environment())
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def environment() -> dict[str, str]:
    """The environment of a run, which finds the product's packages."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Median seconds, the largest peak, and the number of objects."""
    return {
        "seconds": statistics.median(result["seconds"] for result in results),
        "cpu_s": statistics.median(result["cpu_s"] for result in results),
        "peak_mb": max(result["peak_mb"] for result in results),
        "objects": results[0]["objects"],
    }


if __name__ == "__main__":
    main()
