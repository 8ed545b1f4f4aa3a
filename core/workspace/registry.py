"""The data sets, runs, evaluations and models of a workspace, by id and name.

The folders are the truth: a folder with its `<kind>.json` counts. The index (core.workspace.index) only saves reading
them all, and each look brings it into line with what is on disk. So a process killed between writing a folder and its
row loses nothing, and neither does a database that was deleted or broken; and where the disk is full or may not be
written, looking works all the same. What people add to a run (notes, tags, archived or not) lies in the run's folder
alone and is never in here.
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
from core.workspace.index import Entry, Index, Place, Row
from core.workspace.layout import KINDS, Layout

__all__ = ["Entry", "Registry", "new_id"]

_LOG = logging.getLogger(__name__)
_WORDS = {"dataset": "data set", "run": "run", "evaluation": "evaluation", "model": "model"}
# No vowels, so that no id spells a word; no l, 1, 0, o, which are misread.
_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"


# Stands where the time of writing would, so that a damaged description is read again at each look.
_DAMAGED: Final = -1
# Where else a name stands: what the item was called when it was made.
_NAMED_IN: Final = {"run": ("job.json", "name"), "model": ("given.json", "title")}


class _Description(TypedDict):
    name: str
    created: Moment


def read_description(folder: Path, kind: str, key: str = "") -> Entry:
    """An item as its description file says, without the registry; `key` is its id where the folder is not called so.

    Where the file is damaged or missing the entry says so, and has name and time as well as the folder tells them.
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
    """When the oldest file of a folder was written, which is about when the item was made."""
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
        """Open, creating the workspace folder where it is missing. Each call brings the index into line with the folders.

        Raises AppError for a workspace that cannot be made; each call for a database of the user's that cannot be used.
        """
        self.layout = Layout(settings.workspace)
        make_workspace(settings.workspace)
        self._index = Index(settings)

    def refresh(self) -> None:
        """Bring the index into line with the folders, after one came, went or was mended."""
        self._look()

    def add(self, kind: str, key: str, name: str) -> Entry:
        """Write the item's description file and its row. Raises ConflictError where the id is taken."""
        entry = Entry(kind=kind, id=key, name=name, created=time.time())
        if self.layout.description(kind, key).exists():
            raise ConflictError(f"There already is a {_WORDS[kind]} {key!r}.", "Choose another name.")
        self._describe(entry)
        return entry

    def rename(self, kind: str, key: str, name: str) -> Entry:
        """Give the item with this id another name. Raises NotFoundError."""
        entry = replace(self.find(kind, key), name=name)
        self._describe(entry)
        return entry

    def all(self, kind: str) -> list[Entry]:
        """All entries of a kind, newest first."""
        entries = [entry for entry in self._look() if entry.kind == kind]
        return sorted(entries, key=lambda entry: entry.created, reverse=True)

    def find(self, kind: str, reference: str) -> Entry:
        """The entry with this id, else the newest of this name. Raises NotFoundError, naming what there is."""
        entries = self.all(kind)
        for entry in entries:
            if entry.id == reference:
                return entry
        for entry in entries:
            if entry.name == reference:
                return entry
        known = ", ".join(entry.name for entry in entries[:8]) or "none yet"
        raise NotFoundError(f"There is no {_WORDS[kind]} {reference!r}.", f"Known: {known}.")

    def _describe(self, entry: Entry) -> None:
        document = {"id": entry.id, "name": entry.name, "created": entry.created}
        write_json(self.layout.description(entry.kind, entry.id), document)
        self._look()

    def _look(self) -> list[Entry]:
        """All items: one look at each folder, and a reading of what is new or renamed, which the index then keeps.

        A damaged description is read again each time; its item keeps the name by which the index has known it.
        """
        known, on_disk = self._index.read(), _described(self.layout)
        rows = {place: row for place, row in known.items() if on_disk.get(place) == row.written_ns}
        behind = [place for place in on_disk if place not in rows]
        read = {place: entry for place in behind if (entry := self._read(*place))}
        new = [
            Row(entry=replace(entry, damage=None), written_ns=_DAMAGED if entry.damage else on_disk[place])
            for place, entry in read.items()
            if not entry.damage or place not in known
        ]
        gone = known.keys() - on_disk.keys()
        if new or gone:
            self._index.keep(new, gone)
        named = {
            place: replace(known[place].entry, damage=entry.damage) if entry.damage and place in known else entry
            for place, entry in read.items()
        }
        return list(({place: row.entry for place, row in rows.items()} | named).values())

    def _read(self, kind: str, key: str) -> Entry | None:
        """The item as its description says; None for one that went in this moment."""
        entry = read_description(self.layout.one(kind, key), kind)
        return entry if self.layout.description(kind, key).exists() else None


def _described(layout: Layout) -> dict[Place, int]:
    """(kind, id) -> when its description was written, in ns, for every folder that counts."""
    found = {}
    for kind in KINDS:
        folder = layout.all_of(kind)
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name.startswith("."):
                continue  # on its way out (core.workspace.trash)
            try:
                found[kind, path.name] = layout.description(kind, path.name).stat().st_mtime_ns
            except (FileNotFoundError, NotADirectoryError):
                continue
    return found
