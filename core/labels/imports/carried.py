"""Carries ignored regions and attributes from a source's ids to those of its version."""

from dataclasses import replace

import numpy as np
import pandas as pd

from core.labels.label_set import LabelSet
from core.labels.reading.reading import Reading
from core.tables import ATTRIBUTES, IGNORED, conform


def carry(reading: Reading, as_read: LabelSet, stored: LabelSet) -> LabelSet:
    """`stored` with the ignored regions and attributes of its images and objects.

    `as_read` has the same images and objects, row by row, under the ids of the reading.
    """
    images = dict(zip(as_read.images["image_id"], stored.images["image_id"], strict=True))
    objects = dict(zip(as_read.annotations["annotation_id"], stored.annotations["annotation_id"], strict=True))
    regions = _renamed(reading.ignored, "image_id", images)
    # The attributes of an image have the id 0 in place of an object's.
    attributes = _renamed(_renamed(reading.attributes, "image_id", images), "annotation_id", objects | {0: 0})
    order = np.lexsort((attributes["annotation_id"], attributes["image_id"]))
    return replace(stored, ignored=conform(regions, IGNORED), attributes=conform(attributes.iloc[order], ATTRIBUTES))


def _renamed(table: pd.DataFrame, column: str, new_id: dict[int, int]) -> pd.DataFrame:
    """The rows whose id is known, under the new id."""
    ids = table[column].map(new_id)
    return table.assign(**{column: ids})[ids.notna()]
