"""Seconds of a whole evaluation of the size of COCO val, and of the queries of a page on it: one JSON document.

    .venv/bin/python benchmarks/evaluation_speed.py [--images 5000] [--truths 35000] [--detections 300000]

The set is synthetic and seeded: objects of 80 classes, detections that are moved copies of them (some of another
class), and strays, as two COCO files. *evaluate* is the process `python -m core evaluate --truth F --detections F
--json` from start to end: reading both files, AP, matching, matrix, curves, causes, tables. *pycocotools* is a process
that loads the same files and computes AP. *interpreter* is `python -m core runs`, which evaluates nothing. The rest is
measured inside this process: opening the stored evaluation with its first summary; another score; another IoU, alone
and with everything that a page shows of it; filters of the images at a cached pair, alone and with the boxes of a
page. All times are wall and processor time, because other programs lengthen wall time; the load is given before and
after.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from core.services.evaluation import (
    ImageFilter,
    boxes_on,
    image_rows,
    open_evaluation,
    summarise,
)
from core.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
CLASSES = 80
SIDE_PX = 640
SEED = 2017
IMAGES_ON_A_PAGE = 12
PYCOCOTOOLS = """
import sys
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
truth = COCO(sys.argv[1])
evaluator = COCOeval(truth, truth.loadRes(sys.argv[2]), "bbox")
evaluator.evaluate(); evaluator.accumulate(); evaluator.summarize()
"""


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--truths", type=int, default=35_000)
    parser.add_argument("--detections", type=int, default=300_000)
    args = parser.parse_args()
    report: dict[str, Any] = {
        **vars(args),
        "classes": CLASSES,
        "cores": os.cpu_count(),
        "load_before": os.getloadavg(),
    }
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        truth, results = make_files(place, args.images, args.truths, args.detections)
        core = [sys.executable, "-m", "core", "--workspace", str(place / "workspace")]
        report["interpreter"], _ = run([*core, "runs", "--json"])
        files = [str(truth), str(results)]
        report["evaluate"], printed = run([*core, "evaluate", "--truth", files[0], "--detections", files[1], "--json"])
        report["pycocotools"], _ = run([sys.executable, "-c", PYCOCOTOOLS, *files])
        for unit in ("s", "processor_s"):
            report[f"pycocotools_over_evaluate_{unit}"] = round(
                report["pycocotools"][unit] / report["evaluate"][unit], 2
            )
        document = json.loads(printed)
        report["ap50"] = document["ap50"]
        report |= questions(Settings(workspace=place / "workspace"), document["evaluation"])
    report["load_after"] = os.getloadavg()
    print(json.dumps(report, indent=2))


def make_files(folder: Path, images: int, truths: int, detections: int) -> tuple[Path, Path]:
    """Writes ground truth and results as COCO files, and returns their paths."""
    random = np.random.default_rng(SEED)
    # The number of objects varies between images, as in COCO.
    shares = random.gamma(1.0, size=images)
    image = np.sort(random.choice(images, truths, p=shares / shares.sum())) + 1
    kind = random.choice(CLASSES, truths, p=random.dirichlet(np.full(CLASSES, 0.7))) + 1
    boxes = _boxes(random, truths)
    copies = min(detections * 2 // 3, truths * 6)
    of = random.integers(truths, size=copies)
    shaken = boxes[of] + random.normal(0, 0.12, (copies, 4)) * np.tile(boxes[of, 2:], 2)
    shaken[:, 2:] = np.maximum(shaken[:, 2:], 1)
    other = random.random(copies) < 0.3
    copied = np.where(other, random.integers(1, CLASSES + 1, copies), kind[of])
    strays = detections - copies
    found_image = np.concatenate([image[of], random.integers(1, images + 1, strays)])
    found_kind = np.concatenate([copied, random.integers(1, CLASSES + 1, strays)])
    found_box = np.concatenate([shaken, _boxes(random, strays)]).round(2)
    score = np.concatenate([random.beta(2, 3, copies), random.beta(1, 6, strays)]).round(5)
    objects = [
        {"id": index + 1, "image_id": i, "category_id": k, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
        for index, (i, k, box) in enumerate(zip(image.tolist(), kind.tolist(), boxes.round(2).tolist(), strict=True))
    ]
    image_records = [
        {"id": i, "file_name": f"{i:012d}.jpg", "width": SIDE_PX, "height": SIDE_PX} for i in range(1, images + 1)
    ]
    categories = [{"id": i, "name": f"class {i}"} for i in range(1, CLASSES + 1)]
    columns = (found_image.tolist(), found_kind.tolist(), found_box.tolist(), score.tolist())
    results = [
        {"image_id": i, "category_id": k, "bbox": box, "score": s} for i, k, box, s in zip(*columns, strict=True)
    ]
    truth_file, results_file = folder / "truth.json", folder / "found.json"
    truth_file.write_text(json.dumps({"images": image_records, "annotations": objects, "categories": categories}))
    results_file.write_text(json.dumps(results))
    return truth_file, results_file


def _boxes(random: np.random.Generator, number: int) -> np.ndarray:
    """(N, 4) x, y, width, height in px."""
    sizes = np.clip(random.lognormal(4.0, 0.9, (number, 2)), 4, SIDE_PX * 0.9)
    return np.column_stack([random.random((number, 2)) * (SIDE_PX - sizes), sizes])


def questions(settings: Settings, key: str) -> dict[str, Any]:
    """Seconds of the queries of a page on an evaluation."""
    opened, report = [], {}

    def open_it() -> None:
        opened.append(open_evaluation(settings, key))
        summarise(opened[-1])

    def whole_page(score: float, iou: float) -> None:
        evaluation = opened[-1]
        summarise(evaluation, score, iou)
        evaluation.threshold_curves(iou)
        evaluation.precision_recall(iou)
        image_rows(evaluation, score, iou)

    def narrow(chosen: ImageFilter) -> None:
        rows = image_rows(opened[-1], 0.5, 0.7, chosen)
        boxes_on(opened[-1], rows["image_id"].head(IMAGES_ON_A_PAGE).tolist(), 0.7, 0.5, chosen)

    report["open"] = timed(open_it)
    report["other_score"] = timed(lambda: summarise(opened[-1], 0.3))
    report["other_iou"] = timed(lambda: summarise(opened[-1], 0.5, 0.6))
    report["other_iou_everything"] = timed(lambda: whole_page(0.5, 0.7))
    filters = {
        "no_filter": ImageFilter(),
        "filter_cell": ImageFilter(cell=(3, 3)),
        "filter_cause": ImageFilter(cause="class"),
        "filter_class": ImageFilter(category_id=3, outcome="missed"),
    }
    for name, chosen in filters.items():
        report[f"{name}_rows"] = timed(partial(image_rows, opened[-1], 0.5, 0.7, chosen))
        report[f"{name}_with_boxes"] = timed(partial(narrow, chosen))
    return report


def timed(what: Callable[[], Any]) -> dict[str, float]:
    """Wall and processor seconds."""
    began, of_processor = time.perf_counter(), time.process_time()
    what()
    return _seconds(time.perf_counter() - began, time.process_time() - of_processor)


def run(command: list[str]) -> tuple[dict[str, float], str]:
    """Wall and processor seconds of a process, and its standard output."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    printed = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return _seconds(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime), printed


def _seconds(wall: float, processor: float) -> dict[str, float]:
    return {"s": round(wall, 3), "processor_s": round(processor, 3)}


if __name__ == "__main__":
    main()
