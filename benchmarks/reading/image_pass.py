"""The image pass against a plain loop over the same images: JSON with seconds and the ratio of speeds.

python benchmarks/reading/image_pass.py [--images 1000] [--rounds 3] [--processes 2]

The plain loop decodes each image completely, makes a copy of 320 px (`Image.thumbnail`) and saves it as JPEG, in a pool
of as many processes as the image pass may use. The image pass does the same, and hashes the file, its pixels and its
look, and measures brightness, blur and information. Both run in separate processes, in turn; the figure is the
median of the rounds. Starting their pools counts on both sides.
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
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from core.images import open_image

ROOT = Path(__file__).resolve().parents[2]
SIZES = [(640, 480), (800, 600), (1024, 768)]
THUMBNAIL_PX = 320


def main() -> None:
    """Makes the images, runs both in turn, and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--one", help="run one side on this folder, in this process")
    parser.add_argument("--side", choices=list(SIDES), default="detdesk")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measured(SIDES[arguments.side], Path(arguments.one), arguments.processes)))
        return
    with tempfile.TemporaryDirectory() as folder:
        make_images(Path(folder), arguments.images)
        runs: dict[str, list[dict[str, Any]]] = {side: [] for side in SIDES}
        for _ in range(arguments.rounds):
            for side, results in runs.items():
                results.append(in_own_process(side, Path(folder), arguments.processes))
    report = {side: summary(results) for side, results in runs.items()}
    speeds = {f"speed_{name}": speed(report, name) for name in ("seconds", "cpu_s")}
    print(json.dumps({"images": arguments.images, "processes": arguments.processes, **report, **speeds}, indent=1))


def make_images(folder: Path, count: int) -> None:
    """Writes images of smooth surfaces and shapes, each another one."""
    for number in range(count):
        numbers, size = random.Random(number), SIZES[number % len(SIZES)]
        colours = [tuple(numbers.randrange(256) for _ in range(3)) for _ in range(16)]
        ground = Image.new("RGB", (4, 4))
        ground.putdata(colours)
        image = ground.resize(size, Image.Resampling.BICUBIC)
        draw = ImageDraw.Draw(image)
        for _ in range(30):
            x, y = numbers.randrange(size[0]), numbers.randrange(size[1])
            box = (x, y, x + numbers.randrange(8, 160), y + numbers.randrange(8, 160))
            draw.ellipse(box, fill=numbers.choice(colours), outline=numbers.choice(colours), width=3)
        image.save(folder / f"{number:06d}.jpg", quality=92)


def image_pass(folder: Path, processes: int) -> int:
    """Makes the image pass; returns the number of images that could be read."""
    import pandas as pd

    from core.labels.images.scan import read_facts
    from core.labels.sources.source_tree import SourceTree

    tree = SourceTree.walk(folder)
    images = pd.DataFrame({"image_id": range(len(tree.images)), "source": tree.images})
    with tempfile.TemporaryDirectory() as thumbnails:
        facts = read_facts(images, tree, lambda *_: None, thumbnails=Path(thumbnails), workers=processes)
    return int((facts["problem"] == "").sum())


def plain_loop(folder: Path, processes: int) -> int:
    """Decodes the images and saves their thumbnails; returns their number."""
    paths = sorted(folder.glob("*.jpg"))
    with (
        tempfile.TemporaryDirectory() as thumbnails,
        ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool,
    ):
        return sum(pool.map(partial(small_copy, thumbnails), paths, chunksize=16))


def small_copy(thumbnails: str, path: Path) -> int:
    """Decodes one image completely, and saves its thumbnail."""
    with open_image(path) as image:
        image.load()
        image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
        image.save(Path(thumbnails) / path.name, quality=85)
    return 1


SIDES: dict[str, Callable[[Path, int], int]] = {"detdesk": image_pass, "plain": plain_loop}


def measured(side: Callable[[Path, int], int], folder: Path, processes: int) -> dict[str, Any]:
    """One run: seconds without imports of the calling process, and seconds of CPU with its children's."""
    import core.labels.images.scan  # noqa: F401  neither side pays for its imports

    started, cpu_started = time.perf_counter(), cpu_seconds()
    images = side(folder, processes)
    seconds, cpu_s = time.perf_counter() - started, cpu_seconds() - cpu_started
    return {"seconds": round(seconds, 3), "cpu_s": round(cpu_s, 3), "images": images}


def cpu_seconds() -> float:
    """Seconds of CPU of this process and of its children that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def in_own_process(side: str, folder: Path, processes: int) -> dict[str, Any]:
    """One run in a new process."""
    command = [sys.executable, __file__, "--one", str(folder), "--side", side, "--processes", str(processes)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians of seconds, and the number of images."""
    medians = {name: statistics.median(result[name] for result in results) for name in ("seconds", "cpu_s")}
    return {**medians, "images": results[0]["images"]}


def speed(report: dict[str, dict[str, Any]], name: str) -> float:
    """The speed of the image pass as a share of the plain loop's."""
    return round(float(report["plain"][name] / report["detdesk"][name]), 2)


if __name__ == "__main__":
    main()
