"""Rules of advice on AP: mistakes of a cause, loose boxes, mixed-up classes, the cap, too few examples.

Each rule gives no advice below a minimum of evidence, which stands here with its reason.
"""

import math
from collections.abc import Iterator
from typing import Any, Final

from core.evaluation.advice.costs import LEAST_AP, SURE
from core.evaluation.advice.facts import Advice, Facts
from core.evaluation.matching.causes import Cause
from core.evaluation.scores.scores import DETECTIONS_CAP

# A share of 20 boxes has a standard deviation of 11 points (at one half). With fewer boxes it says nothing.
FEWEST_BOXES: Final = 20
# High scores on background. Ten take a minute to check, and each is worth it.
FEWEST_SURE: Final = 10
# In each direction of a mix-up, so that one image with a wrong label does not count as one.
FEWEST_EACH_WAY: Final = 5
# Share of the objects of both classes. Below it a mix-up is an accident.
LEAST_MIXED_UP: Final = 0.05
# Published detectors keep 0.70 of AP50 at IoU 0.75 (model zoo on COCO: 0.68 to 0.74); a share of 0.6 is clearly loose.
USUAL_AP75: Final = 0.70
LOOSE_AP75: Final = 0.60
# LVIS calls a class with up to 100 images not frequent. More labels are advised only if it also lags behind the others.
FEW_TRAINING_IMAGES: Final = 100
LEAST_LAG: Final = 0.1
# Share of the objects of a class.
LEAST_BEYOND_CAP: Final = 0.01


def on_causes(facts: Facts) -> Iterator[Advice]:
    """Mistakes of one cause. `on_pairs` covers wrong classes."""
    lost = 1 - (facts.ap_at_iou or 0.0)
    for cost in facts.costs:
        if cost.cause in (Cause.CLASS, Cause.BOTH) or cost.count < FEWEST_BOXES or cost.gain < LEAST_AP:
            continue
        evidence: dict[str, Any] = {
            "gain": cost.gain,
            "share_of_lost": min(cost.gain / lost, 1.0) if lost > 0 else 1.0,
            "iou": facts.iou,
            "score": facts.score,
            "boxes": cost.count,
            "of": cost.of,
            "class": cost.class_name or None,
            "slice": cost.slice_key or None,
            "slice_title": cost.slice_title or None,
            "sure": cost.sure,
            "sure_from": SURE,
        }
        images = {"cause": str(cost.cause)}
        images |= {"class": cost.class_name} if cost.class_name else {}
        images |= {"slice": cost.slice_key} if cost.slice_key else {}
        if cost.cause is Cause.MISSED:
            # Objects that nothing found at any score.
            images["score"] = "0"
        is_doubtful = cost.cause is Cause.BACKGROUND and cost.sure >= FEWEST_SURE and facts.knows_labels
        key = "labels" if is_doubtful else str(cost.cause)
        yield Advice(
            key=key, evidence=evidence, images={"tab": "Suspects"} if is_doubtful else images, at_stake=cost.gain
        )


def on_loose(facts: Facts) -> Iterator[Advice]:
    """Boxes that are found but do not fit well, in all classes or in a single loose one."""
    rows = [row for row in facts.scores.per_class if row.truths]
    loose = {
        row.name: USUAL_AP75 * row.ap50 - row.ap75
        for row in rows
        if row.truths >= FEWEST_BOXES and row.ap50 and row.ap75 is not None and row.ap75 < LOOSE_AP75 * row.ap50
    }
    # AP is the mean over classes.
    gain = sum(loose.values()) / max(len(rows), 1)
    if gain < LEAST_AP:
        return
    name = next(iter(loose)) if len(loose) == 1 and len(rows) > 1 else ""
    scores = next((row for row in rows if row.name == name), facts.scores)
    evidence = {
        "gain": gain,
        "ap50": scores.ap50,
        "ap75": scores.ap75,
        "usual_share": USUAL_AP75,
        "class": name or None,
        "classes": list(loose),
        "objects": sum(row.truths for row in rows if row.name in loose),
    }
    images = {"cause": str(Cause.LOCATION), "iou": "0.75", **({"class": name} if name else {})}
    yield Advice(key="loose", evidence=evidence, images=images, at_stake=gain)


def on_pairs(facts: Facts) -> Iterator[Advice]:
    """Two classes that are mixed up in both directions."""
    for pair in facts.pairs:
        both = pair.first_as_second + pair.second_as_first
        if min(pair.first_as_second, pair.second_as_first) < FEWEST_EACH_WAY or both < FEWEST_BOXES:
            continue
        if pair.gain < LEAST_AP or both < LEAST_MIXED_UP * pair.objects:
            continue
        first, second = pair.classes if pair.first_as_second >= pair.second_as_first else pair.classes[::-1]
        evidence = {
            "gain": pair.gain,
            "iou": facts.iou,
            "score": facts.score,
            "classes": list(pair.names),
            "first_as_second": pair.first_as_second,
            "second_as_first": pair.second_as_first,
            "objects": pair.objects,
        }
        yield Advice(key="pair", evidence=evidence, images={"cell": f"{first}:{second}"}, at_stake=pair.gain)


def on_cap(facts: Facts) -> Iterator[Advice]:
    """Objects that no detection can find because of COCO's cap on detections."""
    rows = {row.name: row.truths for row in facts.scores.per_class if row.truths}
    for name, beyond in facts.beyond_cap.items():
        if beyond < FEWEST_BOXES or beyond < LEAST_BEYOND_CAP * rows.get(name, math.inf):
            continue
        evidence = {"class": name, "cap": DETECTIONS_CAP, "objects": beyond, "of": rows[name]}
        yield Advice(
            key="cap",
            evidence=evidence,
            images={"slice": "crowding:21-", "class": name},
            at_stake=beyond / rows[name] / len(rows),
        )


def on_few_examples(facts: Facts) -> Iterator[Advice]:
    """A class that lags behind the others and has few training images."""
    rows = [row for row in facts.scores.per_class if row.ap is not None and row.truths >= FEWEST_BOXES]
    if facts.training is None or len(rows) < 2:
        return
    for row in rows:
        images = facts.training.images.get(row.name)
        others = [other.ap or 0.0 for other in rows if other.name != row.name]
        own = row.ap or 0.0
        lag = sum(others) / len(others) - own
        if images is None or images >= FEW_TRAINING_IMAGES or lag < LEAST_LAG:
            continue
        evidence = {"class": row.name, "training_pictures": images, "ap": own, "ap_of_others": lag + own}
        yield Advice(
            key="few_examples",
            evidence=evidence,
            images={"class": row.name, "outcome": "missed"},
            at_stake=lag / len(rows),
        )
