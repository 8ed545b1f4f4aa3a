"""Opening a COCO JSON file that may be hostile or broken."""

import json
from collections.abc import Iterator
from typing import Any, Final

from core.labels.formats.base import shown
from core.labels.formats.builder import Builder
from core.labels.formats.source_tree import SourceTree

_KEYS: Final = (b'"images"', b'"annotations"', b'"categories"')
_PEEK: Final = 2**20
# Python refuses to read integers of thousands of digits; ids of a few dozen are hashes, and must stay exact.
_DIGITS: Final = 200


def candidates(tree: SourceTree) -> list[str]:
    """JSON files with at least two of COCO's three keys in their first or last MiB."""
    return [file for file in tree.with_suffix(".json") if sum(key in _ends(tree, file) for key in _KEYS) >= 2]


def load(tree: SourceTree, file: str, builder: Builder) -> dict[str, Any] | None:
    """The document; None, with a finding, for a file that cannot be read or lacks one of COCO's lists."""
    if tree.sizes[file] > tree.limits.label_file_bytes:
        limit = tree.limits.label_file_bytes // 2**20
        builder.blocked("malformed-file", f"{file}: larger than {limit} MiB.", file)
        return None
    try:
        document = json.loads(tree.read(file), parse_int=_integer)
    except json.JSONDecodeError as error:
        message = f"{file}, line {error.lineno}: broken JSON ({error.msg})."
        builder.blocked("malformed-file", message, file, error.lineno)
        return None
    except (OSError, ValueError, RecursionError) as error:
        builder.blocked("malformed-file", f"{file}: cannot be read as JSON ({error}).", file)
        return None
    for key in ("images", "annotations", "categories"):
        found = document.get(key) if isinstance(document, dict) else None
        if not isinstance(found, list):
            builder.blocked("malformed-file", f"{file}: has no `{key}`, expected a list of them.", file)
            return None
    return dict(document)


def records(file: str, document: dict[str, Any], key: str, builder: Builder) -> Iterator[tuple[int, dict[str, Any]]]:
    """The list's objects with their 1-based number; anything else in it is a finding."""
    for number, record in enumerate(document[key], 1):
        if isinstance(record, dict):
            yield number, record
        else:
            message = f"{file}, {key} {number}: {shown(str(record))}, expected an object."
            builder.blocked("malformed-line", message, file, number)


def key_of(value: Any) -> str | None:
    """An id of any kind as text, so that 1, 1.0 and "1" are the same; None for what is no id."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return str(value)[:200] if isinstance(value, int | str) and not isinstance(value, bool) and value != "" else None


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _DIGITS else float(digits)


def _ends(tree: SourceTree, file: str) -> bytes:
    try:
        with tree.path(file).open("rb") as handle:
            start = handle.read(_PEEK)
            handle.seek(max(tree.sizes[file] - _PEEK, 0))
            return start + handle.read(_PEEK)
    except OSError:
        return b""
