"""The index of data sets, runs and evaluations by id and name. Imported by core.workspace and core.desk.

The folders are the truth: a folder with its `<kind>.json` counts, and opening the registry brings the index into line
with what is on disk. So a process killed between writing a folder and its row, or a deleted database, loses nothing.
"""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Column, Engine, Float, MetaData, String, Table, create_engine, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateIndex, CreateTable

from core.errors import ConflictError, NotFoundError
from core.files import read_json, write_json
from core.settings import Settings
from core.workspace.layout import KINDS, Layout

_METADATA = MetaData()
_ENTRIES = Table(
    "entries",
    _METADATA,
    Column("kind", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, index=True),
    Column("created", Float, nullable=False),
)
_WORDS = {"dataset": "data set", "run": "run", "evaluation": "evaluation"}
# No vowels, so that no id spells a word; no l, 1, 0, o, which are misread.
_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: `created` is a Unix time in seconds."""

    kind: str
    id: str
    name: str
    created: float


def new_id(prefix: str) -> str:
    """A short, URL-safe id such as `r-7hk2mq`; 387 million of a kind."""
    return f"{prefix}-" + "".join(secrets.choice(_ALPHABET) for _ in range(6))


class Registry:
    """The index of one workspace. Cheap to open; holds no connection between calls."""

    def __init__(self, settings: Settings) -> None:
        """Open, creating the workspace folder and the database where missing, and heal the index from the folders."""
        self.layout = Layout(settings.workspace)
        settings.workspace.mkdir(parents=True, exist_ok=True)
        url = settings.database_url or f"sqlite:///{self.layout.registry}"
        self._engine: Engine = create_engine(url)
        self._create_tables()
        self._heal()

    def add(self, kind: str, key: str, name: str) -> Entry:
        """Write the item's description file and its row. Raises ConflictError where the id is taken."""
        entry = Entry(kind, key, name, time.time())
        description = self.layout.description(kind, key)
        if description.exists():
            raise ConflictError(f"There already is a {_WORDS[kind]} {key!r}.", "Choose another name.")
        write_json(description, {"id": key, "name": name, "created": entry.created})
        self._insert([entry])
        return entry

    def all(self, kind: str) -> list[Entry]:
        """All entries of a kind, newest first."""
        query = select(_ENTRIES).where(_ENTRIES.c.kind == kind).order_by(_ENTRIES.c.created.desc())
        with self._engine.connect() as connection:
            return [Entry(**row) for row in connection.execute(query).mappings()]

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

    def remove(self, kind: str, key: str) -> None:
        """Forget the row; the folder is the caller's business and must be gone first."""
        with self._engine.begin() as connection:
            connection.execute(delete(_ENTRIES).where(_ENTRIES.c.kind == kind, _ENTRIES.c.id == key))

    def _create_tables(self) -> None:
        # Not `create_all`, which asks first and then creates: of two processes in a new workspace one would fail.
        with self._engine.begin() as connection:
            connection.execute(CreateTable(_ENTRIES, if_not_exists=True))
            for index in _ENTRIES.indexes:
                connection.execute(CreateIndex(index, if_not_exists=True))

    def _insert(self, entries: list[Entry]) -> None:
        for entry in entries:
            values = {"kind": entry.kind, "id": entry.id, "name": entry.name, "created": entry.created}
            try:
                with self._engine.begin() as connection:
                    connection.execute(insert(_ENTRIES).values(values))
            except IntegrityError:
                # Another process healed the same folder first; its row says the same.
                continue

    def _heal(self) -> None:
        for kind in KINDS:
            on_disk = set(_described(self.layout, kind))
            known = {entry.id for entry in self.all(kind)}
            self._insert([self._read(kind, key) for key in on_disk - known])
            for key in known - on_disk:
                self.remove(kind, key)

    def _read(self, kind: str, key: str) -> Entry:
        document = read_json(self.layout.description(kind, key))
        return Entry(kind, key, str(document["name"]), float(document["created"]))


def _described(layout: Layout, kind: str) -> Iterator[str]:
    folder = layout.all_of(kind)
    if folder.is_dir():
        yield from (path.name for path in folder.iterdir() if layout.description(kind, path.name).is_file())
