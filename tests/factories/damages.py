"""Damages to a file of the workspace: as a whole, and field by field for JSON."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Damage = Callable[[Path], None]
_OTHERS: tuple[Any, ...] = ({"x": [1]}, "text", None, -3)


def _write(make: Callable[[bytes], bytes]) -> Damage:
    return lambda path: _replace(path, make(path.read_bytes() if path.is_file() else b""))


def _replace(path: Path, data: bytes) -> None:
    # Not in place: a prepared workspace is copied by hard links.
    path.unlink()
    path.write_bytes(data)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


# Damages that make any file unreadable.
WHOLE: dict[str, Damage] = {
    "empty": _write(lambda data: b""),
    "zeros": _write(lambda data: bytes(max(1, len(data)))),
    "cut": _write(lambda data: data[: max(1, len(data) // 2)]),
    "noise": _write(lambda data: bytes(range(256)) * 4),
    "a folder": _folder,
}
# JSON, or nearly, but not the content of this file.
JSON_ONLY: dict[str, Damage] = {
    "no UTF-8": _write(lambda data: data.replace(b'"', b'"\xff', 1)),
    "a list": _write(lambda data: b"[]"),
    "a number": _write(lambda data: b"5"),
    "null": _write(lambda data: b"null"),
    "an empty object": _write(lambda data: b"{}"),
    "nested too deep": _write(lambda data: b"[" * 100_000),
    "half a character": _write(lambda data: data.rstrip()[:-1] + b', "name": "\\ud800", "x": "\\udfff"}'),
    "not a number": _write(lambda data: data.rstrip()[:-1] + b', "x": NaN}'),
    "infinite": _write(lambda data: data.rstrip()[:-1] + b', "x": 1e999}'),
    "endless digits": _write(lambda data: data.rstrip()[:-1] + b', "x": ' + b"9" * 5000 + b"}"),
    "a pipe": _pipe,
}


def fields(path: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents of a JSON file with each field, two levels deep, missing or of another type."""
    document = json.loads(path.read_bytes())
    if isinstance(document, dict):
        yield from ((name, json.dumps(changed).encode()) for name, changed in _changed(document, depth=2))


def _changed(document: dict[str, Any], depth: int) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, value in document.items():
        yield f"no {key}", {name: other for name, other in document.items() if name != key}
        for other in _OTHERS:
            if type(other) is not type(value):
                yield f"{key}={other!r}", {**document, key: other}
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, dict) and depth > 1:
            for name, changed in _changed(inner, depth - 1):
                yield f"{key}.{name}", {**document, key: [changed] if isinstance(value, list) else changed}


@contextmanager
def damaged(path: Path, damage: Damage) -> Iterator[None]:
    """Damages the file for the block and restores it afterwards."""
    kept = path.read_bytes()
    try:
        damage(path)
        yield
    finally:
        restore(path, kept)


def restore(path: Path, kept: bytes) -> None:
    """Restores the content, whatever lies there now."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    path.write_bytes(kept)
