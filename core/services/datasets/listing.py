"""Lists, describes and opens data sets and their images. Read-only."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from core.errors import DamagedFileError, NotFoundError
from core.records import Damage
from core.services.datasets.opened import OpenVersion
from core.settings import Settings
from core.tables import SPLITS
from core.workspace.datasets import VersionFolder, load_columns, load_facts, load_findings, load_labels, versions_of
from core.workspace.layout import Layout, is_folder_name
from core.workspace.registry import Entry, Registry
from core.workspace.thumbnails import make_thumbnail

if TYPE_CHECKING:
    import pandas as pd

_FACTS: Final = ("images", "annotations", "classes", "splits", "ready", "reasons", "content_hash", "bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSummary:
    """A data set with the facts of its latest version. `created` is Unix seconds, `bytes` the size of its images.

    `damaged` is about the latest version or dataset.json. A data set with a damaged version is not `ready`; its counts
    are 0 here and null in JSON.
    """

    id: str
    name: str
    created: float
    versions: list[str]  # oldest first
    version: str  # the latest
    images: int
    annotations: int
    classes: list[str]
    splits: dict[str, int]  # images in use
    ready: bool
    reasons: list[str]
    content_hash: str
    bytes: int
    damaged: Damage | None = None
    is_known: bool = True  # False: the latest version cannot be read

    def to_json(self) -> dict[str, Any]:
        """One entry of the document of `datasets` (docs/cli.md)."""
        document = asdict(self)
        return {name: document[name] for name in document if name != "is_known"} | (
            {} if self.is_known else dict.fromkeys(_FACTS)
        )


def list_datasets(settings: Settings) -> list[DatasetSummary]:
    """All data sets that have a version, newest first."""
    registry = Registry(settings)
    summaries = (_summary(registry.layout, entry) for entry in registry.all("dataset"))
    return [summary for summary in summaries if summary is not None]


def describe_dataset(settings: Settings, reference: str) -> dict[str, Any]:
    """The document of `dataset ID`: a summary and the facts of every version. Raises NotFoundError."""
    registry = Registry(settings)
    entry = registry.find("dataset", reference)
    summary = _summary(registry.layout, entry)
    if summary is None:
        raise NotFoundError(f"Data set {reference!r} has no version.", "Import it again.")
    rows = [_version_row(VersionFolder(registry.layout.version(entry.id, version))) for version in summary.versions]
    return {**summary.to_json(), "versions": rows}


def _version_row(folder: VersionFolder) -> dict[str, Any]:
    """The facts of a version; for a damaged one null for each fact, and the damage."""
    try:
        return {"version": folder.root.name, **load_facts(folder), "damaged": None}
    except DamagedFileError as error:
        unknown = dict.fromkeys((*_FACTS, "created", "imported", "split", "parent", "difference", "actor"))
        return {"version": folder.root.name, **unknown, "damaged": Damage.of(error).to_json()}


def open_version(settings: Settings, reference: str, version: str = "") -> OpenVersion:
    """Open a version (the latest by default) of a data set, by id or name. Raises NotFoundError, DamagedFileError."""
    registry = Registry(settings)
    entry = registry.find("dataset", reference)
    folder = _version_folder(registry.layout, entry.id, version)
    facts = load_facts(folder)
    return OpenVersion(
        dataset=entry.id,
        name=entry.name,
        version=folder.root.name,
        facts=facts,
        labels=load_labels(folder),
        findings=load_findings(folder),
        images_folder=folder.images,
        ready=facts["ready"],
        reasons=facts["reasons"],
    )


def image_path(settings: Settings, dataset: str, version: str, image_id: int) -> Path:
    """Path of a stored image; `dataset` is an id. Raises NotFoundError."""
    folder, row = _image_row(settings, dataset, version, image_id)
    return folder.images / str(row["file_name"])


def thumbnail(settings: Settings, dataset: str, version: str, image_id: int, size: int = 320) -> Path:
    """Path of a JPEG of the image, at most `size` px (32 to 1024) on the long side, made once. Raises NotFoundError."""
    folder, row = _image_row(settings, dataset, version, image_id)
    source = folder.images / str(row["file_name"])
    return make_thumbnail(Layout(settings.workspace), source, str(row["content_hash"]), size)


def findings_csv(opened: OpenVersion) -> bytes:
    """All findings of a version as CSV for a spreadsheet."""
    return findings_table_csv(opened.findings)


def findings_table_csv(findings: pd.DataFrame) -> bytes:
    """Findings as CSV for a spreadsheet, in UTF-8 with a mark. Text that would be a formula there is quoted."""
    frame = findings.copy()
    for column in ("message", "file", "image"):
        texts = frame[column].astype(str)
        frame[column] = texts.where(~texts.str.startswith(("=", "+", "-", "@", "\t")), "'" + texts)
    return frame.to_csv(index=False).encode("utf-8-sig")


def _summary(layout: Layout, entry: Entry) -> DatasetSummary | None:
    versions = versions_of(layout, entry.id)
    if not versions:
        return None
    fields: dict[str, Any] = {"id": entry.id, "name": entry.name, "created": entry.created}
    fields |= {"versions": versions, "version": versions[-1]}
    try:
        facts = load_facts(VersionFolder(layout.version(entry.id, versions[-1])))
    except DamagedFileError as error:
        return _unknown(fields, Damage.of(error))
    return DatasetSummary(
        **fields,
        damaged=entry.damage,
        images=facts["imported"]["images"],
        annotations=facts["imported"]["annotations"],
        classes=facts["classes"],
        splits=facts["splits"],
        ready=facts["ready"],
        reasons=facts["reasons"],
        content_hash=facts["content_hash"],
        bytes=facts["bytes"],
    )


def _unknown(fields: dict[str, Any], damage: Damage) -> DatasetSummary:
    """The summary of a data set whose latest version cannot be read."""
    return DatasetSummary(
        **fields,
        images=0,
        annotations=0,
        classes=[],
        splits=dict.fromkeys(SPLITS, 0),
        ready=False,
        reasons=[damage.words],
        content_hash="",
        bytes=0,
        damaged=damage,
        is_known=False,
    )


def _version_folder(layout: Layout, dataset: str, version: str) -> VersionFolder:
    versions = versions_of(layout, dataset)
    if not versions or (version and version not in versions):
        names = ", ".join(versions) or "none"
        raise NotFoundError(f"Data set {dataset} has no version {version!r}.", f"It has: {names}.")
    return VersionFolder(layout.version(dataset, version or versions[-1]))


def _image_row(settings: Settings, dataset: str, version: str, image_id: int) -> tuple[VersionFolder, dict[str, str]]:
    layout = Layout(settings.workspace)
    if not is_folder_name(dataset) or not layout.description("dataset", dataset).is_file():
        raise NotFoundError(f"There is no data set {dataset!r}.", "Choose one of the list.")
    folder = _version_folder(layout, dataset, version)
    table = folder.table("images")
    written = table.stat().st_mtime_ns if table.exists() else 0
    row = _files_by_id(folder, written).get(image_id)
    if row is None:
        raise NotFoundError(f"Data set {dataset} {version} has no image {image_id}.", "Choose one of the list.")
    return folder, row


@lru_cache(maxsize=8)
def _files_by_id(folder: VersionFolder, modified_ns: int) -> dict[int, dict[str, str]]:
    """Image id -> file name and hash. A version never changes; the time detects a new workspace at an old path."""
    frame = load_columns(folder, "images", ["image_id", "file_name", "content_hash"])
    return {
        image_id: {"file_name": file_name, "content_hash": content_hash}
        for image_id, file_name, content_hash in frame.itertuples(index=False)
    }
