"""A data set version for training: its folder, classes and counts."""

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
    """A version's counts by split. Unlabelled images, and images in no split, are not counted."""

    dataset: str  # id
    name: str
    version: str
    folder: Path
    classes: tuple[str, ...]
    images: dict[str, int]
    objects: dict[str, int]
    background: dict[str, int]  # of the images, those without objects
    unlabelled: int  # images that are left out because they have no labels yet
    reasons: tuple[str, ...]  # why it is not ready to train with (the readiness badge); empty if it is

    @property
    def without_objects(self) -> dict[str, int]:
        """Numbers of images without an object: of `background` in all splits, and `unlabelled` ones, in none."""
        return {"background": sum(self.background.values()), "unlabelled": self.unlabelled}


def open_training_data(settings: Settings, ref: str, version: str = "") -> TrainingData:
    """Open a version (the newest by default) of a data set by id or name. Raises NotFoundError, DamagedFileError."""
    registry = Registry(settings)
    entry = registry.find("dataset", ref)
    versions = versions_of(registry.layout, entry.id)
    chosen = version or (versions[-1] if versions else "")
    if chosen not in versions:
        names = ", ".join(versions) or "none yet; import it first"
        raise NotFoundError(f"Data set {entry.name!r} has no version {chosen!r}.", f"It has: {names}.")
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
    """Number of training and validation objects without a mask; crowd regions need none."""
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
