"""The input of the advice rules (plain figures of one evaluation at a score and an IoU), and their output.

Shares, AP and F1 are 0 to 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from core.evaluation.matching.causes import Cause
from core.evaluation.matching.outcomes import Counts
from core.evaluation.scores.scores import Scores
from core.evaluation.slices.slices import Slice


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one cause of mistakes costs: over all boxes, or in the class and slice that hold most of it.

    `gain` is the AP at the IoU that repairing them would add. `count` is false positives at the score; for `missed`,
    objects that nothing found at any score. `of` is the counted detections of the class at the score; for `missed`,
    the objects of class and slice. `sure` is the false positives with a score of at least SURE. Names and keys are ""
    for all.
    """

    cause: Cause
    gain: float
    count: int
    of: int
    class_name: str = ""
    slice_key: str = ""
    slice_title: str = ""
    sure: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two classes (ids, names) that are mixed up: counts of the confusion matrix, and the `objects` of both together.

    `gain` is the AP at the IoU that telling them apart would add.
    """

    classes: tuple[int, int]
    names: tuple[str, str]
    first_as_second: int
    second_as_first: int
    objects: int
    gain: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BetterThreshold:
    """F1 at the current score, at the best score for all classes, and with the best score for each class.

    `moved` is the number of boxes with a score between the current and the best.
    """

    score: float
    f1: float
    best_score: float
    best_f1: float
    each_f1: float
    moved: int


@dataclass(frozen=True, slots=True)
class Training:
    """How the model was trained: the number of training images of each class, by name, and whether it overfitted.

    `overfitting_since` is the iteration from which validation loss rose while training loss fell; None: it did not.
    """

    images: Mapping[str, int]
    overfitting_since: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The input of all rules. The defaults are those of an evaluation that calls for no advice.

    `half_width` is half of AP's 95 % interval, None without error bars. `calibration` has the bins of
    core.evaluation.thresholds.calibration, of calibrated scores if the model `has_temperatures`. `beyond_cap` counts
    the objects of each class that COCO's cap on detections leaves out.
    """

    score: float
    iou: float
    scores: Scores
    whole: Counts
    images_with_objects: int
    ap_at_iou: float | None = None
    costs: Sequence[Cost] = ()
    pairs: Sequence[Pair] = ()
    slices: Sequence[Slice] = ()
    threshold: BetterThreshold | None = None
    half_width: float | None = None
    calibration: pd.DataFrame = field(default_factory=pd.DataFrame)
    has_temperatures: bool = False
    empty_images: int = 0
    empty_false_positives: int = 0
    beyond_cap: Mapping[str, int] = field(default_factory=dict)
    training: Training | None = None
    knows_labels: bool = False  # whether the labels are in the workspace and can be corrected


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One piece of advice that the figures support.

    `evidence` holds the figures and names for its words; shares and AP are 0 to 1. `images` holds the parameters of the
    evaluate page that show exactly these boxes, or the tab with the details. `at_stake` is AP, 0 to 1; None if the
    advice is not about AP. `weight` orders those.
    """

    key: str
    evidence: dict[str, Any]
    images: dict[str, str]
    at_stake: float | None = None
    weight: float = 0.0
