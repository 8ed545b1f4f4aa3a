"""Reads boxes and masks from JSON values of label tools; faults become findings or a FieldFaultError."""

from collections.abc import Collection
from typing import Any

from core.coco.masks import Mask, MaskFaultError, mended, read_mask_alone
from core.coco.values import LARGEST_PX, number
from core.labels.formats.file_notes import FieldFaultError, FileNotes


def read_numbers(name: str, value: Any, counts: Collection[int]) -> list[float]:
    """Finite numbers of an image's size from a list of one of the lengths. Raises FieldFaultError."""
    if not isinstance(value, list) or len(value) not in counts:
        wanted = " or ".join(map(str, counts))
        raise FieldFaultError("malformed-line", f"{name} {{}} is no list of {wanted} numbers", value)
    return [read_number(name, item) for item in value]


def read_number(name: str, value: Any) -> float:
    """A finite number of an image's size, or a text of one. Raises FieldFaultError."""
    if type(value) in (float, int) and -LARGEST_PX <= value <= LARGEST_PX:
        return float(value)
    read = number(value)
    if read is not None and abs(read) <= LARGEST_PX:
        return read
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number or read is not None:
        raise FieldFaultError("non-finite", f"{name}: {{}} is no finite number of an image's size", value)
    raise FieldFaultError("malformed-line", f"{name}: {{}} is no number", value)


def read_shape(value: Any, notes: FileNotes, where: str, line: int) -> Mask | None:
    """The mask of a COCO `segmentation`; None and a finding for one that cannot be read."""
    try:
        value, wrong = mended(value)
        mask = read_mask_alone(value)
    except MaskFaultError as fault:
        notes.look("bad-segmentation", where, f"{fault}; its box alone counts", line)
        return None
    if mask is not None and wrong:
        notes.fixed("mended-segmentation", where, wrong, line)
    return mask
