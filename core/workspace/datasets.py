"""Stores, lists and loads data sets and their immutable versions on disk.

A version is built in a staging folder (core.workspace.uploads) and becomes visible by one rename. So a process killed at
any moment leaves the old state or the new one. Two imports under one name get two versions.
"""

import errno
import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NotRequired, TypedDict

from core.actor import KnownActor, actor_json
from core.errors import AppError, NotFoundError
from core.files import write_json
from core.labels.findings import Finding, Report, with_all_columns
from core.labels.label_set import LabelSet
from core.records import damage_of, damaged, read_as
from core.settings import Settings
from core.shapes import Count, Moment
from core.storage_errors import writing
from core.tables import (
    ANNOTATIONS,
    ATTRIBUTES,
    CATEGORIES,
    IGNORED,
    IMAGES,
    Schema,
    load_newer_table,
    load_table,
    read_table,
    write_table,
)
from core.workspace.layout import Layout
from core.workspace.registry import Registry

# No annotations from __future__: they would hide NotRequired from TypedDict.
if TYPE_CHECKING:
    import pandas as pd

_VERSION: Final = re.compile(r"v([1-9]\d*)")
_NAME_LENGTH: Final = 80


class _Imported(TypedDict):
    images: Count
    annotations: Count


class _Source(TypedDict):
    name: str


class _Splits(TypedDict):
    train: Count
    val: Count
    test: Count


class _Uses(TypedDict):
    background: Count


class _LeftOut(TypedDict):
    images: Count
    objects: Count


class _Difference(TypedDict):
    words: str


class _Facts(TypedDict):
    """The fields of version.json that are read singly."""

    created: Moment
    format: str
    source: _Source
    imported: _Imported
    uses: _Uses
    left_out: _LeftOut
    classes: list[str]
    class_map: dict[str, str]
    split: str
    splits: _Splits
    options: dict[str, Any]
    ready: bool
    reasons: list[str]
    content_hash: str
    bytes: Count
    parent: NotRequired[str | None]
    difference: NotRequired[_Difference | None]
    self_test: NotRequired[dict[str, Any] | None]
    actor: NotRequired[KnownActor]


@dataclass(frozen=True, slots=True)
class VersionFolder:
    """The files of one version, by name; see docs/workspace.md."""

    root: Path

    @property
    def images(self) -> Path:
        """The folder with the stored images."""
        return self.root / "images"

    @property
    def facts(self) -> Path:
        """version.json: source, counts, options, content hash, readiness."""
        return self.root / "version.json"

    def table(self, name: str) -> Path:
        """The Parquet file of `images`, `annotations`, `categories`, `ignored`, `attributes` or `findings`."""
        return self.root / f"{name}.parquet"


def store_tables(folder: VersionFolder, labels: LabelSet, findings: list[Finding], facts: dict[str, Any]) -> None:
    """Writes the tables and facts of a version; all but its images."""
    write_table(folder.table("images"), labels.images)
    write_table(folder.table("annotations"), labels.annotations)
    write_table(folder.table("categories"), labels.categories)
    write_table(folder.table("ignored"), labels.ignored)
    write_table(folder.table("attributes"), labels.attributes)
    write_table(folder.table("findings"), Report(findings).to_frame())
    write_json(folder.facts, facts)


def load_labels(folder: VersionFolder) -> LabelSet:
    """The tables of a version; of an earlier release's, without ignored regions and attributes. Raises DamagedFileError."""
    return LabelSet(
        images=load_version_table(folder, "images", IMAGES),
        annotations=load_version_table(folder, "annotations", ANNOTATIONS),
        categories=load_version_table(folder, "categories", CATEGORIES),
        ignored=load_newer_table(folder.table("ignored"), IGNORED),
        attributes=load_newer_table(folder.table("attributes"), ATTRIBUTES),
    )


def load_findings(folder: VersionFolder) -> "pd.DataFrame":
    """The findings of the import, with core.labels.findings.COLUMNS. Raises DamagedFileError."""
    path = folder.table("findings")
    with _must_be_there(folder, "findings"):
        frame = read_table(path)
    with damage_of(path):
        return with_all_columns(frame)


def load_version_table(folder: VersionFolder, name: str, schema: Schema) -> "pd.DataFrame":
    """One table of a version with the schema's columns. Raises DamagedFileError, also where it is missing."""
    with _must_be_there(folder, name):
        return load_table(folder.table(name), schema)


def load_columns(folder: VersionFolder, name: str, columns: list[str]) -> "pd.DataFrame":
    """Some columns of one table of a version. Raises DamagedFileError, also where it is missing."""
    with _must_be_there(folder, name):
        return read_table(folder.table(name), columns)


@contextmanager
def _must_be_there(folder: VersionFolder, name: str) -> Iterator[None]:
    """Turns FileNotFoundError into DamagedFileError: a version is published whole, so a missing table was lost."""
    try:
        yield
    except FileNotFoundError:
        raise damaged(folder.table(name), "it is missing") from None


def load_facts(folder: VersionFolder) -> dict[str, Any]:
    """The content of version.json. Raises NotFoundError for an unknown version, DamagedFileError."""
    try:
        facts = read_as(folder.facts, _Facts)
        return {**facts, "actor": actor_json(facts.get("actor"))}
    except FileNotFoundError:
        if folder.root.is_dir():
            raise damaged(folder.facts, "it is missing") from None
        version, dataset = folder.root.name, folder.root.parent.parent.name
        raise NotFoundError(f"Data set {dataset} has no version {version!r}.", "Choose one of its versions.") from None


def versions_of(layout: Layout, dataset: str) -> list[str]:
    """The version ids of a data set, oldest first."""
    folder = layout.version(dataset, "v1").parent
    names = [path.name for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
    return sorted((name for name in names if _VERSION.fullmatch(name)), key=lambda name: int(name[1:]))


def dataset_id(name: str) -> str:
    """The id for a name: the name itself if it is URL-safe, else a readable form and a hash.

    The same name always gives the same id, so two imports of one name meet on disk and do not race. Raises AppError for
    an empty name, or one that is too long.
    """
    name = name.strip()
    if not name or len(name) > _NAME_LENGTH or not name.isprintable():
        raise AppError(f"{name[:40]!r} is no usable name.", f"Give a name of 1 to {_NAME_LENGTH} printable characters.")
    plain = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("._-")[:40]
    if plain == name:
        return plain
    return f"{plain or 'set'}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def publish(settings: Settings, name: str, staged: Path) -> tuple[str, str]:
    """Publishes the staged version as the next one of the data set `name`; returns the ids of data set and version."""
    layout, key = Layout(settings.workspace), dataset_id(name)
    with writing(layout.folder("dataset", key)):
        version = _publish_first(layout, key, name, staged) or _publish_next(layout, key, staged)
    if not layout.description("dataset", key).exists():
        write_json(layout.description("dataset", key), {"id": key, "name": name.strip(), "created": time.time()})
    Registry(settings).refresh()
    return key, version


def _publish_first(layout: Layout, key: str, name: str, staged: Path) -> str:
    """Publishes `v1` of a new data set and returns "v1"; "" if the data set exists."""
    target = layout.folder("dataset", key)
    if target.exists():
        return ""
    whole = staged.parent / "new"
    inside = whole / "versions" / "v1"
    inside.parent.mkdir(parents=True, exist_ok=True)
    staged.rename(inside)
    write_json(whole / "dataset.json", {"id": key, "name": name.strip(), "created": time.time()})
    target.parent.mkdir(parents=True, exist_ok=True)
    if _rename(whole, target):
        return "v1"
    inside.rename(staged)
    return ""


def _publish_next(layout: Layout, key: str, staged: Path) -> str:
    while True:
        existing = versions_of(layout, key)
        version = f"v{int(existing[-1][1:]) + 1 if existing else 1}"
        target = layout.version(key, version)
        target.parent.mkdir(parents=True, exist_ok=True)
        if _rename(staged, target):
            return version


def _rename(folder: Path, target: Path) -> bool:
    """Renames the folder; False if another folder is there already."""
    try:
        folder.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise
    return True
