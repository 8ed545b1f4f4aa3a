"""The time of error bars: one JSON document.

    PYTHONPATH=. .venv/bin/python benchmarks/error_bars/bootstrap_speed.py [--resamples 1000] [--threads 2]

Two simulated evaluations, of the size of COCO val2017 (5,000 images, 35,000 objects, 300,000 detections, 80 classes)
and of 72 images. `match_s` is the matching at the ten IoUs, `resample_s` that of all resamples. `…_cpu_s` is processor
time, which other programs do not lengthen.
"""

import argparse
import json
import os
import time
from datetime import UTC, datetime
from typing import Any

import numpy as np
from simulated_detector import Detector, detect, make_world

from core.evaluation.intervals.bootstrap import RESAMPLES, bootstrap
from core.evaluation.intervals.ranked_matches import rank_matches

_SIZES = {
    "coco_val": (5000, Detector(objects=(7.0 / 80,) * 80, skill=1.5, strays=55.0)),
    "72_pictures": (72, Detector(objects=(6.0, 1.0, 0.8))),
}


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resamples", type=int, default=RESAMPLES)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    document: dict[str, Any] = {name: _measure(*size, args) for name, size in _SIZES.items()}
    document |= {"resamples": args.resamples, "threads": args.threads, "cores": os.cpu_count()}
    document |= {"load_1_min": round(os.getloadavg()[0], 1), "date": datetime.now(UTC).date().isoformat()}
    print(json.dumps(document, indent=2))


def _measure(images: int, detector: Detector, given: argparse.Namespace) -> dict[str, Any]:
    random = np.random.default_rng(0)
    world = make_world(detector, images, random)
    found = detect(detector, world, random)
    began, began_cpu = time.perf_counter(), time.process_time()
    ranked = rank_matches(world.truth, found)
    matched, matched_cpu = time.perf_counter(), time.process_time()
    replicates = bootstrap(ranked, given.resamples, threads=given.threads)
    ended, ended_cpu = time.perf_counter(), time.process_time()
    return {
        "pictures": images,
        "objects": len(world.truth.annotations),
        "detections": len(found),
        "true_positives_at_ten_ious": len(ranked.true_at),
        "ap": round(float(replicates.observed[0, 0]), 4),
        "match_s": round(matched - began, 2),
        "match_cpu_s": round(matched_cpu - began_cpu, 2),
        "resample_s": round(ended - matched, 2),
        "resample_cpu_s": round(ended_cpu - matched_cpu, 2),
        "together_s": round(ended - began, 2),
    }


if __name__ == "__main__":
    main()
