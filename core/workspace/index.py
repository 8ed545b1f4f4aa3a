"""The registry's database: a cache of what the folders say, so that not every folder is read each time.

It holds nothing that the folders lack. If the workspace's SQLite file cannot be used, it is set aside and made anew. If
the disk is full or write-protected, only the folders are read. In the user's own database (DETDESK_DATABASE) only the
one table is touched; a fault of it is reported.
"""

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import (
    URL,
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
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from core.errors import AppError
from core.records import Damage
from core.settings import Settings
from core.workspace.layout import Layout

_LOG = logging.getLogger(__name__)
_METADATA = MetaData()
_ITEMS = Table(
    "items",
    _METADATA,
    Column("kind", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, index=True),
    Column("created", Float, nullable=False),
    # When the description file was written, in ns: a row with another time is out of date.
    Column("written_ns", BigInteger, nullable=False),
)
_VARIABLE: Final = "DETDESK_DATABASE"
# First byte of SQLite's code for a file that is sound but cannot be written now.
_NOT_NOW: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR})
_LOCKED: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
# Drivers raise some of these for an address with unknown arguments.
_TROUBLE: Final = (SQLAlchemyError, OSError, TypeError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item: `created` is a Unix time in seconds; `damage` is that of its description file."""

    kind: str
    id: str
    name: str
    created: float
    damage: Damage | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """An entry, and when its description file was written (ns)."""

    entry: Entry
    written_ns: int


def _columns(row: Row) -> dict[str, object]:
    entry = row.entry
    return {
        "kind": entry.kind,
        "id": entry.id,
        "name": entry.name,
        "created": entry.created,
        "written_ns": row.written_ns,
    }


ItemKey = tuple[str, str]  # kind and id


class Index:
    """The rows of one workspace. Holds no connection between calls."""

    def __init__(self, settings: Settings) -> None:
        """Takes the database's address; the first call opens it. Raises AppError for an unusable DETDESK_DATABASE."""
        self._is_users = bool(settings.database_url)
        self._path = Layout(settings.workspace).registry
        # Not built as text: a path may hold characters that have a meaning in an address.
        url = _users_url(settings.database_url) if self._is_users else URL.create("sqlite", database=str(self._path))
        self._address = url.render_as_string(hide_password=True)
        self._engine = _engine(url, self._address)

    def read(self) -> dict[ItemKey, Row]:
        """All rows; none if the database is missing or unusable. Raises AppError if it is the user's own."""
        try:
            return self._read()
        except _TROUBLE as error:
            if self._is_users:
                if _says_no_table(error) and _is_missing_table(self._engine):
                    return {}
                raise self._users_mistake(error) from error
            if _code(error) in _LOCKED:
                raise self._locked() from error
            if self._is_usable_later(error):
                return {}
            self._set_aside(error)
            return {}

    def keep(self, rows: Iterable[Row], gone: Iterable[ItemKey]) -> None:
        """Writes some rows and removes others; a later call does it if the database cannot be written now."""
        new, old = list(rows), list(gone)
        try:
            self._write(new, old)
        except _TROUBLE as error:
            if _code(error) in _NOT_NOW | _LOCKED:
                _LOG.debug("The registry could not be written: %s", error)
            elif self._is_users:
                raise self._users_mistake(error) from error
            elif not self._is_usable_later(error) and self._set_aside(error):
                with suppress(*_TROUBLE):
                    self._write(new, old)

    def _read(self) -> dict[ItemKey, Row]:
        columns = (_ITEMS.c.kind, _ITEMS.c.id, _ITEMS.c.name, _ITEMS.c.created, _ITEMS.c.written_ns)
        with self._engine.connect() as connection:
            rows = connection.execute(select(*columns)).all()
        return {
            (kind, key): Row(Entry(kind=kind, id=key, name=name, created=float(created)), written_ns)
            for kind, key, name, created, written_ns in rows
            # SQLite holds anything in any column: a row of something else is read anew from its folder.
            if isinstance(name, str) and isinstance(created, int | float)
        }

    def _write(self, new: list[Row], old: list[ItemKey]) -> None:
        with self._engine.begin() as connection:
            _create_table(connection)
        rows = [_columns(row) for row in new]
        try:
            self._replace(rows, old)
        except IntegrityError:
            # Another process updated the same rows at this moment. Its rows are equal, or the next scan corrects them.
            for row in rows:
                with suppress(IntegrityError):
                    self._replace([row], [])

    def _replace(self, rows: list[dict[str, object]], old: list[ItemKey]) -> None:
        new = [(str(row["kind"]), str(row["id"])) for row in rows]
        with self._engine.begin() as connection:
            for kind, key in [*new, *old]:
                connection.execute(delete(_ITEMS).where(_ITEMS.c.kind == kind, _ITEMS.c.id == key))
            if rows:
                connection.execute(insert(_ITEMS), rows)

    def _is_usable_later(self, error: Exception) -> bool:
        """Whether the file is sound: it does not exist yet, or cannot be used only at this moment."""
        if not os.path.lexists(self._path):
            return True
        if not self._path.is_file():
            return False
        if _code(error) in _NOT_NOW:
            return True
        # Empty: before its first row. Readable, but not opened: no handles are left, or SQLite cannot write beside it.
        may_read = os.access(self._path, os.R_OK | os.W_OK)
        return self._path.stat().st_size == 0 or (_code(error) == sqlite3.SQLITE_CANTOPEN and may_read)

    def _set_aside(self, error: Exception) -> bool:
        """Renames the broken database, so that a new one can be made and the old one examined; False if that fails."""
        reason = error.orig if isinstance(error, DBAPIError) else error
        aside = self._path.with_name(f"{self._path.name}{ASIDE}{int(time.time())}")
        try:
            with suppress(FileNotFoundError):  # another process has renamed it already
                self._path.replace(aside)
            for beside in ("-journal", "-wal", "-shm"):
                self._path.with_name(self._path.name + beside).unlink(missing_ok=True)
        except OSError:
            _LOG.warning("The registry %s cannot be used (%s); the folders are read instead.", self._path, reason)
            return False
        _LOG.warning("The registry could not be used (%s). It is in %s now, and a new one is made.", reason, aside)
        return True

    def _locked(self) -> AppError:
        return AppError(
            f"The database {self._address} is locked by another program.",
            "Wait until that has ended, or close it, and try again.",
        )

    def _users_mistake(self, error: Exception) -> AppError:
        if _code(error) in _LOCKED:
            return self._locked()
        if missing := _missing_columns(self._engine):
            return AppError(
                f"The database {self._address} has a table `items` of another layout: it lacks {', '.join(missing)}.",
                f"Name another database in {_VARIABLE}, or remove that table.",
            )
        reason = str(error.orig if isinstance(error, DBAPIError) else error).strip().partition("\n")[0]
        return AppError(
            f"The database {self._address} cannot be used: {reason}.",
            f"Correct {_VARIABLE}, or unset it: the registry then is a file in the workspace.",
        )


# The suffix of a registry that was set aside; the Unix time follows.
ASIDE: Final = ".broken-"


def _users_url(text: str) -> URL:
    try:
        return make_url(text)
    except (ArgumentError, ValueError) as error:
        # The message does not show the address: it may hold a password.
        raise AppError(
            f"{_VARIABLE} is no address of a database.", "Write e.g. postgresql+psycopg://user@host/name, or unset it."
        ) from error


def _engine(url: URL, address: str) -> Engine:
    """The engine for a database. Raises AppError for an unknown kind of database, or a missing driver."""
    try:
        # No pool: a kept connection would continue with a file that has been deleted.
        return create_engine(url, poolclass=NullPool)
    except ImportError as error:
        message = f"The driver of the database {address} is not installed: {error.name or error}."
        raise AppError(message, f"Install it beside the app, or unset {_VARIABLE}.") from error
    except NoSuchModuleError as error:
        message = f"{_VARIABLE} names a kind of database that is not known: {url.drivername}."
        raise AppError(message, "Use sqlite or postgresql, or unset it.") from error
    except (SQLAlchemyError, ValueError, TypeError) as error:
        raise AppError(f"{_VARIABLE} cannot be used: {error}.", "Correct it, or unset it.") from error


def _create_table(connection: Connection) -> None:
    # Not `create_all`, which asks first and then creates: with two processes in a new workspace, one would fail.
    connection.execute(CreateTable(_ITEMS, if_not_exists=True))
    for index in _ITEMS.indexes:
        connection.execute(CreateIndex(index, if_not_exists=True))


def _code(error: Exception) -> int | None:
    """The first byte of SQLite's result code (the rest only adds detail); None for any other error."""
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    return None if code is None else int(code) & 0xFF


def _says_no_table(error: Exception) -> bool:
    return isinstance(error, ProgrammingError) or _code(error) == sqlite3.SQLITE_ERROR


def _asked(engine: Engine, question: Callable[[Connection], list[str]]) -> list[str]:
    """The answer of the database; [] if it cannot be reached."""
    try:
        with engine.connect() as connection:
            return question(connection)
    except _TROUBLE:
        return []


def _is_missing_table(engine: Engine) -> bool:
    return bool(_asked(engine, lambda connection: [] if inspect(connection).has_table(_ITEMS.name) else ["missing"]))


def _missing_columns(engine: Engine) -> list[str]:
    present = _asked(engine, lambda connection: [str(row["name"]) for row in inspect(connection).get_columns("items")])
    return [column.name for column in _ITEMS.columns if column.name not in present] if present else []


def set_aside(workspace: Path) -> list[Path]:
    """The broken registries of a workspace that were set aside, newest first."""
    prefix = f"{Layout(workspace).registry.name}{ASIDE}"
    try:
        registries = [path for path in workspace.iterdir() if path.name.startswith(prefix)]
    except OSError:
        return []
    return sorted(registries, key=lambda path: path.name, reverse=True)


def set_aside_at(path: Path) -> float:
    """When a registry was set aside, in Unix seconds, by its file name; 0 for any other name."""
    time_text = path.name.rpartition("-")[2]
    return float(time_text) if time_text.isascii() and time_text.isdecimal() else 0.0
