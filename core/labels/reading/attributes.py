"""What label files say of objects and images besides box and class, as a table."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.labels.reading.part import Part
from core.tables import ATTRIBUTES

_Row = tuple[int, int, str, str]


def object_attributes(part: Part, rows: npt.NDArray[np.int64], first: int, annotations: pd.DataFrame) -> Iterator[_Row]:
    """The attributes of the objects at `rows` (N,) of a part, whose table is `annotations`, with ids from `first`."""
    written = part.written.attributes
    if not written:
        return
    images = annotations["image_id"].tolist()
    for position, row in enumerate(rows.tolist()):
        for name, value in written.get(row, {}).items():
            yield images[position], first + position, name, value


def image_attributes(part: Part, image_id: Mapping[str, int]) -> Iterator[_Row]:
    """The attributes of the images of a part; `image_id` by path."""
    for entry, image in zip(part.written.entries, part.placed.images, strict=True):
        if entry.attributes and image in image_id:
            for name, value in entry.attributes.items():
                yield image_id[image], 0, name, value


def attribute_table(rows: list[_Row]) -> pd.DataFrame:
    """The rows as core.tables.ATTRIBUTES; what two label files say alike of an image is there once."""
    return pd.DataFrame(rows, columns=list(ATTRIBUTES)).astype(ATTRIBUTES).drop_duplicates(ignore_index=True)
