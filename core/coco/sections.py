"""Reads the images and categories of a COCO document: their names, and the ids that mean them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from core.coco.faults import Faults, Kind
from core.coco.ids import AMBIGUOUS, IdTable
from core.coco.values import id_key, is_whole, side, text

NAME_LENGTH: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageEntry:
    """An image that the file lists: its 1-based position, its id as text, its name, its size in px.

    `name` is "" and sides are 0 if the file states none. Objects with an ambiguous id belong to no image.
    """

    number: int
    key: str
    name: str
    width: int
    height: int
    is_ambiguous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A class: its name, and its id as text."""

    name: str
    key: str


class Images:
    """The images of a file; `ids` gives their indices in `entries`."""

    def __init__(self, entries: Sequence[ImageEntry]) -> None:
        """Takes all images, also those with ambiguous ids."""
        self.entries = entries
        self.ids = IdTable({e.key: AMBIGUOUS if e.is_ambiguous else index for index, e in enumerate(entries)})

    def sizes(self) -> npt.NDArray[np.int64]:
        """(N, 2) width and height in px as the file states them, 0 if it does not."""
        return np.array([(entry.width, entry.height) for entry in self.entries], dtype=np.int64).reshape(-1, 2)


class Categories:
    """The classes of a file; `ids` gives their indices in `entries`, the same index for ids with the same name."""

    def __init__(self, entries: Sequence[Category], ids: IdTable) -> None:
        """Takes each class once."""
        self.entries = entries
        self.ids = ids


def read_images(values: Sequence[Any], faults: Faults) -> Images:
    """Reads the list `images`. An image listed twice is a fault in a strict reading; a lenient one uses it once."""
    records = [
        (number, key, name, record)
        for number, record in _objects("images", values, faults)
        if (key := _key("images", number, record, faults)) is not None
        and (name := _file_name(number, record, faults)) is not None
    ]
    first, ambiguous = _first_of_each("images", [(number, key, name) for number, key, name, _ in records], faults)
    entries = [
        ImageEntry(number=number, key=key, name=name, is_ambiguous=key in ambiguous, **_size(number, record, faults))
        for number, key, name, record in records
        if key in ambiguous or first[key] == number
    ]
    _note_repeated("images", [(entry.number, entry.name) for entry in entries if entry.name], faults)
    return Images(entries)


def read_categories(values: Sequence[Any], faults: Faults) -> Categories:
    """Reads the list `categories`, in its order. Two ids with one name are one class, and are reported."""
    records = [
        (number, key, name)
        for number, record in _objects("categories", values, faults)
        if (key := _key("categories", number, record, faults)) is not None
        and (name := _class_name(number, key, record, faults)) is not None
    ]
    first, ambiguous = _first_of_each("categories", records, faults)
    used = [(number, key, name) for number, key, name in records if key in ambiguous or first[key] == number]
    _note_repeated("categories", [(number, name) for number, key, name in used if key not in ambiguous], faults)
    indices: dict[str, int] = {}
    entries: list[Category] = []
    numbers: dict[str, int] = {}
    for _, key, name in used:
        if name not in indices:
            indices[name] = len(entries)
            entries.append(Category(name=name, key=key))
        numbers[key] = AMBIGUOUS if key in ambiguous else indices[name]
    return Categories(entries, IdTable(numbers))


def _objects(where: str, values: Sequence[Any], faults: Faults) -> list[tuple[int, dict[str, Any]]]:
    """The list's objects with their 1-based position; anything else in it is a fault."""
    for number, value in enumerate(values, 1):
        if not isinstance(value, dict):
            faults.note(Kind.MALFORMED, where, number, "{} is no object", value)
    return [(number, value) for number, value in enumerate(values, 1) if isinstance(value, dict)]


def _key(where: str, number: int, record: dict[str, Any], faults: Faults) -> str | None:
    key = id_key(record.get("id"))
    if key is None:
        faults.note(Kind.MALFORMED, where, number, "id {} is no whole number or text", record.get("id"))
    return key


def _file_name(number: int, record: dict[str, Any], faults: Faults) -> str | None:
    value = record.get("file_name")
    if value is None and isinstance(url := record.get("coco_url"), str):
        # LVIS names its images by addresses alone: http://…/val2017/000000397133.jpg
        value = "/".join(url.partition("://")[2].split("?")[0].split("/")[1:][-2:])
    if value is None or isinstance(value, str):
        # No file system has a NUL in a name.
        return "" if value is None or "\0" in value else text(value.strip())
    faults.note(Kind.MALFORMED, "images", number, "file_name {} is no text", value)
    return None


def _class_name(number: int, key: str, record: dict[str, Any], faults: Faults) -> str | None:
    value = record.get("name")
    # Some tools write a class name that is a digit as a number.
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        faults.note(Kind.MALFORMED, "categories", number, "name {} is no text", value)
        return None
    name = "" if value is None else str(value).strip()
    if name != text(name):
        faults.note(Kind.BAD_NAME, "categories", number, "name {} holds half a character", name, is_mended=True)
        name = text(name)
    if not name:
        name = f"class {key}"
        faults.note(Kind.NO_NAME, "categories", number, "no name; it is called {}", name, is_mended=True)
    return name[:NAME_LENGTH]


def _size(number: int, record: dict[str, Any], faults: Faults) -> dict[str, int]:
    """Width and height; both 0 if one of them cannot be used."""
    sides = {name: side(record.get(name)) for name in ("width", "height")}
    for name, value in sides.items():
        if value is None:
            words = name + " {} is no whole number of pixels"
            faults.note(Kind.BAD_SIZE, "images", number, words, record.get(name), is_mended=True)
    width, height = sides.values()
    return {"width": width, "height": height} if width and height else {"width": 0, "height": 0}


def _first_of_each(
    where: str, records: Sequence[tuple[int, str, str]], faults: Faults
) -> tuple[dict[str, int], set[str]]:
    """The position of the first record of each id, and the ids that mean two things; each repetition is a fault.

    An id repeated under the same name can be used once; a strict reading still wants it corrected.
    """
    first: dict[str, int] = {}
    names: dict[str, str] = {}
    ambiguous: set[str] = set()
    for number, key, name in records:
        if key not in first:
            first[key], names[key] = number, name
        elif names[key] == name:
            is_mended = not faults.is_strict
            faults.note(Kind.DUPLICATE_ID, where, number, "id {} is there twice", _id(key), is_mended=is_mended)
        else:
            again = [number] if key in ambiguous else [first[key], number]
            ambiguous.add(key)
            for position in again:
                words = "id {} means two things: {} and {}"
                faults.note(Kind.AMBIGUOUS_ID, where, position, words, _id(key), names[key], name)
    return first, ambiguous


def _id(key: str) -> int | str:
    return int(key) if is_whole(key) else key


def _note_repeated(where: str, names: Sequence[tuple[int, str]], faults: Faults) -> None:
    seen: set[str] = set()
    for number, name in names:
        if name in seen:
            faults.note(Kind.REPEATED_NAME, where, number, "{} is there twice, under two ids", name, is_mended=True)
        seen.add(name)
