"""What single fields of a table hold: an image's name, a number, nothing."""

import re
from collections.abc import Iterable
from typing import Final

from core.csv_files import parse_number
from core.labels.sources.source_tree import IMAGE_SUFFIXES

_SUFFIXES: Final = IMAGE_SUFFIXES | {".heic", ".heif", ".mpo", ".dng", ".jpx", ".j2k"}
_BLANKS: Final = frozenset({"", "nan", "none", "null", "na", "n/a", "<na>", "-"})
_TRUE: Final = frozenset({"1", "1.0", "true", "yes", "y", "t"})
_BOX: Final = re.compile(
    r"[\s\[\](){}'\"]*([^\s,;\[\](){}'\"]+)" + r"[\s,;]+([^\s,;\[\](){}'\"]+)" * 3 + r"[\s\[\](){}'\"]*"
)
# A box as text is four numbers.
_BOX_LENGTH: Final = 400
SPLITS: Final = frozenset(
    {"train", "training", "val", "valid", "validation", "validate", "dev", "test", "testing", "eval", "unassigned"}
)


def is_image_name(text: str) -> bool:
    """Whether a field ends like the name of an image."""
    name = text.strip()
    dot = name.rfind(".")
    return dot > 0 and name[dot : dot + 8].lower() in _SUFFIXES


def is_blank(text: str) -> bool:
    """Whether a field is empty, or says so in words."""
    return len(text) < 10 and text.strip().lower() in _BLANKS


def is_true(text: str) -> bool:
    """Whether a field says yes."""
    return len(text) < 10 and text.strip().lower() in _TRUE


def is_number(text: str) -> bool:
    """Whether a field is a finite number; a decimal comma is one, too."""
    number = parse_number(text[:60].replace(",", "."))
    return number - number == 0


def mostly_images(texts: Iterable[str]) -> bool:
    """Whether nine tenths of the fields that are not blank are names of images."""
    kinds = [is_image_name(text) for text in texts if not is_blank(text)]
    return bool(kinds) and sum(kinds) >= 0.9 * len(kinds)


def mostly_numbers(texts: Iterable[str]) -> bool:
    """Whether nine tenths of the fields that are not blank are numbers."""
    kinds = [is_number(text) for text in texts if not is_blank(text)]
    return bool(kinds) and sum(kinds) >= 0.9 * len(kinds)


def box_fields(text: str) -> tuple[str, str, str, str] | None:
    """The four numbers in one field, `[10, 20, 30, 40]` or `10 20 30 40`, as text; None for anything else."""
    match = _BOX.fullmatch(text) if len(text) <= _BOX_LENGTH else None
    return (match[1], match[2], match[3], match[4]) if match else None
