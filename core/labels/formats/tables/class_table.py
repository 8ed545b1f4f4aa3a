"""Tables of classes: a name and its number in each row, in either order, as keras-retinanet's classes.csv."""

from typing import Final

from core.csv_files import DELIMITERS, plain_name
from core.labels.formats.tables.column_names import CLASS_NAMES
from core.labels.formats.tables.records import BrokenFileError, records
from core.labels.formats.tables.values import is_image_name
from core.labels.sources.source_tree import SourceTree
from core.labels.sources.text import decode

# Open Images lists 20,000 names in 500 kB.
_BYTES: Final = 2**21
_DIGITS: Final = 9
_HEADER_WORDS: Final = frozenset(
    {*CLASS_NAMES, "id", "index", "signname", "names", "classes", "labels", "number", "code"}
)

_Pair = tuple[str, str]


def read_class_table(tree: SourceTree, file: str) -> dict[int, str] | None:
    """The names of a table of classes by their number, in the file's order; None if the file is no such table.

    A name that stands beside two numbers is given twice. A number with two names makes it no table of classes.
    """
    if tree.sizes[file] > _BYTES:
        return None
    try:
        text = decode(tree.read(file))
    except OSError:
        return None
    if text is None or text.rivals:
        return None
    for delimiter in DELIMITERS:
        if delimiter in text.text[:4096] and (names := _names(text.text, delimiter)):
            return names
    return None


def _names(text: str, delimiter: str) -> dict[int, str] | None:
    pairs = _pairs(text, delimiter)
    if pairs and plain_name(pairs[0][0]) in _HEADER_WORDS and plain_name(pairs[0][1]) in _HEADER_WORDS:
        pairs = pairs[1:]
    for number, name in ((1, 0), (0, 1)):
        names = {int(pair[number]): pair[name] for pair in pairs if _is_id(pair[number])}
        if len(names) == len(pairs) > 0 and all(name and not is_image_name(name) for name in names.values()):
            return names
    return None


def _pairs(text: str, delimiter: str) -> list[_Pair]:
    """Both fields of each row; none if a row has another number of fields."""
    pairs: list[_Pair] = []
    try:
        for _, fields in records(text, delimiter):
            if fields is None or len(fields) != 2:
                return []
            pairs.append((fields[0].strip(), fields[1].strip()))
    except BrokenFileError:
        return []
    return pairs


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _DIGITS
