"""The header of a CSV file of detections: its delimiter and the meaning of its columns.

Columns go by name in any order and spelling (`Image_ID`, `image id`). Other columns are ignored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.csv_files import COLUMN_NAMES, DELIMITERS, plain_name, split_line
from core.errors import AppError

_WHAT: Final = ("image", "class", "score")
_CORNERS: Final = ("x1", "y1", "x2", "y2")
_SIZED: Final = ("x", "y", "width", "height")
_REMEDY: Final = (
    "Begin the file with a line of column names, such as image,class,score,x1,y1,x2,y2 (or x,y,width,height for the "
    "box), with commas, semicolons or tabs between them."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The indices of image, class, score and the four values of the box in a line of `fields` fields.

    `is_sized`: the box is corner and size, as in COCO, else two corners. `by_image_id`, `by_class_id`: the column is
    named after ids, so ids of the truth are tried before names.
    """

    delimiter: str
    fields: int
    image: int
    class_name: int
    score: int
    box: tuple[int, int, int, int]
    is_sized: bool
    by_image_id: bool
    by_class_id: bool


def find_header(file_name: str, line: str, most_columns: int) -> Header:
    """The header in the first line of a file. Raises AppError for missing, repeated or too many columns."""
    parsed = {delimiter: _split(line, delimiter) for delimiter in DELIMITERS}
    # The delimiter that gives the most columns with a meaning, and of equal ones the first.
    delimiter = max(DELIMITERS, key=lambda delimiter: sum(bool(_meaning(name)) for name in parsed[delimiter]))
    names = parsed[delimiter]
    if len(names) > most_columns:
        raise AppError(
            f"{file_name} has {len(names):,} columns; {most_columns:,} are allowed.", "Leave out the others."
        )
    indices = {what: index for what in COLUMN_NAMES if (index := _index(file_name, names, what)) is not None}
    is_sized = not all(what in indices for what in _CORNERS)
    box = _SIZED if is_sized else _CORNERS
    if missing := [what for what in (*_WHAT, *box) if what not in indices]:
        lacking = "the box" if set(missing) >= set(_SIZED) else ", ".join(what for what in missing if what in _SIZED)
        words = [*(what for what in missing if what in _WHAT), *([lacking] if lacking else [])]
        raise AppError(f"{file_name}, line 1: no column for {', '.join(words)}.", _REMEDY)
    x, y, right, bottom = (indices[what] for what in box)
    return Header(
        delimiter=delimiter,
        fields=len(names),
        image=indices["image"],
        class_name=indices["class"],
        score=indices["score"],
        box=(x, y, right, bottom),
        is_sized=is_sized,
        by_image_id=names[indices["image"]].endswith("id"),
        by_class_id=names[indices["class"]].endswith("id"),
    )


def _split(line: str, delimiter: str) -> list[str]:
    return [plain_name(field) for field in split_line(line, delimiter)]


def _meaning(name: str) -> str:
    return next((what for what, names in COLUMN_NAMES.items() if name in names), "")


def _index(file_name: str, names: Sequence[str], what: str) -> int | None:
    for name in COLUMN_NAMES[what]:
        if names.count(name) > 1:
            raise AppError(f"{file_name}, line 1: two columns are called {name!r}.", "Leave out one of them.")
        if name in names:
            return names.index(name)
    return None
