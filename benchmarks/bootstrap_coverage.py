"""How often a 95 % interval holds what it should: one JSON document.

    PYTHONPATH=. .venv/bin/python benchmarks/bootstrap_coverage.py [--repetitions 400] [--log FILE]

A simulated detector and a slightly better one (benchmarks/simulated_detector.py) judge 72 and 200 fresh images, many
times; each time the intervals of AP, AP50, per class, and of the difference of the two are computed as the app does.
The truth is AP of the same two detectors over 20,000 other images. Given a log, finished repetitions are kept in it,
and a script that was cut off goes on from there. `percentile` is the plain percentile interval of an ordinary
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=400)
    parser.add_argument("--resamples", type=int, default=RESAMPLES)
    parser.add_argument("--pictures", type=int, nargs="*", default=list(_IMAGES))
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
        self._known: dict[str, Any] = dict(json.loads(line) for line in lines)

    def get(self, name: str, compute: Callable[[], Any]) -> Any:
        if name not in self._known:
            self._known[name] = compute()
            if self._path:
                with self._path.open("a") as handle:
                    handle.write(json.dumps([name, self._known[name]]) + "\n")
        return self._known[name]


def _both(detector: Detector, images: int, seed: list[int]) -> tuple[RankedMatches, RankedMatches, Any]:
    random = np.random.default_rng(seed)
    world = make_world(detector, images, random)
    found = [detect(one, world, random) for one in (detector, detector.better(_BETTER_BY))]
    a, b = (rank_matches(world.truth, one) for one in found)
    return a, b, world.truth


def _truth(detector: Detector, times: int) -> list[list[list[float]]]:
    """AP and AP50 (2, K + 1) of each of the two and of their difference, the mean of so many times 20,000 images."""
    worlds = [_both(detector, _TRUTH_IMAGES, [_TRUTH_IMAGES, place])[:2] for place in range(times)]
    figures = [np.mean([_observed(pair[side]) for pair in worlds], axis=0) for side in (0, 1)]
    return [one.tolist() for one in (*figures, figures[1] - figures[0])]


def _observed(ranked: RankedMatches) -> Any:
    aps = estimator_for(ranked).class_aps(np.ones(ranked.images))
    return np.stack([np.append(aps.mean(), aps.mean(axis=1)), np.append(aps[:, 0].mean(), aps[:, 0])])


def _repeat(world: str, images: int, number: int, given: argparse.Namespace) -> dict[str, Any]:
    """The intervals of one repetition: kind -> (3, 2, K + 1) pairs of low and high, null where there is none."""
    a, b, truth = _both(_WORLDS[world], images, [images, number])
    names, shown = [str(name) for name in truth.categories["name"]], images_of_each(truth)
    left, right = (bootstrap(one, given.resamples, number, threads=1) for one in (a, b))
    three = (left, right, right.minus(left))
    estimates = [estimate(one, names, shown, lowest) for one, lowest in zip(three, (0, 0, -1), strict=True)]
    result = {"ours": [_pairs(one) for one in estimates], "observed": [one.observed.tolist() for one in three]}
    result["bias"] = [one.bias.tolist() for one in three]
    if given.percentile:
        plain = _percentiles(a, b, given.resamples, number)
        result["percentile"] = [
            [[pair if shown[at] >= FEWEST_IMAGES else None for at, pair in enumerate(row)] for row in one]
            for one in plain
        ]
    return result


def _pairs(estimates: list[Estimate]) -> list[list[list[float | None] | None]]:
    def pair(interval: Interval) -> list[float | None] | None:
        return None if interval.low is None else [interval.low, interval.high]

    return [[pair(getattr(one, measure)) for one in estimates] for measure in _MEASURES]


def _percentiles(a: RankedMatches, b: RankedMatches, resamples: int, seed: int) -> list[Any]:
    random = np.random.default_rng([seed, 1])
    values = []
    estimators = [estimator_for(one) for one in (a, b)]
    for _ in range(resamples):
        weights = np.bincount(random.integers(a.images, size=a.images), minlength=a.images).astype(float)
        aps = [estimator.class_aps(weights) for estimator in estimators]
        figures = [
            np.stack([np.append(np.nanmean(one), one.mean(axis=1)), np.append(np.nanmean(one[:, 0]), one[:, 0])])
            for one in aps
        ]
        values.append([*figures, figures[1] - figures[0]])
    low, high = np.nanquantile(np.array(values), [0.025, 0.975], axis=0)
    return np.stack([low, high], axis=-1).tolist()


def _coverage(truth: Any, repeated: list[dict[str, Any]]) -> dict[str, Any]:
    """For each figure: its truth, mean bias, what was taken off for bias, and the share of intervals that hold it."""
    kinds = [kind for kind in ("ours", "percentile") if kind in repeated[0]]
    document: dict[str, Any] = {}
    for who, name in enumerate(("a", "b", "difference")):
        for measure, title in enumerate(_MEASURES):
            for column, true in enumerate(truth[who][measure]):
                label = f"{name} {title}" + (f" class {column - 1}" if column else "")
                observed = [one["observed"][who][measure][column] for one in repeated]
                bias = [one["bias"][who][measure][column] for one in repeated]
                row = {"truth": round(true, 4), "bias": round(float(np.nanmean(observed)) - true, 4)}
                row |= {"taken_off": round(float(np.mean(bias)), 4), "spread": round(float(np.nanstd(observed)), 4)}
                for kind in kinds:
                    row |= _share(kind, true, [one[kind][who][measure][column] for one in repeated])
                document[label] = row
    return document


def _share(kind: str, true: float, pairs: list[list[float] | None]) -> dict[str, Any]:
    known = [pair for pair in pairs if pair is not None]
    # A class that is seen in fewer than 30 images most of the time is no fair case.
    if len(known) < len(pairs) / 2:
        return {kind: None}
    return {
        kind: round(float(np.mean([low <= true <= high for low, high in known])), 4),
        f"{kind}_intervals": len(known),
        f"{kind}_width": round(float(np.mean([high - low for low, high in known])), 4),
    }


if __name__ == "__main__":
    main()
