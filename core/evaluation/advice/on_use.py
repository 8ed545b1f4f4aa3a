"""Rules of advice on use: slices, threshold, calibration, empty images, the run, the number of images.

Each rule gives no advice below a minimum of evidence, which stands here with its reason.
"""

import math
from collections.abc import Iterator
from typing import Final

from core.evaluation.advice.facts import Advice, Facts
from core.evaluation.advice.on_ap import FEWEST_BOXES
from core.evaluation.intervals.intervals import FEWEST_IMAGES
from core.evaluation.matching.outcomes import Counts
from core.evaluation.slices.slices import Slice

# Several slices are compared at once, and objects of one image are alike, so two standard deviations occur by chance.
SLICE_SIGMAS: Final = 3.0
# How far F1 lies below that of all. Less goes unnoticed in use.
LEAST_SLICE_DIFFERENCE: Final = 0.05
# Below it, which of 101 thresholds is best is mostly luck.
LEAST_F1: Final = 0.01
# Scores from 0.5 on are used. A mean that is off by 0.1 misleads, and 100 detections measure it to within 0.05.
CALIBRATED_FROM: Final = 0.5
LEAST_MISCALIBRATION: Final = 0.1
FEWEST_CALIBRATED: Final = 100
# A false positive on every second empty image. Ten such images suffice to tell it from one on every fifth.
FEWEST_EMPTY_IMAGES: Final = 10
LEAST_FALSE_POSITIVES_A_IMAGE: Final = 0.5
# Below it, differences of a few AP points cannot be told from chance.
WIDE_INTERVAL: Final = 0.05


def on_slices(facts: Facts) -> Iterator[Advice]:
    """The slice that costs the most F1, and at most row more, of another slicing."""
    named = {key.partition(":")[0] for cost in facts.costs if (key := cost.slice_key)}
    lagging: list[tuple[float, Slice, str]] = []
    for row in facts.slices:
        if row.is_small or row.difference is None or row.difference > -LEAST_SLICE_DIFFERENCE:
            continue
        rate, sigmas = _worse_rate(row, facts.whole)
        if sigmas >= SLICE_SIGMAS and _subject(row.slicing) not in {_subject(name) for name in named}:
            lagging.append((row.difference * row.counts.truths / facts.whole.truths, row, rate))
    subjects: list[str] = []
    for cost, row, rate in sorted(lagging, key=lambda item: item[0]):
        if _subject(row.slicing) in subjects or len(subjects) == 2:
            continue
        subjects.append(_subject(row.slicing))
        evidence = {
            "slice": row.part.key,
            "slice_title": row.part.title,
            "by": row.slicing,
            "rate": rate,
            "value": getattr(row.counts, rate),
            "value_of_all": getattr(facts.whole, rate),
            "f1_difference": row.difference,
            "objects": row.counts.truths,
            "score": facts.score,
        }
        outcome = "missed" if rate == "recall" else "false_positive"
        yield Advice(key="slice", evidence=evidence, images={"slice": row.part.key, "outcome": outcome}, weight=-cost)


def _subject(slicing: str) -> str:
    """The name of the slicing; the two by size count as the same."""
    return "size" if slicing == "side" else slicing


def _worse_rate(row: Slice, whole: Counts) -> tuple[str, float]:
    """Recall or precision, whichever lies further below that of the rest, and by how many standard deviations."""
    part, rest = (
        row.counts,
        Counts(
            category_id=-1,
            name="",
            tp=whole.tp - row.counts.tp,
            fp=whole.fp - row.counts.fp,
            fn=whole.fn - row.counts.fn,
        ),
    )
    sigmas = {
        "recall": _sigmas_below((part.tp, part.truths), (rest.tp, rest.truths)),
        "precision": _sigmas_below((part.tp, part.tp + part.fp), (rest.tp, rest.tp + rest.fp)),
    }
    return max(sigmas.items(), key=lambda item: item[1])


def _sigmas_below(part: tuple[int, int], rest: tuple[int, int]) -> float:
    """Standard deviations by which a share (count, of) lies below that of the rest: the test of two proportions."""
    if not part[1] or not rest[1]:
        return 0.0
    pooled = (part[0] + rest[0]) / (part[1] + rest[1])
    deviation = math.sqrt(pooled * (1 - pooled) * (1 / part[1] + 1 / rest[1]))
    return (rest[0] / rest[1] - part[0] / part[1]) / deviation if deviation else 0.0


def on_threshold(facts: Facts) -> Iterator[Advice]:
    """A score threshold that is far from the best, or classes that need separate thresholds."""
    better = facts.threshold
    if better is None or better.moved < FEWEST_BOXES:
        return
    gain_of_each = better.each_f1 - better.f1
    if max(gain_of_each, better.best_f1 - better.f1) < LEAST_F1:
        return
    # A threshold for each class is harder to handle, so it must beat the best one for all.
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
    """Scores (calibrated ones, if the model has temperatures) much higher, or lower, than the precision at them."""
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
        evidence["is_calibrated"] = facts.has_temperatures
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


def on_overfitting(facts: Facts) -> Iterator[Advice]:
    """A run whose validation got worse while training continued."""
    if facts.training is not None and facts.training.overfitting_since is not None:
        yield Advice(key="turned", evidence={"iteration": facts.training.overfitting_since}, images={})


def on_sample(facts: Facts) -> Iterator[Advice]:
    """Too few images to tell the figures from luck."""
    evidence = {"pictures": facts.images_with_objects, "half_width": facts.half_width, "fewest": FEWEST_IMAGES}
    if facts.images_with_objects < FEWEST_IMAGES:
        # Before the others that are not about AP, because it puts all of them in doubt.
        yield Advice(key="sample", evidence=evidence, images={}, weight=1.0)
    elif (facts.half_width or 0.0) >= WIDE_INTERVAL:
        yield Advice(key="sample", evidence=evidence, images={}, weight=facts.half_width or 0.0)
