"""How often a 95 % interval contains the true value: one JSON document.

    PYTHONPATH=. .venv/bin/python benchmarks/error_bars/bootstrap_coverage.py [--repetitions 400] [--log FILE]

A simulated detector (simulated_detector.py) and a slightly better one run on 72 and 200 new images, many
times. Each time the script computes the intervals of AP and AP50, of all and per class, and of the difference of the
two, as the app does. The true value is AP of the same detectors over 20,000 other images. A log keeps finished
repetitions, and a script that was interrupted continues from it. `percentile` is the percentile interval of an ordinary
bootstrap (n of n, with replacement) on the same images, which the app does not use.
"""

import argparse
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from simulated_detector import Detector, detect, make_world

from core.evaluation.intervals.bootstrap import RESAMPLES, bootstrap
from core.evaluation.intervals.intervals import FEWEST_IMAGES, Estimate, Interval, estimate, images_of_each
from core.evaluation.intervals.ranked_matches import RankedMatches, rank_matches
from core.evaluation.intervals.weighted_ap import estimator_for

_WORLDS = {
    "three classes": Detector(objects=(6.0, 1.0, 0.8)),
    "eight classes": Detector(objects=(3.0, 2.0, 1.5, 1.0, 0.7, 0.5, 0.4, 0.3), skill=1.0, strays=4.0, blur=0.09),
}
_BETTER_BY = 0.3
_IMAGES = (72, 200)
_TRUTH_IMAGES = 20_000
_MEASURES = ("ap", "ap50")


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=400)
    parser.add_argument("--resamples", type=int, default=RESAMPLES)
    parser.add_argument("--images", "--pictures", type=int, nargs="*", default=list(_IMAGES))
    parser.add_argument("--worlds", nargs="*", default=list(_WORLDS), choices=list(_WORLDS))
    parser.add_argument("--truths", type=int, default=1, help="so many times 20,000 images for the truth")
    parser.add_argument("--percentile", action="store_true", help="the ordinary bootstrap too, for comparison")
    parser.add_argument("--log", type=Path)
    args = parser.parse_args()
    log = _Log(args.log)
    document: dict[str, Any] = {}
    for world in args.worlds:
        truth = log.get(f"{world}, truth of {args.truths}", partial(_truth, _WORLDS[world], args.truths))
        for images in args.images:
            repeated = [
                log.get(f"{world}, {images}, {number}", partial(_repeat, world, images, number, args))
                for number in range(args.repetitions)
            ]
            document[f"{world}, {images} images"] = _coverage(truth, repeated)
    document |= {"repetitions": args.repetitions, "resamples": args.resamples}
    document |= {"truth_pictures": args.truths * _TRUTH_IMAGES, "load_1_min": round(os.getloadavg()[0], 1)}
    print(json.dumps(document | {"date": datetime.now(UTC).date().isoformat()}, indent=2))


class _Log:
    """Results by name, each a line of JSON."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        lines = path.read_text().splitlines() if path and path.is_file() else []
        self._results: dict[str, Any] = dict(json.loads(line) for line in lines)

    def get(self, name: str, compute: Callable[[], Any]) -> Any:
        if name not in self._results:
            self._results[name] = compute()
            if self._path:
                with self._path.open("a") as handle:
                    handle.write(json.dumps([name, self._results[name]]) + "\n")
        return self._results[name]


def _both(detector: Detector, images: int, seed: list[int]) -> tuple[RankedMatches, RankedMatches, Any]:
    random = np.random.default_rng(seed)
    world = make_world(detector, images, random)
    tables = [detect(seen_by, world, random) for seen_by in (detector, detector.better(_BETTER_BY))]
    a, b = (rank_matches(world.truth, detections) for detections in tables)
    return a, b, world.truth


def _truth(detector: Detector, times: int) -> list[list[list[float]]]:
    """AP and AP50 (2, K + 1) of both detectors and of their difference, as means over `times` times 20,000 images."""
    worlds = [_both(detector, _TRUTH_IMAGES, [_TRUTH_IMAGES, index])[:2] for index in range(times)]
    figures = [np.mean([_observed(pair[side]) for pair in worlds], axis=0) for side in (0, 1)]
    return [figure.tolist() for figure in (*figures, figures[1] - figures[0])]


def _observed(ranked: RankedMatches) -> Any:
    aps = estimator_for(ranked).class_aps(np.ones(ranked.images))
    return np.stack([np.append(aps.mean(), aps.mean(axis=1)), np.append(aps[:, 0].mean(), aps[:, 0])])


def _repeat(world: str, images: int, number: int, args: argparse.Namespace) -> dict[str, Any]:
    """The intervals of one repetition: kind -> (3, 2, K + 1) pairs of low and high, null if undefined."""
    a, b, truth = _both(_WORLDS[world], images, [images, number])
    names, images_of = [str(name) for name in truth.categories["name"]], images_of_each(truth)
    left, right = (bootstrap(ranked, args.resamples, number, threads=1) for ranked in (a, b))
    three = (left, right, right.minus(left))
    estimates = [estimate(part, names, images_of, lowest) for part, lowest in zip(three, (0, 0, -1), strict=True)]
    result = {"ours": [_pairs(part) for part in estimates], "observed": [part.observed.tolist() for part in three]}
    result["bias"] = [part.bias.tolist() for part in three]
    if args.percentile:
        plain = _percentiles(a, b, args.resamples, number)
        result["percentile"] = [
            [[pair if images_of[at] >= FEWEST_IMAGES else None for at, pair in enumerate(row)] for row in part]
            for part in plain
        ]
    return result


def _pairs(estimates: list[Estimate]) -> list[list[list[float | None] | None]]:
    def pair(interval: Interval) -> list[float | None] | None:
        return None if interval.low is None else [interval.low, interval.high]

    return [[pair(getattr(estimate, measure)) for estimate in estimates] for measure in _MEASURES]


def _percentiles(a: RankedMatches, b: RankedMatches, resamples: int, seed: int) -> list[Any]:
    random = np.random.default_rng([seed, 1])
    values = []
    estimators = [estimator_for(ranked) for ranked in (a, b)]
    for _ in range(resamples):
        weights = np.bincount(random.integers(a.images, size=a.images), minlength=a.images).astype(float)
        aps = [estimator.class_aps(weights) for estimator in estimators]
        figures = [
            np.stack([np.append(np.nanmean(ap), ap.mean(axis=1)), np.append(np.nanmean(ap[:, 0]), ap[:, 0])])
            for ap in aps
        ]
        values.append([*figures, figures[1] - figures[0]])
    low, high = np.nanquantile(np.array(values), [0.025, 0.975], axis=0)
    return np.stack([low, high], axis=-1).tolist()


def _coverage(truth: Any, repeated: list[dict[str, Any]]) -> dict[str, Any]:
    """For each figure: true value, mean bias, mean correction for bias, and the share of intervals that contain it."""
    kinds = [kind for kind in ("ours", "percentile") if kind in repeated[0]]
    document: dict[str, Any] = {}
    for who, name in enumerate(("a", "b", "difference")):
        for measure, title in enumerate(_MEASURES):
            for column, true in enumerate(truth[who][measure]):
                label = f"{name} {title}" + (f" class {column - 1}" if column else "")
                observed = [result["observed"][who][measure][column] for result in repeated]
                bias = [result["bias"][who][measure][column] for result in repeated]
                row = {"truth": round(true, 4), "bias": round(float(np.nanmean(observed)) - true, 4)}
                row |= {"taken_off": round(float(np.mean(bias)), 4), "spread": round(float(np.nanstd(observed)), 4)}
                for kind in kinds:
                    row |= _share(kind, true, [result[kind][who][measure][column] for result in repeated])
                document[label] = row
    return document


def _share(kind: str, true: float, pairs: list[list[float] | None]) -> dict[str, Any]:
    defined = [pair for pair in pairs if pair is not None]
    # A class with fewer than 30 images in most repetitions does not count.
    if len(defined) < len(pairs) / 2:
        return {kind: None}
    return {
        kind: round(float(np.mean([low <= true <= high for low, high in defined])), 4),
        f"{kind}_intervals": len(defined),
        f"{kind}_width": round(float(np.mean([high - low for low, high in defined])), 4),
    }


if __name__ == "__main__":
    main()
