"""The part of a source that an import keeps: sound or repaired, on readable images."""

from dataclasses import replace

import numpy as np
import pandas as pd

from core.boxes import area_xyxy
from core.labels.checks.box_fixes import Repaired
from core.labels.label_set import LabelSet
from core.tables import BOX_COLUMNS, boxes_xyxy


def kept_labels_of(labels: LabelSet, facts: pd.DataFrame, repaired: Repaired) -> LabelSet:
    """The sound and repaired images and objects, with real image sizes; class and image ids as read."""
    sizes = facts.set_index("image_id").loc[labels.images["image_id"]]
    images = labels.images.assign(width=sizes["width"].to_numpy(), height=sizes["height"].to_numpy())
    annotations = labels.annotations.assign(segmentation=repaired.segmentation)
    annotations[BOX_COLUMNS] = repaired.boxes_xyxy
    # An area other than the box's is that of a mask, which the source may not hold; a box's area follows its repairs.
    is_box_area = np.isclose(annotations["area"], area_xyxy(boxes_xyxy(labels.annotations)))
    has_own = (annotations["segmentation"] != "") | (~is_box_area & ~repaired.is_degenerate)
    areas = np.where(has_own, annotations["area"], area_xyxy(repaired.boxes_xyxy))
    annotations = annotations.assign(area=areas)[repaired.is_kept]
    return replace(labels, images=images[(sizes["problem"] == "").to_numpy()], annotations=annotations)
