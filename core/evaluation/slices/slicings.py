"""The ways to cut an evaluation into slices, by images or by objects, each in exactly one part.

core.evaluation.slices.slices computes the scores of the parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.boxes import Boxes
from core.evaluation.predictions import Truth
from core.tables import boxes_xyxy

Codes = npt.NDArray[np.int64]

# The slicings that cut objects; all others cut images.
OF_OBJECTS: Final = ("size", "side", "border")

_UNBOUNDED: Final = 1e10  # px², the end of COCO's last range
# In px. The finer bounds: an object of 8, 16 or 32 px is one cell of a feature map of that stride.
_COCO_SIDES: Final = (32, 96)
_FINE_SIDES: Final = (8, 16, 32, 64, 96, 256)
# Objects per image, megapixels per image: the upper ends (inclusive, exclusive) of all parts but the last.
_CROWDS: Final = (0, 5, 20)
_MEGAPIXELS: Final = (0.25, 1.0, 4.0)
_MOST_FOLDERS: Final = 12
# A label drawn by hand ends slightly before the edge.
_EDGE_PX: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a slicing: its key in addresses (`size:small`), and its title.

    `area` is its range in px² for COCO's AP of objects by size; both ends belong to it.
    """

    key: str
    title: str
    area: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slicing:
    """A partition of the images, or of the objects, of an evaluation (`of`). The codes are indices into `parts`.

    `truths` (M,) is the part of each object and crowd region, `detections` (N,) that of each detection's box; a true
    positive counts in the part of its object instead. `images` (I,) is the part of each image, None for objects.
    """

    name: str
    title: str
    of: str
    parts: tuple[Part, ...]
    truths: Codes
    detections: Codes
    images: Codes | None = None

    def index_of(self, key: str) -> int | None:
        """The index of the part with this key, None if there is none."""
        return next((index for index, part in enumerate(self.parts) if part.key == key), None)


def find_slicings(truth: Truth, detections: pd.DataFrame) -> list[Slicing]:
    """The slicings with at least two parts that hold images or objects, without empty parts."""
    boxes = boxes_xyxy(truth.annotations), boxes_xyxy(detections)
    areas = truth.annotations["area"].to_numpy(dtype=np.float64), _areas(boxes[1])
    slicings = [
        _by_area("size", "Object size (COCO)", _COCO_SIDES, *areas),
        _by_area("side", "Object size, finer", _FINE_SIDES, *areas),
        _by_border(truth, detections, *boxes),
    ]
    for name, title, parts, codes in (
        _crowding(truth),
        _image_size(truth.images),
        _orientation(truth.images),
        _splits(truth.images),
        _folders(truth.images),
    ):
        rows = pd.Series(codes, index=truth.images["image_id"])
        of_truths, of_detections = (
            rows.reindex(table["image_id"]).to_numpy(dtype=np.int64) for table in (truth.annotations, detections)
        )
        slicings.append(
            Slicing(
                name=name,
                title=title,
                of="pictures",
                parts=tuple(parts),
                truths=of_truths,
                detections=of_detections,
                images=codes,
            )
        )
    is_crowd = truth.annotations["is_crowd"].to_numpy(dtype=bool)
    return [cut for slicing in slicings if len((cut := _without_empty(slicing, is_crowd)).parts) > 1]


def _without_empty(slicing: Slicing, is_crowd: npt.NDArray[np.bool_]) -> Slicing:
    """The slicing without empty parts: those with no image, or with no object and no detection. is_crowd (M,)."""
    holds = slicing.images
    if holds is None:
        holds = np.append(slicing.truths[~is_crowd], slicing.detections)
    kept = np.flatnonzero(np.bincount(holds, minlength=len(slicing.parts)))
    # A crowd region alone in its part never counts, so it can go to any part.
    new = np.zeros(len(slicing.parts), dtype=np.int64)
    new[kept] = np.arange(len(kept))
    return Slicing(
        name=slicing.name,
        title=slicing.title,
        of=slicing.of,
        parts=tuple(slicing.parts[index] for index in kept),
        truths=new[slicing.truths],
        detections=new[slicing.detections],
        images=None if slicing.images is None else new[slicing.images],
    )


def _by_area(
    name: str, title: str, sides: Sequence[int], truths: npt.NDArray[np.float64], detections: npt.NDArray[np.float64]
) -> Slicing:
    """Objects by the square root of their area; a bound belongs to the part above it.

    Args: sides in px; areas of truths (M,) and of detections (N,) in px².
    """
    words = ("small", "medium", "large") if name == "size" else None
    ends = (0, *sides)
    parts = []
    for index, low in enumerate(ends):
        high = ends[index + 1] if index + 1 < len(ends) else None
        span = f"below {high} px" if not low else f"from {low} px" if high is None else f"{low} to {high} px"
        key = words[index] if words else f"{low}-{high or ''}"
        area = (float(low) ** 2, float(high) ** 2 if high else _UNBOUNDED)
        parts.append(Part(key=f"{name}:{key}", title=f"{key} ({span})" if words else span, area=area))
    bounds = np.square(np.asarray(sides, dtype=np.float64))
    codes = [np.searchsorted(bounds, areas, side="right") for areas in (truths, detections)]
    return Slicing(name=name, title=title, of="objects", parts=tuple(parts), truths=codes[0], detections=codes[1])


def _by_border(truth: Truth, detections: pd.DataFrame, truth_boxes: Boxes, detection_boxes: Boxes) -> Slicing:
    parts = (
        Part(key="border:inside", title="inside the image"),
        Part(key="border:cut", title="touching the image's edge"),
        Part(key="border:unknown", title="in images of unknown size"),
    )
    sizes = truth.images.set_index("image_id")[["width", "height"]]
    codes = [
        _touches(rows, sizes.reindex(table["image_id"]).to_numpy(dtype=np.float64))
        for table, rows in ((truth.annotations, truth_boxes), (detections, detection_boxes))
    ]
    return Slicing(
        name="border", title="Cut by the edge", of="objects", parts=parts, truths=codes[0], detections=codes[1]
    )


def _touches(boxes: Boxes, sizes: npt.NDArray[np.float64]) -> Codes:
    """(N,) 1 for a box that ends within a pixel of an edge or beyond it, 2 for an unknown size, else 0.

    Args: boxes (N, 4) corners x1 y1 x2 y2 in px; sizes (N, 2) width and height of the images in px.
    """
    is_cut = (boxes[:, :2] <= _EDGE_PX).any(axis=1) | (boxes[:, 2:] >= sizes - _EDGE_PX).any(axis=1)
    return np.where((sizes <= 0).any(axis=1), 2, is_cut.astype(np.int64))


_Images = tuple[str, str, list[Part], Codes]


def _crowding(truth: Truth) -> _Images:
    counts = truth.annotations.loc[~truth.annotations["is_crowd"], "image_id"].value_counts()
    objects = counts.reindex(truth.images["image_id"], fill_value=0).to_numpy()
    parts = [
        Part(key="crowding:0", title="no object"),
        Part(key="crowding:1-5", title="1 to 5 objects"),
        Part(key="crowding:6-20", title="6 to 20 objects"),
        Part(key="crowding:21-", title="more than 20 objects"),
    ]
    return "crowding", "Objects an image", parts, np.searchsorted(_CROWDS, objects, side="left")


def _image_size(images: pd.DataFrame) -> _Images:
    pixels = images["width"].to_numpy(dtype=np.float64) * images["height"].to_numpy(dtype=np.float64)
    parts = [
        Part(key="pixels:0-0.25", title="below 0.25 megapixels"),
        Part(key="pixels:0.25-1", title="0.25 to 1 megapixels"),
        Part(key="pixels:1-4", title="1 to 4 megapixels"),
        Part(key="pixels:4-", title="from 4 megapixels"),
        Part(key="pixels:unknown", title="unknown size"),
    ]
    codes = np.searchsorted(np.asarray(_MEGAPIXELS) * 1e6, pixels, side="right")
    return "pixels", "Image size", parts, np.where(pixels <= 0, 4, codes)


def _orientation(images: pd.DataFrame) -> _Images:
    widths, heights = images["width"].to_numpy(), images["height"].to_numpy()
    parts = [
        Part(key="orientation:landscape", title="landscape"),
        Part(key="orientation:portrait", title="portrait"),
        Part(key="orientation:square", title="square"),
        Part(key="orientation:unknown", title="unknown"),
    ]
    codes = np.where(widths > heights, 0, np.where(widths < heights, 1, 2))
    return "orientation", "Orientation", parts, np.where((widths <= 0) | (heights <= 0), 3, codes)


def _splits(images: pd.DataFrame) -> _Images:
    names = sorted(images["split"].unique())
    parts = [Part(key=f"split:{name or 'none'}", title=name or "in no split") for name in names]
    return "split", "Split", parts, _codes_of(images["split"], names)


def _folders(images: pd.DataFrame) -> _Images:
    """Images by the folder of their source. If there are many, the smaller ones are one part."""
    folders = images["source"].map(lambda source: PurePosixPath(str(source).replace("\\", "/")).parent.as_posix())
    counts = folders.value_counts()
    # By size, then by name, so that the order is the same each time.
    names = sorted(counts.index, key=lambda name: (-counts[name], name))
    kept = names if len(names) <= _MOST_FOLDERS else names[: _MOST_FOLDERS - 1]
    parts = [
        Part(key=f"folder:{_short(name, index)}", title="top folder" if name == "." else name)
        for index, name in enumerate(kept)
    ]
    if len(names) > len(kept):
        parts.append(Part(key="folder:*", title=f"{len(names) - len(kept)} smaller folders"))
    return "folder", "Source folder", parts, _codes_of(folders, kept)


def _codes_of(values: "pd.Series[str]", names: Sequence[str]) -> Codes:
    """(N,) the index of each value among the names; the number of names for any other value."""
    codes = pd.Index(names).get_indexer(values.to_list())
    return np.where(codes < 0, len(names), codes).astype(np.int64)


def _short(name: str, index: int) -> str:
    """The folder's name in an address, which takes at most 200 characters; a number for a longer name."""
    return name if len(name) <= 150 else f"#{index + 1}"


def _areas(boxes: Boxes) -> npt.NDArray[np.float64]:
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))
