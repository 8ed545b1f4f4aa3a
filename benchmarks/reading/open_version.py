"""Opening a large data set version against reading its tables: JSON with seconds, ratios and memory.

python benchmarks/reading/open_version.py [--images 118000] [--boxes 860000] [--rounds 3]

The measure is `pandas.read_parquet` of the same tables in the same process. Against it stand: opening the version with
all charts of its statistics and the first page of its grid, and each filter of the grid with the page that it shows.
Memory is what the process has grown by after all of that.
"""

import argparse
import json
import statistics as middle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil

from core.figures import dataset as charts
from core.labels.findings import Finding, Severity
from core.labels.label_set import LabelSet
from core.services.datasets import OpenVersion, filter_images
from core.tables import ANNOTATIONS, CATEGORIES, IMAGES, from_columns
from core.workspace.datasets import VersionFolder, load_findings, load_labels, store_tables
from pages.widgets import routes
from pages.widgets.image_grid import page_of
from pages.widgets.version_images import tiles_of

CLASSES = 80
FINDINGS = 20_000
TABLES = ("images", "annotations", "categories", "findings")
FILTERS: dict[str, dict[str, Any]] = {
    "none": {},
    "class": {"classes": ["class 3"]},
    "split": {"split": "val"},
    "size": {"size": "small"},
    "finding": {"finding": "odd-aspect"},
    "text": {"text": "0042"},
    "most objects": {"sort": "most objects"},
    "most findings": {"sort": "most findings"},
    "smallest object": {"sort": "smallest object"},
    "class, size and order": {"classes": ["class 3", "class 5"], "size": "large", "sort": "fewest objects"},
}


def main() -> None:
    """Makes the version, and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=118_000)
    parser.add_argument("--boxes", type=int, default=860_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", type=Path, help="measure the version in this folder, in this process")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measured(VersionFolder(arguments.one), arguments.rounds)))
        return
    with tempfile.TemporaryDirectory() as root:
        folder = VersionFolder(Path(root))
        labels, findings = made_labels(arguments.images, arguments.boxes)
        store_tables(folder, labels, findings, {})
        # Measured in a process that has not held the tables before.
        command = [sys.executable, __file__, "--one", root, "--rounds", str(arguments.rounds)]
        report = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    print(json.dumps({"images": arguments.images, "boxes": arguments.boxes, **report}, indent=1))


def made_labels(images: int, boxes: int) -> tuple[LabelSet, list[Finding]]:
    """A label set with this many images and boxes, and findings about its first objects."""
    draw = np.random.default_rng(0)
    ids = np.arange(1, images + 1)
    names = [f"{number:012d}.jpg" for number in ids]
    owners = np.sort(draw.integers(1, images + 1, boxes))
    corner, side = draw.uniform(0, 400, (boxes, 2)), np.exp(draw.uniform(1, 5, (boxes, 2)))
    corners = np.concatenate([corner, corner + side], axis=1)
    image_columns: dict[str, Any] = dict.fromkeys(IMAGES, "") | {
        "image_id": ids, "file_name": names, "width": 640, "height": 480, "use": "labelled",
        "split": draw.choice(["train", "val"], images), "source": [f"images/{name}" for name in names],
        "content_hash": [f"{number:064x}" for number in ids],
    }  # fmt: skip
    object_columns: dict[str, Any] = dict.fromkeys(ANNOTATIONS, "") | {
        "annotation_id": np.arange(1, boxes + 1), "image_id": owners, "category_id": draw.integers(0, CLASSES, boxes),
        **{name: corners[:, place] for place, name in enumerate(("x1", "y1", "x2", "y2"))},
        "area": side.prod(axis=1), "is_crowd": False, "source_line": np.arange(boxes) % 9 + 1,
        "source_file": [f"labels/{owner:012d}.txt" for owner in owners.tolist()],
    }  # fmt: skip
    class_columns = {"category_id": range(CLASSES), "name": [f"class {number}" for number in range(CLASSES)]}
    labels = LabelSet(
        images=from_columns(IMAGES, _filled(image_columns, images)),
        annotations=from_columns(ANNOTATIONS, _filled(object_columns, boxes)),
        categories=from_columns(CATEGORIES, class_columns | {"source_id": [""] * CLASSES}),
    )
    return labels, [_finding(number, owner) for number, owner in enumerate(owners[:FINDINGS].tolist(), 1)]


def _filled(columns: dict[str, Any], rows: int) -> dict[str, Any]:
    return {name: [value] * rows if np.isscalar(value) else value for name, value in columns.items()}


def _finding(annotation: int, image: int) -> Finding:
    source, check = f"images/{image:012d}.jpg", ("odd-aspect", "tiny-box")[annotation % 2]
    message = f"{source}: an object to look at."
    return Finding(check=check, severity=Severity.LOOK, message=message, image=source, annotation=annotation)


def measured(folder: VersionFolder, rounds: int) -> dict[str, Any]:
    """Seconds of reading, opening and filtering, as medians, and the growth of memory in MB."""
    routes.announce()  # the grid then names addresses, as under server.py
    before = psutil.Process().memory_info().rss
    read_s = seconds(lambda: [pd.read_parquet(folder.table(name)) for name in TABLES], rounds)
    opened_s = seconds(lambda: show_all(opened_version(folder)), rounds)
    opened = opened_version(folder)
    show_all(opened)
    filters_s = {name: seconds(partial(show_grid, opened, chosen), rounds) for name, chosen in FILTERS.items()}
    grown_mb = (psutil.Process().memory_info().rss - before) / 2**20
    return {
        "read_parquet_s": round(read_s, 3),
        "charts_and_grid_s": round(opened_s, 3),
        "charts_and_grid_ratio": round(opened_s / read_s, 2),
        "filters_ratio": {name: round(value / read_s, 2) for name, value in filters_s.items()},
        "slowest_filter_ratio": round(max(filters_s.values()) / read_s, 2),
        "grown_mb": round(grown_mb),
    }


def seconds(do: Callable[[], object], rounds: int) -> float:
    """The median time of some calls."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        do()
        times.append(time.perf_counter() - started)
    return middle.median(times)


def opened_version(folder: VersionFolder) -> OpenVersion:
    """The version, opened as the page opens it."""
    return OpenVersion(
        dataset="d", name="d", version="v1", facts={}, labels=load_labels(folder), findings=load_findings(folder),
        images_folder=folder.images, ready=True, reasons=[],
    )  # fmt: skip


def show_all(opened: OpenVersion) -> None:
    """What the tabs Statistics and Images make of a version."""
    labels = opened.labels
    drawn = (charts.objects_per_class, charts.objects_per_image, charts.box_sizes, charts.box_aspects,
             charts.box_positions, charts.images_per_split)  # fmt: skip
    for draw in drawn:
        draw(labels).to_json()
    show_grid(opened, {})


def show_grid(opened: OpenVersion, chosen: dict[str, Any]) -> None:
    """The first page of the images that pass a filter, with their boxes."""
    tiles_of(opened, list(page_of(filter_images(opened, **chosen), 1)))


if __name__ == "__main__":
    main()
