"""Keeps the facts of images that were read, so that an image pass that broke off goes on where it stopped."""

import json
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from core.labels.sources.source_tree import SourceTree

_WRITTEN_AT_ONCE: Final = 50


class KeptFacts:
    """Facts by image, size in bytes and time of the last change; a file of one JSON object a line.

    A line that is broken, by a kill or by hand, is passed over: its image is read again.
    """

    def __init__(self, path: Path) -> None:
        """Reads the facts that an earlier pass left in the file."""
        self._path, self._lock = path, threading.Lock()
        self._facts: dict[tuple[str, int, int], dict[str, Any]] = {}
        self._unwritten: list[str] = []
        if path.is_file():
            for line in path.read_text(errors="replace").split("\n"):
                self._read(line)

    def get(self, tree: SourceTree, source: str) -> dict[str, Any] | None:
        """The facts of an image of the tree; None if it is new or has changed."""
        return self._facts.get(_key(tree, source))

    def add(self, tree: SourceTree, source: str, facts: dict[str, Any]) -> None:
        """Keeps the facts of an image. They are written in blocks."""
        line = json.dumps({"key": _key(tree, source), "facts": facts})
        with self._lock:
            self._unwritten.append(line)
            if len(self._unwritten) >= _WRITTEN_AT_ONCE:
                self._write()

    def close(self) -> None:
        """Writes what is not written yet. Does nothing if the folder is gone."""
        with self._lock:
            self._write()

    def _write(self) -> None:
        if self._unwritten and self._path.parent.is_dir():
            # A full disk costs only that another pass reads these images again.
            with suppress(OSError), self._path.open("a") as handle:
                handle.write("\n".join(self._unwritten) + "\n")
        self._unwritten.clear()

    def _read(self, line: str) -> None:
        try:
            document = json.loads(line)
            source, size, changed_ns = document["key"]
            self._facts[source, size, changed_ns] = dict(document["facts"])
        except (ValueError, KeyError, TypeError):
            return


def _key(tree: SourceTree, source: str) -> tuple[str, int, int]:
    return source, tree.sizes.get(source, 0), tree.changed_ns.get(source, 0)
