"""Says what a COCO file holds that its reader does not read, or that its user may not expect."""

from collections.abc import Sequence
from typing import Any, Final

from core.coco.values import finite
from core.labels.formats.coco.kinds import Kind
from core.labels.formats.written import Written

# COCO 2017 marks one object in a hundred as a crowd. datumaro and labelformat mark every object with run lengths.
_CROWDS_FROM: Final = 2
_CROWDS_SHARE: Final = 0.5


def note_oddities(written: Written, file: str, kind: Kind, image_count: int, values: Sequence[Any]) -> None:
    """Adds a finding for each oddity. Args: values, the file's list `annotations`."""
    records = [value for value in values if isinstance(value, dict)]
    if image_count and not values:
        message = f"{file}: lists {image_count:,} images and no object; they count as background."
        written.look("no-objects", message, file)
    if kind is Kind.KEYPOINTS:
        count = sum("keypoints" in record for record in records)
        message = f"{file}: the keypoints of {count:,} objects are left out; their boxes are read."
        written.look("left-out", message, file)
    if records and all("score" in record for record in records):
        message = f"{file}: all {len(records):,} objects have a score, so they may be predictions."
        written.look("scored-labels", message, file)
    crowds = sum(record.get("iscrowd") in (1, True) for record in records)
    if crowds >= _CROWDS_FROM and crowds > _CROWDS_SHARE * len(records):
        message = (
            f"{file}: {crowds:,} of {len(records):,} objects are crowds, which training and evaluation leave out. Some "
            "programs mark every mask in run lengths so: if each of them is a single object, set `iscrowd` to 0."
        )
        written.look("mostly-crowds", message, file)
    if turned := sum(map(_is_turned, records)):
        message = f"{file}: {turned:,} objects have an attribute `rotation`; their boxes are read as written, unturned."
        written.look("rotated-box", message, file)


def _is_turned(record: dict[str, Any]) -> bool:
    attributes = record.get("attributes")
    return isinstance(attributes, dict) and bool(finite(attributes.get("rotation")))
