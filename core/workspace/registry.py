"""The data sets, runs, evaluations and models of a workspace, by id and name.

The folders are the truth: every folder with its `<kind>.json` is an item. The index (core.workspace.index) only saves
reading them all, and each scan updates it from the disk. So nothing is lost if a process is killed between writing a
folder and its row, or if the database is deleted or broken. On a full or write-protected disk, reading still works.
Notes, tags and the archive mark of a run are stored only in the run's folder.
"""

import logging
import secrets
import time
from dataclasses import replace
from pathlib import Path
from typing import Final, TypedDict

from core.errors import ConflictError, DamagedFileError, NotFoundError
from core.files import write_json
from core.records import Damage, read_as, read_document
from core.settings import Settings, make_workspace
from core.shapes import Moment
from core.workspace.index import Entry, Index, ItemKey, Row
from core.workspace.layout import KINDS, Layout

__all__ = ["Entry", "Registry", "new_id"]

_LOG = logging.getLogger(__name__)
_WORDS = {"dataset": "data set", "run": "run", "evaluation": "evaluation", "model": "model"}
# No vowels, so that no id spells a word; no l, 1, 0, o, which are misread.
_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
# Stored in place of the time of writing, so that a damaged description is read again at each scan.
_DAMAGED: Final = -1
# The other file and field with an item's first name.
_NAMED_IN: Final = {"run": ("job.json", "name"), "model": ("given.json", "title")}


class _Description(TypedDict):
    name: str
    created: Moment


def read_description(folder: Path, kind: str, key: str = "") -> Entry:
    """Reads an item from its description file, without the registry; `key` is its id if the folder has another name.

    If the file is damaged or missing, name and time come from the folder's other files; `damage` says what is damaged.
    """
    path, key = folder / f"{kind}.json", key or folder.name
    try:
        document = read_as(path, _Description)
        return Entry(kind=kind, id=key, name=document["name"], created=document["created"])
    except DamagedFileError as error:
        return Entry(kind=kind, id=key, name=_recovered_name(folder, kind, key), created=_began(folder), damage=Damage.of(error))
    except FileNotFoundError:
        return Entry(kind=kind, id=key, name=_recovered_name(folder, kind, key), created=_began(folder))


def _recovered_name(folder: Path, kind: str, key: str) -> str:
    file, field = _NAMED_IN.get(kind, ("", ""))
    try:
        name = read_document(folder / file).get(field) if file else None
    except (FileNotFoundError, DamagedFileError):
        name = None
    return name if isinstance(name, str) and name else key


def _began(folder: Path) -> float:
    """When the oldest file of a folder was written: about when the item was made."""
    try:
        return min((path.lstat().st_mtime for path in folder.iterdir()), default=0.0)
    except OSError:
        return 0.0


def new_id(prefix: str) -> str:
    """A short, URL-safe id such as `r-7hk2mq`; 387 million of a kind."""
    return f"{prefix}-" + "".join(secrets.choice(_ALPHABET) for _ in range(6))


class Registry:
    """The items of one workspace. Cheap to open; holds no connection between calls."""

    def __init__(self, settings: Settings) -> None:
        """Makes the workspace folder if it is missing. Each call of a method updates the index from the folders.

        Raises AppError for a workspace that cannot be made. Each method raises it for an unusable database of the user.
        """
        self.layout = Layout(settings.workspace)
        make_workspace(settings.workspace)
        self._index = Index(settings)

    def refresh(self) -> None:
        """Updates the index from the folders after one was added, removed or repaired."""
        self._scan()

    def add(self, kind: str, key: str, name: str) -> Entry:
        """Writes the item's description file and its row. Raises ConflictError if the id is taken."""
        entry = Entry(kind=kind, id=key, name=name, created=time.time())
        if self.layout.description(kind, key).exists():
            raise ConflictError(f"There already is a {_WORDS[kind]} {key!r}.", "Choose another name.")
        self._describe(entry)
        return entry

    def rename(self, kind: str, key: str, name: str) -> Entry:
        """Gives the item with this id another name. Raises NotFoundError."""
        entry = replace(self.find(kind, key), name=name)
        self._describe(entry)
        return entry

    def all(self, kind: str) -> list[Entry]:
        """All entries of a kind, newest first."""
        entries = [entry for entry in self._scan() if entry.kind == kind]
        return sorted(entries, key=lambda entry: entry.created, reverse=True)

    def find(self, kind: str, reference: str) -> Entry:
        """The entry with this id, else the newest of this name. Raises NotFoundError, naming the existing ones."""
        entries = self.all(kind)
        for entry in entries:
            if entry.id == reference:
                return entry
        for entry in entries:
            if entry.name == reference:
                return entry
        names = ", ".join(entry.name for entry in entries[:8]) or "none yet"
        raise NotFoundError(f"There is no {_WORDS[kind]} {reference!r}.", f"Known: {names}.")

    def _describe(self, entry: Entry) -> None:
        document = {"id": entry.id, "name": entry.name, "created": entry.created}
        write_json(self.layout.description(entry.kind, entry.id), document)
        self._scan()

    def _scan(self) -> list[Entry]:
        """All items: checks the time of each description, reads the new or changed ones, and updates the index.

        A damaged description is read again each time; its item keeps the name in the index.
        """
        indexed, on_disk = self._index.read(), _described(self.layout)
        rows = {item: row for item, row in indexed.items() if on_disk.get(item) == row.written_ns}
        behind = [item for item in on_disk if item not in rows]
        read = {item: entry for item in behind if (entry := self._read(*item))}
        new = [
            Row(entry=replace(entry, damage=None), written_ns=_DAMAGED if entry.damage else on_disk[item])
            for item, entry in read.items()
            if not entry.damage or item not in indexed
        ]
        gone = indexed.keys() - on_disk.keys()
        if new or gone:
            self._index.keep(new, gone)
        named = {
            item: replace(indexed[item].entry, damage=entry.damage) if entry.damage and item in indexed else entry
            for item, entry in read.items()
        }
        return list(({item: row.entry for item, row in rows.items()} | named).values())

    def _read(self, kind: str, key: str) -> Entry | None:
        """The item from its description; None if it vanished meanwhile."""
        entry = read_description(self.layout.folder(kind, key), kind)
        return entry if self.layout.description(kind, key).exists() else None


def _described(layout: Layout) -> dict[ItemKey, int]:
    """Maps (kind, id) of every item to the time when its description was written, in ns."""
    times = {}
    for kind in KINDS:
        folder = layout.all_of(kind)
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name.startswith("."):
                continue  # being deleted (core.workspace.trash)
            try:
                times[kind, path.name] = layout.description(kind, path.name).stat().st_mtime_ns
            except (FileNotFoundError, NotADirectoryError):
                continue
    return times
