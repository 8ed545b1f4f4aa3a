"""Annotations and detections of a COCO document, read column by column."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt

from core.coco.columns import are_ids_unique, box_column, flag_column, number_column
from core.coco.faults import Faults, Kind
from core.coco.ids import AMBIGUOUS, IdTable
from core.coco.masks import Box, MaskFaultError, as_run_lengths, box_of, read_mask
from core.coco.values import LARGEST_AREA, LARGEST_PX, area, finite, flag, id_key

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotations:
    """(N,) each, for every object of the list; only those with `is_sound` can be used.

    `numbers` are their 1-based places in the list, which may hold other things. `images` and `categories` are places in
    the file's own lists, UNKNOWN or AMBIGUOUS where there is none. Boxes (N, 4) are corners in px as written; `areas`
    in px^2 are NaN where the file claims none, and `masks` are JSON text, "" for none.
    """

    records: Sequence[dict[str, Any]]
    numbers: npt.NDArray[np.int64]
    is_sound: npt.NDArray[np.bool_]
    images: npt.NDArray[np.int64]
    categories: npt.NDArray[np.int64]
    boxes_xyxy: Numbers
    areas: Numbers
    is_crowd: npt.NDArray[np.bool_]
    masks: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Masks:
    """Masks as JSON text, "" for none.

    By place: `boxes` are the corners in px round masks of objects without a box, `faults` say why one cannot be read.
    """

    texts: list[str]
    boxes: dict[int, Box]
    faults: dict[int, str]


class Records:
    """The objects of a list, checked field by field. One counts as wrong by its first fault only."""

    def __init__(self, where: str, values: Sequence[Any], faults: Faults) -> None:
        """Take the list; what is no object in it is a fault."""
        self.where = where
        self.faults = faults
        self.records: Sequence[dict[str, Any]] = values
        self.numbers = np.arange(1, len(values) + 1)
        if not set(map(type, values)) <= {dict}:
            for number, value in enumerate(values, 1):
                if not isinstance(value, dict):
                    faults.note(Kind.MALFORMED, where, number, "{} is no object", value)
            is_object = np.array([isinstance(value, dict) for value in values], dtype=np.bool_)
            self.records, self.numbers = list(compress(values, is_object)), self.numbers[is_object]
        self.is_sound = np.ones(len(self.records), dtype=np.bool_)
        self.images = np.full(len(self.records), -1, dtype=np.int64)

    def refuse(self, place: int, kind: Kind, words: str, *values: Any) -> None:
        """Note why an object cannot be used, unless that is known. Words and values as `Faults.note` has them."""
        if self.is_sound[place]:
            self.is_sound[place] = False
            self._add(place, kind, words, *values)

    def mend(self, place: int, kind: Kind, words: str, *values: Any) -> None:
        """Note what is left out of an object that is used."""
        self._add(place, kind, words, *values, is_mended=True)

    def read_images(self, table: IdTable, unknown: str) -> npt.NDArray[np.int64]:
        """(N,) the image of each, a fault where there is none. `unknown` says so of a sound id that is not listed."""
        self.images = table.column(self.records, "image_id")
        self._refuse_ids("image_id", self.images, Kind.UNKNOWN_IMAGE, unknown)
        return self.images

    def read_categories(self, table: IdTable, unknown: str) -> npt.NDArray[np.int64]:
        """(N,) the class of each, a fault where there is none."""
        found = table.column(self.records, "category_id")
        self._refuse_ids("category_id", found, Kind.UNKNOWN_CLASS, unknown)
        return found

    def read_masks(self, sizes: npt.NDArray[np.int64], *, as_runs: bool = False) -> Masks:
        """The masks, checked against `sizes` (N, 2) of their images in px, 0: unknown.

        With `as_runs` all of them become COCO's compressed run lengths.
        """
        masks = Masks(texts=[""] * len(self.records), boxes={}, faults={})
        for place, record in enumerate(self.records):
            if "segmentation" not in record:
                continue
            width, height = sizes[place].tolist()
            try:
                mask = read_mask(record["segmentation"], width, height)
            except MaskFaultError as fault:
                masks.faults[place] = str(fault)
                continue
            if mask is not None:
                masks.texts[place] = json.dumps(as_run_lengths(mask, width, height) if as_runs else mask)
                if record.get("bbox") is None:
                    masks.boxes[place] = box_of(mask)
        return masks

    def read_boxes(self, round_masks: Mapping[int, Box]) -> Numbers:
        """(N, 4) corners in px: of `bbox`, or round the mask of one that has none.

        A strict reading wants no negative sides; else what they mean is for whoever checks boxes.
        """
        sized = box_column(self.records, "bbox")
        if sized is not None:
            return np.hstack([sized[:, :2], sized[:, :2] + sized[:, 2:]])
        boxes = np.zeros((len(self.records), 4))
        for place in np.flatnonzero(self.is_sound).tolist():
            boxes[place] = round_masks.get(place) or self._box(place, self.records[place].get("bbox"))
        return boxes

    def read_column(self, name: str, whole: Any, one: Callable[[Any], Any], kind: Kind, words: str, filler: Any) -> Any:
        """(N,) a field: `whole` reads the column or gives None, then `one` reads each value, None where it cannot be.

        A BAD_AREA is mended with `filler` unless the reading is strict; any other kind is a fault.
        """
        column = whole(self.records, name)
        if column is not None:
            return column
        values = [one(record.get(name)) for record in self.records]
        for place, value in enumerate(values):
            if value is None and self.is_sound[place]:
                note = self.mend if kind is Kind.BAD_AREA and not self.faults.is_strict else self.refuse
                note(place, kind, name + " {} " + words, self.records[place].get(name))
        return np.array([filler if value is None else value for value in values], dtype=type(filler))

    def note_repeated_ids(self) -> None:
        """Tell of objects with an id that an earlier one has."""
        if are_ids_unique(self.records, "id"):
            return
        seen: set[str] = set()
        for place, record in enumerate(self.records):
            key = id_key(record.get("id"))
            if key is not None and key in seen:
                self.mend(place, Kind.DUPLICATE_ID, "id {} again; numbered anew", record["id"])
            if key is not None:
                seen.add(key)

    def _box(self, place: int, value: Any) -> tuple[float, float, float, float]:
        numbers = [finite(each) for each in value] if isinstance(value, list) and len(value) == 4 else []
        box = [number for number in numbers if number is not None and abs(number) <= LARGEST_PX]
        if len(box) == 4 and not (self.faults.is_strict and (box[2] < 0 or box[3] < 0)):
            x, y, width, height = box
            return x, y, x + width, y + height
        is_numbers = len(numbers) == 4 and len(box) < 4 and set(map(type, value)) <= {int, float}
        kind = Kind.NON_FINITE if is_numbers else Kind.MALFORMED
        self.refuse(place, kind, "bbox {} is not [x, y, width, height] in px", value)
        return 0.0, 0.0, 0.0, 0.0

    def _refuse_ids(self, name: str, found: npt.NDArray[np.int64], kind: Kind, unknown: str) -> None:
        for place in np.flatnonzero(found < 0).tolist():
            value = self.records[place].get(name)
            if found[place] == AMBIGUOUS:
                self.refuse(place, Kind.AMBIGUOUS_ID, name + " {} means two things", value)
            else:
                self.refuse(place, kind, name + " {}, " + unknown, value)

    def _add(self, place: int, kind: Kind, words: str, *values: Any, is_mended: bool = False) -> None:
        image = max(int(self.images[place]), -1)
        self.faults.note(kind, self.where, int(self.numbers[place]), words, *values, is_mended=is_mended, image=image)


def read_annotations(
    values: Sequence[Any], images: IdTable, categories: IdTable, sizes: npt.NDArray[np.int64], faults: Faults
) -> Annotations:
    """The list `annotations`. `sizes` (images, 2) are width and height in px that masks must fit, 0 where unknown."""
    records = Records("annotation", values, faults)
    records.note_repeated_ids()
    image = records.read_images(images, "which `images` does not list")
    category = records.read_categories(categories, "which `categories` does not list")
    masks = records.read_masks(sizes_of(image, sizes))
    boxes = records.read_boxes(masks.boxes)
    is_crowd = records.read_column("iscrowd", flag_column, flag, Kind.MALFORMED, "is neither 0 nor 1", False)
    areas = records.read_column("area", _areas, area, Kind.BAD_AREA, "is no number from 0", np.nan)
    for place, why in masks.faults.items():
        if records.is_sound[place]:
            records.mend(place, Kind.BAD_MASK, why)
    return Annotations(
        records=records.records,
        numbers=records.numbers,
        is_sound=records.is_sound,
        images=image,
        categories=category,
        boxes_xyxy=boxes,
        areas=areas,
        is_crowd=is_crowd,
        masks=masks.texts,
    )


def sizes_of(image: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """(N, 2) the size of each record's image, 0 where the image is unknown."""
    # UNKNOWN and AMBIGUOUS count from the end.
    return np.vstack([sizes.reshape(-1, 2), np.zeros((2, 2), np.int64)])[image]


def _areas(records: Sequence[dict[str, Any]], name: str) -> Numbers | None:
    areas = number_column(records, name)
    return areas if areas is not None and ((areas > 0) & (areas <= LARGEST_AREA)).all() else None
