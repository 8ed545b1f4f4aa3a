"""Finds the columns of a table of boxes by their names, and by what they hold where the names do not tell."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from core.csv_files import plain_name
from core.labels.formats.tables import column_names
from core.labels.formats.tables.column_names import Place, first_of, image_side, place_of
from core.labels.formats.tables.plan import Plan
from core.labels.formats.tables.values import (
    SPLITS,
    box_fields,
    is_blank,
    is_image_name,
    is_number,
    mostly_images,
    mostly_numbers,
)
from core.labels.formats.written import Layout, Unit

Record = tuple[int, int, list[str]]  # position and line after it, fields

_CORNERS: Final = ("x1", "y1", "x2", "y2")
_FROM_ZERO: Final = ("x0", "y0", "x1", "y1")
_TURNED: Final = tuple(f"{axis}{number}" for number in range(1, 5) for axis in "xy")
_TURNED_FROM_ZERO: Final = tuple(f"{axis}{number}" for number in range(4) for axis in "xy")
_SIZED: Final = (
    (("xc", "yc", "w", "h"), Layout.CENTRE),
    (("x", "y", "w", "h"), Layout.CORNER_SIZE),
    (("x1", "y1", "w", "h"), Layout.CORNER_SIZE),
    (("x0", "y0", "w", "h"), Layout.CORNER_SIZE),
)
# The order of x1 y1 x2 y2 in the file -> the layout of the numbers as they stand there.
_ORDERS: Final[dict[tuple[int, ...], Layout]] = {(0, 2, 1, 3): Layout.CORNERS_XXYY, (1, 0, 3, 2): Layout.CORNERS_YXYX}
_OPEN: Final = (Layout.CORNERS, Layout.CORNER_SIZE, Layout.CENTRE)
# Columns of this product's own list of findings, which names images and boxes.
_FINDINGS: Final = {"check", "severity", "message"}
# Columns of text that hold no classes.
_NO_CLASS: Final = (
    "source",
    "origin",
    "annotator",
    "worker",
    "user",
    "author",
    "date",
    "time",
    "uuid",
    "url",
    "comment",
)
_LIST_LAYOUTS: Final = {
    "xyxy": Layout.CORNERS, "pascal": Layout.CORNERS, "voc": Layout.CORNERS,
    "cxcywh": Layout.CENTRE, "yolo": Layout.CENTRE, "xywh": Layout.CORNER_SIZE, "coco": Layout.CORNER_SIZE,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Table:
    """A header and some rows below it."""

    names: list[str]
    rows: list[list[str]]
    plain: list[str] = field(default_factory=list)
    places: dict[str, list[tuple[int, Place]]] = field(default_factory=dict)  # role -> its columns, surest first

    def column(self, index: int) -> list[str]:
        """The fields of a column."""
        return [row[index] for row in self.rows]


def plan_of_header(records: Sequence[Record], delimiter: str) -> Plan | None:
    """The columns, if the first record is the header of a table of boxes; else None."""
    position, line, names = records[0]
    if len(names) < 2 or sum(map(is_number, names)) >= 4 or any(map(is_image_name, names)):
        return None
    if set(names) >= _FINDINGS:
        return None
    table = _table(names, [fields for _, _, fields in records[1:] if len(fields) == len(names)])
    shape = _box_by_name(table) or _box_in_one_column(table) or _box_by_content(table)
    if shape is None:
        return None
    columns = _what_is_boxed(table, shape)
    if columns["image"] is None and (not shape["is_stated"] or columns["class_name"] is None):
        return None
    plan = Plan(delimiter=delimiter, names=tuple(names), start=position, line=line, **shape, **columns)
    width, height = _image_size(table, plan)
    return replace(plan, repeated=_repeated(table, plan), width=width, height=height)


def _table(names: list[str], rows: list[list[str]]) -> _Table:
    places: dict[str, list[tuple[int, Place]]] = {}
    for index, name in enumerate(names):
        if not image_side(name) and (place := place_of(name)):
            places.setdefault(place.role, []).append((index, place))
    for columns in places.values():
        columns.sort(key=lambda item: not item[1].is_box)
    return _Table(names=names, rows=rows, plain=[plain_name(name) for name in names], places=places)


def _box_by_name(table: _Table) -> dict[str, Any] | None:
    """Four or eight columns that are named after the numbers of a box."""
    for roles in (_TURNED, _TURNED_FROM_ZERO):
        if all(role in table.places for role in roles):
            return _shape(table, roles, Layout.CORNERS)
    for roles in (_CORNERS, _FROM_ZERO):
        if all(role in table.places for role in roles):
            return _corners(table, roles)
    for roles, layout in _SIZED:
        if all(role in table.places for role in roles):
            return _shape(table, roles, layout)
    return None


def _shape(table: _Table, roles: Sequence[str], layout: Layout) -> dict[str, Any]:
    first = [table.places[role][0] for role in roles]
    units = {place.unit for _, place in first}
    unit: Unit | None = units.pop() if len(units) == 1 else None
    return {"box": tuple(index for index, _ in first), "layouts": (layout,), "is_stated": True, "unit": unit}


def _corners(table: _Table, roles: Sequence[str]) -> dict[str, Any]:
    """Corners stay in the order of the file where a layout has that order: so a header that lies can be put right."""
    shape = _shape(table, roles, Layout.CORNERS)
    box = shape["box"]
    order = tuple(sorted(range(4), key=box.__getitem__))
    if layout := _ORDERS.get(order):
        shape |= {"box": tuple(sorted(box)), "layouts": (layout,)}
    return shape


def _box_in_one_column(table: _Table) -> dict[str, Any] | None:
    for index in first_of(table.plain, column_names.BOX_NAMES):
        fields = [text for text in table.column(index) if not is_blank(text)]
        boxes = [box for text in fields if (box := box_fields(text)) and all(map(is_number, box))]
        if boxes and len(boxes) >= 0.9 * len(fields):
            stated = next((layout for key, layout in _LIST_LAYOUTS.items() if key in table.plain[index]), None)
            layouts = (stated,) if stated else (Layout.CORNER_SIZE, Layout.CORNERS, Layout.CENTRE)
            return {"box": (index,), "layouts": layouts, "is_stated": stated is not None}
    return None


def _box_by_content(table: _Table) -> dict[str, Any] | None:
    """The only four neighbouring columns of numbers, beside a column of names of images."""
    if not table.rows or not any(mostly_images(table.column(index)) for index in range(len(table.names))):
        return None
    others = (*column_names.CLASS_NAMES, *column_names.SCORE_NAMES, *column_names.ANGLE_NAMES, "id", "index", "")
    numeric = [
        index
        for index, name in enumerate(table.names)
        if table.plain[index] not in others and not image_side(name) and mostly_numbers(table.column(index))
    ]
    if len(numeric) != 4 or numeric[3] - numeric[0] != 3:
        return None
    return {"box": tuple(numeric), "layouts": _OPEN, "is_stated": False}


def _what_is_boxed(table: _Table, shape: dict[str, Any]) -> dict[str, Any]:
    """The columns of the image, the class and what else has a meaning."""
    images = _image_columns(table, shape["box"])
    image = images[0] if images else None
    split = next(
        (index for index in first_of(table.plain, column_names.SPLIT_NAMES) if _holds_splits(table.column(index))), None
    )
    free = {*shape["box"], image, split}
    named = first_of(table.plain, column_names.CLASS_NAMES)
    class_name = _names_before_numbers(table, [index for index in named if index not in free])
    taken = _class_by_content(table, free) if class_name is None and image is not None else None
    return {
        "image": image,
        "other_image": next((index for index in images[1:] if mostly_images(table.column(index))), None),
        "folder": _first(table, column_names.FOLDER_NAMES),
        "class_name": class_name if taken is None else taken,
        "taken": "" if taken is None else table.names[taken],
        "split": split,
        "score": _first(table, column_names.SCORE_NAMES),
        "crowd": _first(table, column_names.CROWD_NAMES),
        "angle": _first(table, column_names.ANGLE_NAMES),
    }


def _first(table: _Table, names: tuple[str, ...]) -> int | None:
    return next(iter(first_of(table.plain, names)), None)


def _image_columns(table: _Table, box: tuple[int, ...]) -> list[int]:
    """Columns that name the image, the likeliest first: names of images before ids, then by the column's name."""
    named = [index for index in first_of(table.plain, column_names.IMAGE_NAMES) if index not in box]
    others = [index for index in range(len(table.names)) if index not in box and index not in named]
    holding = [index for index in others if mostly_images(table.column(index))]
    return sorted([*named, *holding], key=lambda index: not mostly_images(table.column(index)))


def _holds_splits(texts: list[str]) -> bool:
    words = {text.strip().lower() for text in texts if not is_blank(text)}
    return bool(words) and words <= SPLITS


def _names_before_numbers(table: _Table, columns: list[int]) -> int | None:
    """The first column of words, or else the first one: `label` beside a `class` of numbers."""
    filled = [index for index in columns if not all(map(is_blank, table.column(index)))]
    words = [index for index in filled if not mostly_numbers(table.column(index))]
    return next(iter([*words, *filled, *columns]), None)


def _class_by_content(table: _Table, used: set[int | None]) -> int | None:
    """The only other column of words, if there is exactly one."""
    words = [
        index
        for index, plain in enumerate(table.plain)
        if index not in used
        and not any(word in plain for word in _NO_CLASS)
        and any(not is_blank(text) for text in table.column(index))
        and not mostly_numbers(table.column(index))
        and not mostly_images(table.column(index))
    ]
    return words[0] if len(words) == 1 else None


def _repeated(table: _Table, plan: Plan) -> str:
    """The name of a needed column that another column has, too; "" if there is none."""
    needed = [*plan.box, plan.image, plan.class_name]
    return next(
        (table.names[index] for index in needed if index is not None and table.plain.count(table.plain[index]) > 1), ""
    )


def _image_size(table: _Table, plan: Plan) -> tuple[int | None, int | None]:
    """The columns of the image's size. `width` and `height` beside corners are the image's, unless they fit the box."""
    sides: dict[str, int] = {}
    for index, name in enumerate(table.names):
        if side := image_side(name):
            sides.setdefault(side, index)
    for side in "wh":
        for index, place in table.places.get(side, []):
            if index not in plan.box and not place.is_box:
                sides.setdefault(side, index)
    if set(sides) != {"w", "h"} or _fits_box(table, plan, sides):
        return None, None
    return sides["w"], sides["h"]


def _fits_box(table: _Table, plan: Plan, sides: dict[str, int]) -> bool:
    """Whether most widths and heights are those of the boxes: x2 - x1 and y2 - y1."""
    if len(plan.box) != 4 or plan.layouts[0] not in (Layout.CORNERS, Layout.CORNERS_XXYY, Layout.CORNERS_YXYX):
        return False
    numbers = [
        [float(row[index].replace(",", ".")) for index in (*plan.box, sides["w"], sides["h"])]
        for row in table.rows
        if all(is_number(row[index]) for index in (*plan.box, sides["w"], sides["h"]))
    ]
    pairs = {Layout.CORNERS: (0, 2, 1, 3), Layout.CORNERS_XXYY: (0, 1, 2, 3), Layout.CORNERS_YXYX: (1, 3, 0, 2)}
    x1, x2, y1, y2 = pairs[plan.layouts[0]]
    hits = [abs(row[x2] - row[x1] - row[4]) <= 1 and abs(row[y2] - row[y1] - row[5]) <= 1 for row in numbers]
    # One box over the whole image fits as well.
    return len(hits) > 1 and sum(hits) > len(hits) / 2
