"""The index of data sets, runs and evaluations by id and name.

The folders are the truth: a folder with its `<kind>.json` counts, and opening the registry brings the index into line
with what is on disk. So a process killed between writing a folder and its row loses nothing, and neither does a
database that was deleted or broken: it is made anew. What people add to a run (notes, tags, archived or not) lies in
the run's folder alone and is never in here.
"""

import logging
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Float,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    insert,
    select,
)
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from core.errors import ConflictError, NotFoundError
from core.files import read_json, write_json
from core.settings import Settings
from core.workspace.layout import KINDS, Layout

_LOG = logging.getLogger(__name__)
_METADATA = MetaData()
_ITEMS = Table(
    "items",
    _METADATA,
    Column("kind", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, index=True),
    Column("created", Float, nullable=False),
    # When the description file was written, in ns: a row with another one is behind.
    Column("written_ns", BigInteger, nullable=False),
)
_WORDS = {"dataset": "data set", "run": "run", "evaluation": "evaluation", "model": "model"}
# No vowels, so that no id spells a word; no l, 1, 0, o, which are misread.
_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"


@dataclass(frozen=True, slots=True)
class Entry:
    """One item: `created` is a Unix time in seconds."""

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
        # No pool: a connection that is kept would go on with a file that somebody has deleted.
        self._engine: Engine = create_engine(url, poolclass=NullPool)
        try:
            self._heal()
        except DatabaseError as error:
            # Its subclasses say that the database is busy or out of reach; this very class that it is no database.
            if settings.database_url or type(error) is not DatabaseError:
                raise
            self._put_aside(error)
            self._heal()

    def add(self, kind: str, key: str, name: str) -> Entry:
        """Write the item's description file and its row. Raises ConflictError where the id is taken."""
        entry = Entry(kind, key, name, time.time())
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
        columns = (_ITEMS.c.kind, _ITEMS.c.id, _ITEMS.c.name, _ITEMS.c.created)
        query = select(*columns).where(_ITEMS.c.kind == kind).order_by(_ITEMS.c.created.desc())
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

    def _describe(self, entry: Entry) -> None:
        document = {"id": entry.id, "name": entry.name, "created": entry.created}
        write_json(self.layout.description(entry.kind, entry.id), document)
        self._heal()

    def _heal(self) -> None:
        """Bring the index into line with the folders: one look at each, and a reading of what is new or renamed."""
        with self._engine.begin() as connection:
            _create_tables(connection)
            rows = connection.execute(select(_ITEMS.c.kind, _ITEMS.c.id, _ITEMS.c.written_ns)).all()
        known = {(kind, key): written_ns for kind, key, written_ns in rows}
        on_disk = _described(self.layout)
        behind = [place for place, written_ns in on_disk.items() if known.get(place) != written_ns]
        read = [(entry, on_disk[place]) for place in behind if (entry := self._read(*place))]
        self._put(read)
        if gone := known.keys() - on_disk.keys():
            self._forget(gone)

    def _put(self, items: list[tuple[Entry, int]]) -> None:
        rows = [{**asdict(entry), "written_ns": written_ns} for entry, written_ns in items]
        if not rows:
            return
        try:
            self._replace(rows)
        except IntegrityError:
            # Another process healed the same folders in this moment; its rows say the same, or the next look sees it.
            for row in rows:
                try:
                    self._replace([row])
                except IntegrityError:
                    continue

    def _replace(self, rows: list[dict[str, object]]) -> None:
        with self._engine.begin() as connection:
            for row in rows:
                connection.execute(delete(_ITEMS).where(_ITEMS.c.kind == row["kind"], _ITEMS.c.id == row["id"]))
            connection.execute(insert(_ITEMS), rows)

    def _forget(self, places: Iterable[tuple[str, str]]) -> None:
        with self._engine.begin() as connection:
            for kind, key in places:
                connection.execute(delete(_ITEMS).where(_ITEMS.c.kind == kind, _ITEMS.c.id == key))

    def _read(self, kind: str, key: str) -> Entry | None:
        """The item as its description says; None for one that is no description, or that went in this moment."""
        try:
            document = read_json(self.layout.description(kind, key))
            return Entry(kind, key, str(document["name"]), float(document["created"]))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError) as error:
            _LOG.warning("%s cannot be read and is left out: %s", self.layout.description(kind, key), error)
            return None

    def _put_aside(self, error: DatabaseError) -> None:
        """Make room for a new database, and keep the broken one for whoever wants to look into it."""
        _LOG.warning("The registry is broken and made anew from the folders: %s", error.orig)
        path = self.layout.registry
        with suppress(FileNotFoundError):  # another process was first
            path.replace(path.with_name(f"{path.name}.broken"))
        for beside in ("-journal", "-wal", "-shm"):
            path.with_name(path.name + beside).unlink(missing_ok=True)


def _create_tables(connection: Connection) -> None:
    # Not `create_all`, which asks first and then creates: of two processes in a new workspace one would fail.
    connection.execute(CreateTable(_ITEMS, if_not_exists=True))
    for index in _ITEMS.indexes:
        connection.execute(CreateIndex(index, if_not_exists=True))


def _described(layout: Layout) -> dict[tuple[str, str], int]:
    """(kind, id) -> when its description was written, in ns, for every folder that counts."""
    found = {}
    for kind in KINDS:
        folder = layout.all_of(kind)
        for path in folder.iterdir() if folder.is_dir() else ():
            try:
                found[kind, path.name] = layout.description(kind, path.name).stat().st_mtime_ns
            except (FileNotFoundError, NotADirectoryError):
                continue
    return found
