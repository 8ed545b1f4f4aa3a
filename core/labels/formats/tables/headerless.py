"""Finds the columns of a table of boxes without a header, by what they hold."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from core.csv_files import parse_number
from core.labels.formats.tables.header import Record
from core.labels.formats.tables.plan import Plan
from core.labels.formats.tables.values import SPLITS, is_blank, is_number, mostly_images, mostly_numbers
from core.labels.formats.written import Layout, Unit

_MOST_COLUMNS: Final = 12
_AUTOML: Final = re.compile("s?it(nn--nn--|n{8})")
_OPEN: Final = (Layout.CORNERS, Layout.CORNER_SIZE, Layout.CENTRE)


@dataclass(frozen=True, kw_only=True)
class _Kinds:
    """What the columns hold: `i` names of images, `n` numbers, `s` splits, `t` other text, `-` nothing."""

    rows: list[list[str]]
    letters: str

    def column(self, index: int) -> list[str]:
        """The fields of a column that are not blank."""
        return [row[index] for row in self.rows if not is_blank(row[index])]


def plan_without_header(records: Sequence[Record], delimiter: str) -> Plan | None:
    """The columns, if the rows are a table of boxes without a header; else None."""
    rows = [fields for _, _, fields in records]
    width = _usual_width(rows)
    if not 6 <= width <= _MOST_COLUMNS:
        return None
    even = [fields for fields in rows if len(fields) == width]
    kinds = _Kinds(rows=even, letters="".join(_letter([row[index] for row in even]) for index in range(width)))
    if kinds.letters.count("i") != 1:
        return None
    columns = _columns(kinds)
    if columns is None:
        return None
    names = tuple(f"column {index + 1}" for index in range(width))
    split = kinds.letters.find("s")
    return Plan(
        delimiter=delimiter,
        names=names,
        start=0,
        line=1,
        has_header=False,
        image=kinds.letters.index("i"),
        split=split if split >= 0 else None,
        **columns,
    )


def _usual_width(rows: list[list[str]]) -> int:
    """The number of fields that nine tenths of the rows have; 0 if there is none."""
    lengths = sorted(len(row) for row in rows)
    middle = lengths[len(lengths) // 2] if lengths else 0
    return middle if lengths.count(middle) >= 0.9 * len(lengths) else 0


def _letter(texts: list[str]) -> str:
    filled = [text for text in texts if not is_blank(text)]
    if not filled:
        return "-"
    if mostly_images(filled):
        return "i"
    if mostly_numbers(filled):
        return "n"
    return "s" if {text.strip().lower() for text in filled} <= SPLITS else "t"


def _columns(kinds: _Kinds) -> dict[str, Any] | None:
    """The columns of box and class by the order of kinds."""
    letters, image = kinds.letters, kinds.letters.index("i")
    if letters == "tnnnninn":
        # make-sense: class, x, y, width, height, image, its width, its height.
        return _stated((1, 2, 3, 4), 0, Layout.CORNER_SIZE) | {"width": 6, "height": 7}
    if letters == "i-----":
        return _stated((1, 2, 3, 4), 5, Layout.CORNERS)
    if letters == "innnnt":
        return _stated((1, 2, 3, 4), 5, Layout.CORNERS)
    if letters == "innnnn":
        return _numbered_class(kinds)
    if letters == "inntnnnn":
        # TensorFlow: filename, width, height, class, xmin, ymin, xmax, ymax.
        return _stated((4, 5, 6, 7), 3, Layout.CORNERS) | {"width": 1, "height": 2}
    if match := _AUTOML.fullmatch(letters):
        return _automl(match)
    runs = [run for run in _runs(letters, "n") if run[1] - run[0] == 4]
    words = [index for index, letter in enumerate(letters) if letter == "t"]
    if len(runs) != 1 or len(words) != 1 or image in range(*runs[0]):
        return None
    return {"box": tuple(range(*runs[0])), "class_name": words[0], "layouts": _OPEN, "is_stated": False}


def _stated(box: tuple[int, ...], class_name: int, layout: Layout) -> dict[str, Any]:
    return {"box": box, "class_name": class_name, "layouts": (layout,), "is_stated": True}


def _automl(match: re.Match[str]) -> dict[str, Any]:
    """Google's AutoML: image, class, and the corners in shares: two with gaps between, or all four."""
    first = match.start(1)
    places = (0, 1, 4, 5) if match[1] == "nn--nn--" else range(8)
    box = tuple(first + place for place in places)
    return _stated(box, first - 1, Layout.CORNERS) | {"unit": Unit.SHARE}


def _numbered_class(kinds: _Kinds) -> dict[str, Any] | None:
    """Five numbers after the image: the class is the last, as keras-retinanet writes it, or else the first.

    Only whole numbers can be classes. Where both can, the class is the column with fewer different numbers.
    """
    last, first = _whole(kinds.column(5)), _whole(kinds.column(1))
    if not last and not first:
        return None
    if last and not (first and len(first) < len(last)):
        return _stated((1, 2, 3, 4), 5, Layout.CORNERS)
    return {"box": (2, 3, 4, 5), "class_name": 1, "layouts": _OPEN, "is_stated": False}


def _whole(texts: list[str]) -> set[float]:
    """The different numbers if all are whole and from 0 to 99,999; else nothing."""
    numbers = {parse_number(text) for text in texts if is_number(text)}
    return numbers if all(number.is_integer() and 0 <= number < 1e5 for number in numbers) else set()


def _runs(letters: str, letter: str) -> list[tuple[int, int]]:
    """The stretches of a letter as (start, end)."""
    edges = [index for index in range(len(letters) + 1) if (letters + " ")[index] != (" " + letters)[index]]
    return [(start, end) for start, end in pairwise(edges) if letters[start] == letter]
