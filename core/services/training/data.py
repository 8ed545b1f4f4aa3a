"""A data set version as training sees it: where it lies and what is in it."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.errors import NotFoundError
from core.settings import Settings
from core.tables import SPLITS
from core.workspace.datasets import VersionFolder, load_columns, load_facts, versions_of
from core.workspace.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """Counts are by split. Images that are not labelled yet, or in no split, count in neither."""

    dataset: str  # id
    name: str
    version: str
    folder: Path
    classes: tuple[str, ...]
    images: dict[str, int]
    objects: dict[str, int]
    background: dict[str, int]  # of the images, those without objects
    unlabelled: int  # images left out because nobody labelled them yet
    reasons: tuple[str, ...]  # why it is not ready to train with (the readiness badge); empty where it is


def open_training_data(settings: Settings, ref: str, version: str = "") -> TrainingData:
    """The newest version of a data set by id or name, or a given one. Raises NotFoundError, DamagedFileError."""
    registry = Registry(settings)
    entry = registry.find("dataset", ref)
    versions = versions_of(registry.layout, entry.id)
    chosen = version or (versions[-1] if versions else "")
    if chosen not in versions:
        known = ", ".join(versions) or "none yet; import it first"
        raise NotFoundError(f"Data set {entry.name!r} has no version {chosen!r}.", f"It has: {known}.")
    return _read(registry.layout.version(entry.id, chosen), entry.id, entry.name, chosen)


def _read(folder: Path, dataset: str, name: str, version: str) -> TrainingData:
    files = VersionFolder(folder)
    images = load_columns(files, "images", ["image_id", "split", "use"])
    objects = load_columns(files, "annotations", ["image_id"])
    categories = load_columns(files, "categories", ["category_id", "name"]).sort_values("category_id")
    used = images[images["use"] != "unlabelled"]
    located = objects.merge(used, on="image_id")
    return TrainingData(
        dataset=dataset,
        name=name,
        version=version,
        folder=folder,
        classes=tuple(categories["name"]),
        images={split: int((used["split"] == split).sum()) for split in SPLITS},
        objects={split: int((located["split"] == split).sum()) for split in SPLITS},
        background={split: int(((used["split"] == split) & (used["use"] == "background")).sum()) for split in SPLITS},
        unlabelled=len(images) - len(used),
        reasons=tuple(load_facts(files)["reasons"]),
    )


def objects_without_mask(data: TrainingData) -> int:
    """How many objects that are trained or validated on have a box only; crowd regions need no mask."""
    return _without_mask(data.folder)


@lru_cache(maxsize=32)
def _without_mask(folder: Path) -> int:
    # A version never changes, and the page asks at every click.
    files = VersionFolder(folder)
    images = load_columns(files, "images", ["image_id", "split", "use"])
    objects = load_columns(files, "annotations", ["image_id", "is_crowd", "segmentation"])
    used = images[(images["use"] != "unlabelled") & images["split"].isin(("train", "val"))]
    lacking = (objects["segmentation"] == "") & ~objects["is_crowd"] & objects["image_id"].isin(used["image_id"])
    return int(lacking.sum())
