"""Rules of advice on use: slices, threshold, calibration, empty images, the run, the number of images.

Each is silent below its minimum of evidence, which is named here with its reason.
"""

import math
from collections.abc import Iterator
from typing import Final

from core.evaluation.advice.facts import Advice, Facts
from core.evaluation.advice.on_ap import FEWEST_BOXES
from core.evaluation.intervals.intervals import FEWEST_IMAGES
from core.evaluation.matching.outcomes import Counts
from core.evaluation.slices.slices import Slice

# Several slices are compared at once, and objects of an image go together: two standard deviations come by chance.
SLICE_SIGMAS: Final = 3.0
# F1 below that of all; less is not seen in use.
LEAST_SLICE_DIFFERENCE: Final = 0.05
# Below it the choice of the best of 101 thresholds is mostly luck.
LEAST_F1: Final = 0.01
# Scores are used from a half on; a mean that is off by a tenth misleads, and 100 detections tell it to within 0.05.
CALIBRATED_FROM: Final = 0.5
LEAST_MISCALIBRATION: Final = 0.1
FEWEST_CALIBRATED: Final = 100
# A false positive on every second empty image; ten such images tell that from one on every fifth.
FEWEST_EMPTY_IMAGES: Final = 10
LEAST_FALSE_POSITIVES_A_IMAGE: Final = 0.5
# Below it, differences of a few AP points cannot be told from chance.
WIDE_INTERVAL: Final = 0.05


def on_slices(facts: Facts) -> Iterator[Advice]:
    """The slice that costs the most F1, and at most one of another kind."""
    told = {key.partition(":")[0] for cost in facts.costs if (key := cost.slice_key)}
    lagging: list[tuple[float, Slice, str]] = []
    for one in facts.slices:
        if one.is_small or one.difference is None or one.difference > -LEAST_SLICE_DIFFERENCE:
            continue
        rate, sigmas = _worse_rate(one, facts.whole)
        if sigmas >= SLICE_SIGMAS and _kind(one.slicing) not in {_kind(name) for name in told}:
            lagging.append((one.difference * one.counts.truths / facts.whole.truths, one, rate))
    kinds: list[str] = []
    for cost, one, rate in sorted(lagging, key=lambda row: row[0]):
        if _kind(one.slicing) in kinds or len(kinds) == 2:
            continue
        kinds.append(_kind(one.slicing))
        evidence = {
            "slice": one.part.key,
            "slice_title": one.part.title,
            "by": one.slicing,
            "rate": rate,
            "value": getattr(one.counts, rate),
            "value_of_all": getattr(facts.whole, rate),
            "f1_difference": one.difference,
            "objects": one.counts.truths,
            "score": facts.score,
        }
        outcome = "missed" if rate == "recall" else "false_positive"
        yield Advice(key="slice", evidence=evidence, images={"slice": one.part.key, "outcome": outcome}, weight=-cost)


def _kind(slicing: str) -> str:
    """Both slicings by size say the same."""
    return "size" if slicing == "side" else slicing


def _worse_rate(one: Slice, whole: Counts) -> tuple[str, float]:
    """Recall or precision, whichever is worse than in the rest, and by how many standard deviations."""
    part, rest = (
        one.counts,
        Counts(
            category_id=-1,
            name="",
            tp=whole.tp - one.counts.tp,
            fp=whole.fp - one.counts.fp,
            fn=whole.fn - one.counts.fn,
        ),
    )
    sigmas = {
        "recall": _sigmas_below((part.tp, part.truths), (rest.tp, rest.truths)),
        "precision": _sigmas_below((part.tp, part.tp + part.fp), (rest.tp, rest.tp + rest.fp)),
    }
    return max(sigmas.items(), key=lambda item: item[1])


def _sigmas_below(part: tuple[int, int], rest: tuple[int, int]) -> float:
    """How far the share of (part, whole) here lies below that of the rest: the test of two proportions."""
    if not part[1] or not rest[1]:
        return 0.0
    pooled = (part[0] + rest[0]) / (part[1] + rest[1])
    deviation = math.sqrt(pooled * (1 - pooled) * (1 / part[1] + 1 / rest[1]))
    return (rest[0] / rest[1] - part[0] / part[1]) / deviation if deviation else 0.0


def on_threshold(facts: Facts) -> Iterator[Advice]:
    """A score that is far from the best, or classes that want scores of their own."""
    better = facts.threshold
    if better is None or better.moved < FEWEST_BOXES:
        return
    gain_of_each = better.each_f1 - better.f1
    if max(gain_of_each, better.best_f1 - better.f1) < LEAST_F1:
        return
    # A threshold for each class is more to keep in mind, so it must be worth that over the one for all.
    is_each = better.each_f1 - better.best_f1 >= LEAST_F1
    evidence = {
        "score": better.score,
        "f1": better.f1,
        "best_score": None if is_each else better.best_score,
        "best_f1": better.each_f1 if is_each else better.best_f1,
        "is_each": is_each,
    }
    gain = gain_of_each if is_each else better.best_f1 - better.f1
    yield Advice(key="threshold", evidence=evidence, images={"tab": "Thresholds"}, weight=gain)


def on_calibration(facts: Facts) -> Iterator[Advice]:
    """Scores that promise much more, or less, than they keep."""
    bins = facts.calibration
    if bins.empty:
        return
    bins = bins[(bins["low"] >= CALIBRATED_FROM - 1e-9) & (bins["detections"] > 0)]
    count = int(bins["detections"].sum())
    if count < FEWEST_CALIBRATED:
        return
    promised, kept = (float((bins[name] * bins["detections"]).sum() / count) for name in ("confidence", "precision"))
    if abs(promised - kept) >= LEAST_MISCALIBRATION:
        evidence = {"from_score": CALIBRATED_FROM, "detections": count, "mean_score": promised, "precision": kept}
        yield Advice(key="calibration", evidence=evidence, images={"tab": "Calibration"})


def on_empty(facts: Facts) -> Iterator[Advice]:
    """False positives on images without any object."""
    images, false_positives = facts.empty_images, facts.empty_false_positives
    if (
        images < FEWEST_EMPTY_IMAGES
        or false_positives < FEWEST_BOXES
        or false_positives < LEAST_FALSE_POSITIVES_A_IMAGE * images
    ):
        return
    evidence = {
        "pictures": images,
        "false_alarms": false_positives,
        "per_picture": false_positives / images,
        "score": facts.score,
    }
    whole = facts.whole
    without = Counts(category_id=-1, name="", tp=whole.tp, fp=max(whole.fp - false_positives, 0), fn=whole.fn)
    gain = (without.f1 or 0.0) - (whole.f1 or 0.0)
    yield Advice(
        key="empty", evidence=evidence, images={"slice": "crowding:0", "outcome": "false_positive"}, weight=gain
    )


def on_turned(facts: Facts) -> Iterator[Advice]:
    """A run whose validation got worse while training went on."""
    if facts.training is not None and facts.training.turned is not None:
        yield Advice(key="turned", evidence={"iteration": facts.training.turned}, images={})


def on_sample(facts: Facts) -> Iterator[Advice]:
    """Too few images for the figures to be told from luck."""
    evidence = {"pictures": facts.images_with_objects, "half_width": facts.half_width, "fewest": FEWEST_IMAGES}
    if facts.images_with_objects < FEWEST_IMAGES:
        # Before the others without AP: it puts all of them in doubt.
        yield Advice(key="sample", evidence=evidence, images={}, weight=1.0)
    elif (facts.half_width or 0.0) >= WIDE_INTERVAL:
        yield Advice(key="sample", evidence=evidence, images={}, weight=facts.half_width or 0.0)
