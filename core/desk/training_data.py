"""A data set version as training sees it: where it lies and what is in it. Used by core.desk.training."""

import re
from dataclasses import dataclass
from pathlib import Path

from core.errors import NotFoundError
from core.files import read_json
from core.settings import Settings
from core.tables import SPLITS, read_table
from core.workspace.layout import Layout
from core.workspace.registry import Registry


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Counts are by split. Pictures that are not labelled yet, or in no split, count in neither."""

    dataset: str  # id
    name: str
    version: str
    folder: Path
    classes: tuple[str, ...]
    pictures: dict[str, int]
    objects: dict[str, int]
    background: dict[str, int]  # of the pictures, those without objects
    unlabelled: int  # pictures left out because nobody labelled them yet
    reasons: tuple[str, ...]  # why it is not ready to train with (the readiness badge); empty where it is


def open_training_data(settings: Settings, ref: str, version: str = "") -> TrainingData:
    """The newest version of a data set by id or name, or a given one. Raises NotFoundError."""
    registry = Registry(settings)
    entry = registry.find("dataset", ref)
    chosen = version or _newest(registry.layout, entry.id, entry.name)
    folder = registry.layout.version(entry.id, chosen)
    if chosen not in _versions(registry.layout, entry.id):
        raise NotFoundError(f"Data set {entry.name!r} has no version {chosen!r}.", "Choose one that it has.")
    return _read(folder, entry.id, entry.name, chosen)


def _versions(layout: Layout, dataset: str) -> list[str]:
    """The versions that are complete, oldest first."""
    found = [path.parent.name for path in layout.version(dataset, "x").parent.glob("*/version.json")]
    return sorted(found, key=lambda name: (int(re.sub(r"\D", "", name) or 0), name))


def _newest(layout: Layout, dataset: str, name: str) -> str:
    versions = _versions(layout, dataset)
    if not versions:
        raise NotFoundError(f"Data set {name!r} has no version yet.", "Import it first.")
    return versions[-1]


def _read(folder: Path, dataset: str, name: str, version: str) -> TrainingData:
    images = read_table(folder / "images.parquet", ["image_id", "split", "use"])
    objects = read_table(folder / "annotations.parquet", ["image_id"])
    categories = read_table(folder / "categories.parquet").sort_values("category_id")
    used = images[images["use"] != "unlabelled"]
    located = objects.merge(used, on="image_id")
    return TrainingData(
        dataset,
        name,
        version,
        folder,
        classes=tuple(categories["name"]),
        pictures={split: int((used["split"] == split).sum()) for split in SPLITS},
        objects={split: int((located["split"] == split).sum()) for split in SPLITS},
        background={split: int(((used["split"] == split) & (used["use"] == "background")).sum()) for split in SPLITS},
        unlabelled=len(images) - len(used),
        reasons=tuple(read_json(folder / "version.json").get("reasons", ())),
    )
