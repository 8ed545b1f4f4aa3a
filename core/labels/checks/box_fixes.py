"""Repairs of boxes on import, computed once for the checks and the import.

It takes values as written, and gives a boolean mask for each fault and the boxes as they will be stored. The order is:
order the corners, clip to the image, drop boxes without an area, drop duplicates.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.boxes import Boxes, clip_xyxy
from core.labels.checks.polygons import without_degenerate_polygons
from core.labels.label_set import LabelSet
from core.tables import boxes_xyxy

Mask = npt.NDArray[np.bool_]
# In px. Rounding in normalised labels (six decimals of 10,000 px) can put a box this far outside; that is no fault.
_BORDER_SLACK_PX = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """The faults and repaired boxes of the annotations, row by row.

    `boxes_xyxy` (N, 4) are the repaired corners in px of the upright image, `segmentation` (N,) the masks as they will
    be stored. The boolean masks (N,) name faults, in the order of repair: `is_zero_area` boxes had no area as written,
    `is_outside` boxes lost it all to clipping. `is_degenerate` masks lost polygons that cover nothing, all of them if
    the object has no mask any more. `turned` maps the id of each EXIF-turned image to whether its labels refer to the
    image as stored, and the reason in words. `scaled` maps ids of images to the size that their labels claim, where
    boxes were scaled from it.
    """

    boxes_xyxy: Boxes
    segmentation: pd.Series
    is_on_readable: Mask
    is_finite: Mask
    is_swapped: Mask
    is_over_border: Mask
    is_zero_area: Mask
    is_outside: Mask
    is_duplicate: Mask
    is_degenerate: Mask
    turned: dict[int, tuple[bool, str]]
    scaled: dict[int, tuple[int, int]]

    @property
    def is_kept(self) -> Mask:
        """(N,) whether an import stores the object: sound or repaired, on a readable image."""
        return (
            self.is_on_readable & self.is_finite & ~self.is_zero_area & ~self.is_outside & ~self.is_duplicate
        )  # fmt: skip


def repair(
    labels: LabelSet,
    facts: pd.DataFrame,
    turned: dict[int, tuple[bool, str]] | None = None,
    scaled: dict[int, tuple[int, int]] | None = None,
) -> Repaired:
    """Computes all repairs. `facts` (core.labels.images.scan) has a row for each image of `labels`.

    Boxes are in px of the upright image already. `turned` and `scaled` say what reading did for that
    (core.labels.reading.reading).
    """
    annotations = labels.annotations
    image = rows_of_images(labels, facts)
    on_readable = (facts["problem"] == "").to_numpy(dtype=np.bool_)[image]
    boxes = boxes_xyxy(annotations)
    segmentation, degenerate = without_degenerate_polygons(annotations["segmentation"])
    finite = np.logical_and.reduce(np.isfinite(boxes), axis=1)
    swapped = finite & ((boxes[:, 0] > boxes[:, 2]) | (boxes[:, 1] > boxes[:, 3]))
    zero = finite & ((boxes[:, 0] == boxes[:, 2]) | (boxes[:, 1] == boxes[:, 3]))
    ordered = np.concatenate([np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])], axis=1)
    width, height = facts[["width", "height"]].to_numpy(dtype=np.float64)[image].T
    usable = on_readable & finite
    clipped = np.where(usable[:, None], clip_xyxy(ordered, width, height), ordered)
    beyond = np.zeros(len(boxes), dtype=np.bool_)
    beyond[usable] = np.abs(clipped[usable] - ordered[usable]).max(axis=1, initial=0.0) > _BORDER_SLACK_PX
    empty = (clipped[:, 0] >= clipped[:, 2]) | (clipped[:, 1] >= clipped[:, 3])
    outside = usable & ~zero & empty
    sound = usable & ~zero & ~outside
    return Repaired(
        boxes_xyxy=clipped,
        segmentation=segmentation,
        is_on_readable=on_readable,
        is_finite=finite,
        is_swapped=swapped & on_readable & ~zero,
        is_over_border=beyond & ~zero & ~outside,
        is_zero_area=zero & on_readable,
        is_outside=outside,
        is_duplicate=_duplicates(annotations, clipped, sound),
        is_degenerate=degenerate,
        turned=_upright(facts) if turned is None else turned,
        scaled=scaled or {},
    )


def rows_of_images(labels: LabelSet, facts: pd.DataFrame) -> npt.NDArray[np.intp]:
    """(N,) the row in `facts` of each object's image. Raises KeyError for an image without facts."""
    rows = pd.Index(facts["image_id"]).get_indexer(pd.Index(labels.annotations["image_id"]))
    if (rows < 0).any():
        raise KeyError(int(labels.annotations["image_id"].to_numpy()[rows < 0][0]))
    return rows


def _duplicates(annotations: pd.DataFrame, boxes_xyxy: Boxes, among: Mask) -> Mask:
    """(N,) whether an earlier object has the same class, box and image; crowd regions are compared separately.

    `boxes_xyxy` (N, 4) corners in px; `among` (N,) the objects to compare.
    """
    keys = pd.DataFrame(np.round(boxes_xyxy, 3), columns=["x1", "y1", "x2", "y2"])
    keys["image_id"] = annotations["image_id"].to_numpy()
    keys["category_id"] = annotations["category_id"].to_numpy()
    keys["is_crowd"] = annotations["is_crowd"].to_numpy()
    result = np.zeros(len(keys), dtype=np.bool_)
    result[among] = keys[among].duplicated(keep="first").to_numpy()
    return result


def _upright(facts: pd.DataFrame) -> dict[int, tuple[bool, str]]:
    """The images that their camera turned, with labels that mean the upright image."""
    tilted = facts.loc[(facts["orientation"] > 1) & (facts["problem"] == ""), "image_id"]
    return {int(image_id): (False, "the labels are taken to mean the upright image") for image_id in tilted}
