"""What advice is given from, plain figures of one evaluation at a score and an IoU, and what a piece of advice is.

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
    """What one cause of mistakes costs, of all boxes or of those of a class and slice where it is concentrated.

    `gain` is the AP at the IoU that repairing them would add. `count`: false positives at the score; of `missed` the
    objects that nothing found at any score. `of`: the class' counted detections at the score; of `missed` the objects
    of class and slice. `sure`: the false positives with a score of at least SURE. Names and keys are "" for all.
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
    """Two classes (places, names) that are taken for each other; counts of the confusion matrix, `objects` of both.

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
    """The F1 at the score, at the best one for all classes, and with the best one for each; `moved`: boxes that come
    or go between score and best.
    """

    score: float
    f1: float
    best_score: float
    best_f1: float
    each_f1: float
    moved: int


@dataclass(frozen=True, slots=True)
class Training:
    """What is known of how the model was trained: training images with each class, by name; where validation turned.

    `turned` is the iteration since when validation loss has been rising while training loss fell; None: it has not.
    """

    images: Mapping[str, int]
    turned: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the rules look at; the defaults are of an evaluation about which there is nothing to say.

    `half_width`: of AP's 95 % interval, where error bars are kept. `calibration`: bins as in
    core.evaluation.thresholds.calibration. `beyond_cap`: objects of each class that COCO's cap on detections leaves
    out.
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
    empty_images: int = 0
    empty_false_positives: int = 0
    beyond_cap: Mapping[str, int] = field(default_factory=dict)
    training: Training | None = None
    knows_labels: bool = False  # whether there is a data set whose labels can be corrected


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing that the figures support.

    `evidence` are the figures and names that its words give, shares and AP 0 to 1. `images` are the parameters of
    the evaluate page that show exactly the boxes meant, or the tab that tells more. `at_stake` are AP points (0 to 1),
    None where it is not about AP; `weight` orders those.
    """

    key: str
    evidence: dict[str, Any]
    images: dict[str, str]
    at_stake: float | None = None
    weight: float = 0.0
