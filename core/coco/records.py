"""Reads the annotations and detections of a COCO document, column by column."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt

from core.coco.columns import are_ids_unique, box_column, flag_column, number_column
from core.coco.faults import Faults, Kind
from core.coco.ids import AMBIGUOUS, IdTable
from core.coco.masks import Box, Mask, MaskFaultError, box_of, is_empty, mended, read_mask, read_mask_alone
from core.coco.values import LARGEST_AREA, LARGEST_PX, area, flag, id_key, number

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotations:
    """(N,) each, for every object of the list; only those with `is_sound` can be used.

    `numbers` are 1-based positions in the list, which may hold other things too. `images` and `categories` are indices
    into the file's lists, UNKNOWN or AMBIGUOUS without a match. `boxes_xywh` (N, 4) are corner and size as written.
    `areas` in px^2 are NaN if the file states none. `masks` are None for no mask.
    """

    records: Sequence[dict[str, Any]]
    numbers: npt.NDArray[np.int64]
    is_sound: npt.NDArray[np.bool_]
    images: npt.NDArray[np.int64]
    categories: npt.NDArray[np.int64]
    boxes_xywh: Numbers
    areas: Numbers
    is_crowd: npt.NDArray[np.bool_]
    masks: list[Mask | None]

    @property
    def boxes_xyxy(self) -> Numbers:
        """(N, 4) corners in px."""
        return np.hstack([self.boxes_xywh[:, :2], self.boxes_xywh[:, :2] + self.boxes_xywh[:, 2:]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Masks:
    """Masks, None for none.

    By index: `boxes` are the corners in px round masks of objects without a box, `faults` say why a mask is unreadable,
    `mended` what was wrong with the form of one that is read.
    """

    values: list[Mask | None]
    boxes: dict[int, Box]
    faults: dict[int, str]
    mended: dict[int, str]


class Records:
    """The objects of a list, checked field by field. Only the first fault of an object counts."""

    def __init__(self, where: str, values: Sequence[Any], faults: Faults) -> None:
        """Takes the list; anything in it that is no object is a fault."""
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

    def refuse(self, index: int, kind: Kind, words: str, *values: Any) -> None:
        """Notes the first reason why an object cannot be used; words and values as in `Faults.note`."""
        if self.is_sound[index]:
            self.is_sound[index] = False
            self._add(index, kind, words, *values)

    def mend(self, index: int, kind: Kind, words: str, *values: Any) -> None:
        """Notes a fault of an object that is still used, without the faulty part."""
        self._add(index, kind, words, *values, is_mended=True)

    def read_images(self, table: IdTable, unknown: str) -> npt.NDArray[np.int64]:
        """(N,) the index of each object's image; a missing one is a fault. `unknown` is the text for an unlisted id."""
        self.images = table.column(self.records, "image_id")
        self._refuse_ids("image_id", self.images, Kind.UNKNOWN_IMAGE, unknown)
        return self.images

    def read_categories(self, table: IdTable, unknown: str) -> npt.NDArray[np.int64]:
        """(N,) the index of each object's class; a missing one is a fault."""
        categories = table.column(self.records, "category_id")
        self._refuse_ids("category_id", categories, Kind.UNKNOWN_CLASS, unknown)
        return categories

    def read_masks(self, sizes: npt.NDArray[np.int64] | None) -> Masks:
        """The masks, checked against `sizes` (N, 2), width and height of their images in px, 0 if unknown.

        With None for sizes, each mask is checked alone.
        """
        masks = Masks(values=[None] * len(self.records), boxes={}, faults={}, mended={})
        for index, record in enumerate(self.records):
            value = record.get("segmentation")
            if value is None or value == []:
                continue
            try:
                value, wrong = mended(value)
                mask = read_mask_alone(value) if sizes is None else read_mask(value, *sizes[index].tolist())
            except MaskFaultError as fault:
                masks.faults[index] = str(fault)
                continue
            if mask is not None:
                masks.values[index] = mask
                if wrong:
                    masks.mended[index] = wrong
                if is_boxless(record):
                    masks.boxes[index] = box_of(mask)
        return masks

    def read_boxes(self, round_masks: Mapping[int, Box]) -> Numbers:
        """(N, 4) corner and size: `bbox` as written, or round the mask of an object without a box or with one of zeros.

        A strict reading refuses negative sides; a lenient one leaves them to the checks.
        """
        boxes = box_column(self.records, "bbox")
        if boxes is None:
            boxes = np.zeros((len(self.records), 4))
            for index in np.flatnonzero(self.is_sound).tolist():
                if index not in round_masks:
                    boxes[index] = self._box(index, self.records[index])
        for index, (x1, y1, x2, y2) in round_masks.items():
            boxes[index] = x1, y1, x2 - x1, y2 - y1
        return boxes

    def read_column(
        self, name: str, whole: Any, single: Callable[[Any], Any], kind: Kind, words: str, filler: Any
    ) -> Any:
        """(N,) a field: `whole` reads the column or gives None; then `single` reads each value, None for a bad one.

        `filler` replaces a bad value. A BAD_AREA counts as mended unless the reading is strict; any other is a fault.
        """
        column = whole(self.records, name)
        if column is not None:
            return column
        values = [single(record.get(name)) for record in self.records]
        for index, value in enumerate(values):
            if value is None and self.is_sound[index]:
                note = self.mend if kind is Kind.BAD_AREA and not self.faults.is_strict else self.refuse
                note(index, kind, name + " {} " + words, self.records[index].get(name))
        return np.array([filler if value is None else value for value in values], dtype=type(filler))

    def note_repeated_ids(self) -> None:
        """Notes objects whose id an earlier one has."""
        if are_ids_unique(self.records, "id"):
            return
        seen: set[str] = set()
        for index, record in enumerate(self.records):
            key = id_key(record.get("id"))
            if key is not None and key in seen:
                self.mend(index, Kind.DUPLICATE_ID, "id {} again; numbered anew", record["id"])
            if key is not None:
                seen.add(key)

    def _box(self, index: int, record: dict[str, Any]) -> tuple[float, float, float, float]:
        value = record.get("bbox")
        if value == [] or (value is None and "segmentation" in record and is_empty(record["segmentation"])):
            # An object that is empty in every way; its box has no area, which the checks report.
            return 0.0, 0.0, 0.0, 0.0
        numbers = [number(item) for item in value] if isinstance(value, list) and len(value) == 4 else []
        box = [side for side in numbers if side is not None and abs(side) <= LARGEST_PX]
        if len(box) == 4 and not (self.faults.is_strict and (box[2] < 0 or box[3] < 0)):
            x, y, width, height = box
            return x, y, width, height
        is_numbers = isinstance(value, list) and len(value) == 4 > len(box) and set(map(type, value)) <= {int, float}
        kind = Kind.NON_FINITE if is_numbers else Kind.MALFORMED
        self.refuse(index, kind, "bbox {} is not [x, y, width, height] in px", value)
        return 0.0, 0.0, 0.0, 0.0

    def _refuse_ids(self, name: str, indices: npt.NDArray[np.int64], kind: Kind, unknown: str) -> None:
        for index in np.flatnonzero(indices < 0).tolist():
            value = self.records[index].get(name)
            if indices[index] == AMBIGUOUS:
                self.refuse(index, Kind.AMBIGUOUS_ID, name + " {} means two things", value)
            else:
                self.refuse(index, kind, name + " {}, " + unknown, value)

    def _add(self, index: int, kind: Kind, words: str, *values: Any, is_mended: bool = False) -> None:
        image = max(int(self.images[index]), -1)
        self.faults.note(kind, self.where, int(self.numbers[index]), words, *values, is_mended=is_mended, image=image)


def read_annotations(
    values: Sequence[Any], images: IdTable, categories: IdTable, sizes: npt.NDArray[np.int64] | None, faults: Faults
) -> Annotations:
    """Reads the list `annotations`.

    `sizes` (images, 2): width and height in px that masks must fit, 0 if unknown; None to check each mask alone.
    """
    records = Records("annotation", values, faults)
    records.note_repeated_ids()
    image = records.read_images(images, "which `images` does not list")
    category = records.read_categories(categories, "which `categories` does not list")
    masks = records.read_masks(None if sizes is None else sizes_of(image, sizes))
    boxes = records.read_boxes(masks.boxes)
    is_crowd = records.read_column("iscrowd", flag_column, flag, Kind.MALFORMED, "is neither 0 nor 1", False)
    areas = records.read_column("area", _areas, area, Kind.BAD_AREA, "is no number from 0", np.nan)
    _note_masks(records, masks)
    return Annotations(
        records=records.records,
        numbers=records.numbers,
        is_sound=records.is_sound,
        images=image,
        categories=category,
        boxes_xywh=boxes,
        areas=areas,
        is_crowd=is_crowd,
        masks=masks.values,
    )


def _note_masks(records: Records, masks: Masks) -> None:
    for index, why in masks.faults.items():
        if records.is_sound[index]:
            records.mend(index, Kind.BAD_MASK, why)
    for index, wrong in masks.mended.items():
        if records.is_sound[index]:
            records.mend(index, Kind.MENDED_MASK, wrong)
    for index in masks.boxes:
        if records.is_sound[index]:
            records.mend(
                index, Kind.BOX_OF_MASK, "bbox {}; the box round its mask was taken", records.records[index].get("bbox")
            )


def is_boxless(record: dict[str, Any]) -> bool:
    """Whether a record states no box, or one of zeros."""
    box = record.get("bbox")
    return box is None or (isinstance(box, list) and not any(map(number, box)))


def sizes_of(image: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """(N, 2) width and height in px of each record's image, 0 if unknown. `image` (N,) indexes `sizes` (images, 2)."""
    # UNKNOWN and AMBIGUOUS are negative and index the two rows added at the end.
    return np.vstack([sizes.reshape(-1, 2), np.zeros((2, 2), np.int64)])[image]


def _areas(records: Sequence[dict[str, Any]], name: str) -> Numbers | None:
    areas = number_column(records, name)
    return areas if areas is not None and ((areas > 0) & (areas <= LARGEST_AREA)).all() else None
