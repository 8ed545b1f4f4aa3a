"""A data set version's tables -> Detectron2 records and an endless, resumable stream of training batches.

Image sizes come from images.parquet, which the import filled from the images themselves.
"""

import faulthandler
import json
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pandas as pd
import torch.utils.data
from detectron2.data import DatasetCatalog, MetadataCatalog
from detectron2.structures import BoxMode

from core.errors import RecipeError
from core.tables import BOX_COLUMNS, IGNORED, empty, load_newer_table, read_table
from core.training.recipe.sampling import Factors
from core.training.run.folder import RunFolder
from core.training.run.job import Job
from core.training.run.splits import as_the_run_has_it
from core.worker.data.mapper import mapped
from core.worker.data.sampler import EpochOrder
from core.worker.data.seeding import seed_of, seeded

Record = dict[str, Any]
# Data loaders write their stacks to the log on this signal.
STACKS_SIGNAL = signal.SIGUSR1
# A forked loader shares the records in memory and needs no pickled mapper. Python 3.14 uses a fork server by default;
# macOS spawns processes, because forking is unsafe there.
_LOADERS_START: Final = "fork" if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataVersion:
    """The tables of a version that training needs, and its folder, whose `images` holds the images."""

    folder: Path
    images: pd.DataFrame
    annotations: pd.DataFrame
    categories: pd.DataFrame
    ignored: pd.DataFrame = field(default_factory=lambda: empty(IGNORED))

    @property
    def classes(self) -> list[str]:
        """Names by class index."""
        return [str(name) for name in self.categories.sort_values("category_id")["name"]]

    def split(self, name: str, keep_background: bool = True) -> pd.DataFrame:
        """The images of a split (or `all`), without those that are not labelled yet."""
        kept = {"labelled", "background"} if keep_background else {"labelled"}
        images = self.images[self.images["use"].isin(kept)]
        return images if name == "all" else images[images["split"] == name]

    def annotations_of(self, images: pd.DataFrame) -> pd.DataFrame:
        """The annotations of these images."""
        return self.annotations[self.annotations["image_id"].isin(images["image_id"])]

    def regions_of(self, images: pd.DataFrame) -> dict[int, Record]:
        """Image id -> `ignored`, the boxes of its regions without a class; only images that have some."""
        regions: dict[int, Record] = {}
        of_images = self.ignored[self.ignored["image_id"].isin(images["image_id"])]
        for image_id, *box in of_images[["image_id", *BOX_COLUMNS]].itertuples(index=False, name=None):
            regions.setdefault(int(image_id), {"ignored": []})["ignored"].append(box)
        return regions

    def fullest(self) -> int:
        """The number of objects on the fullest image."""
        return int(self.annotations.groupby("image_id").size().max()) if len(self.annotations) else 0


def open_data(folder: Path) -> DataVersion:
    """Reads the tables of a version folder. Raises FileNotFoundError if it is gone."""
    names = ("images", "annotations", "categories")
    tables = {name: read_table(folder / f"{name}.parquet") for name in names}
    return DataVersion(folder=folder, ignored=load_newer_table(folder / "ignored.parquet", IGNORED), **tables)


def open_run_data(run: RunFolder, job: Job) -> DataVersion:
    """The data of a run with the run's splits. Raises FileNotFoundError if the data is gone."""
    data = open_data(job.data)
    return replace(data, images=as_the_run_has_it(data.images, run))


def records(data: DataVersion, images: pd.DataFrame, masks: bool = False) -> list[Record]:
    """Detectron2 records of the images, in their order; with masks if `masks`.

    An image with regions without a class has their boxes, [x1, y1, x2, y2] px, as `ignored`. Raises RecipeError if
    `masks` and an object has none.
    """
    objects: dict[int, list[Record]] = {int(key): [] for key in images["image_id"]}
    for row in data.annotations_of(images).itertuples(index=False):
        item: Record = {
            "bbox": [float(getattr(row, name)) for name in BOX_COLUMNS],
            "bbox_mode": BoxMode.XYXY_ABS,
            "category_id": int(row.category_id),
            "iscrowd": int(row.is_crowd),
        }
        if masks and not row.is_crowd:
            item["segmentation"] = _mask(str(row.segmentation))
        objects[int(row.image_id)].append(item)
    regions = data.regions_of(images)
    return [
        {
            "file_name": str(data.folder / "images" / row.file_name),
            "image_id": int(row.image_id),
            "width": int(row.width),
            "height": int(row.height),
            "annotations": objects[int(row.image_id)],
            **regions.get(int(row.image_id), {}),
        }
        for row in images.itertuples(index=False)
    ]


def register(name: str, classes: list[str], make: Callable[[], list[Record]]) -> list[Record]:
    """Registers the records with Detectron2 under this name, replaces earlier ones, and returns them."""
    if name in DatasetCatalog.list():
        DatasetCatalog.remove(name)
        MetadataCatalog.remove(name)
    made = make()
    DatasetCatalog.register(name, lambda: made)
    MetadataCatalog.get(name).set(thing_classes=classes)
    return made


class PositionStream(torch.utils.data.Dataset[Record]):
    """The endless stream of training samples. Each depends on its position alone.

    `EpochOrder` assigns an image to a position. `factors`: how often an epoch shows each sample on average.
    """

    def __init__(
        self, samples: list[Record], mapper: Callable[[Record], Record], seed: int, factors: Factors | None = None
    ) -> None:
        self._samples, self._mapper, self._seed = samples, mapper, seed
        self._order = EpochOrder(len(samples), seed, factors)

    def __getitem__(self, position: int) -> Record:
        with seeded(seed_of(self._seed, "sample", position)):
            return mapped(self._mapper, self.record(position))

    def record(self, position: int) -> Record:
        """The record at a position, before the mapper."""
        return self._samples[self._order(position)]


def first_position(iteration: int, batch: int, ahead: int) -> int:
    """The position in the stream where an iteration (from 0) begins; `ahead` is `Recipe.pictures_ahead`."""
    return iteration * batch + ahead


class BatchPositions(torch.utils.data.Sampler[list[int]]):
    """Batch k holds `batch` positions from `first_position` on. Every `world`-th of them belongs to a rank."""

    def __init__(self, batch: int, start: int, stop: int, rank: int = 0, world: int = 1, ahead: int = 0) -> None:
        self._batch, self._range, self._rank, self._world = batch, range(start, stop), rank, world
        self._ahead = ahead

    def __iter__(self) -> Iterator[list[int]]:
        for k in self._range:
            first = first_position(k, self._batch, self._ahead)
            yield list(range(first + self._rank, first + self._batch, self._world))

    def __len__(self) -> int:
        return len(self._range)


def training_batches(
    stream: PositionStream,
    batch: int,
    iterations: range,
    workers: int,
    ahead: int = 0,
    rank: int = 0,
    world: int = 1,
    pin: bool = False,
) -> torch.utils.data.DataLoader[list[Record]]:
    """A loader of a rank's part of the batches of these iterations, each a list of mapped records.

    `pin`: puts images into pinned memory, which a GPU reads without the CPU.
    """
    return torch.utils.data.DataLoader(
        stream,
        batch_sampler=BatchPositions(batch, iterations.start, iterations.stop, rank, world, ahead),
        num_workers=workers,
        collate_fn=_as_list,
        worker_init_fn=_prepare_loader if workers else None,
        multiprocessing_context=_LOADERS_START if workers else None,
        pin_memory=pin,
    )


def in_batches(samples: list[Record], mapper: Callable[[Record], Record], batch: int) -> Iterable[list[Record]]:
    """The mapped samples in their order, in lists of at most `batch`."""
    for start in range(0, len(samples), batch):
        yield [mapped(mapper, sample) for sample in samples[start : start + batch]]


def _as_list(batch: list[Record]) -> list[Record]:
    return batch


def _prepare_loader(_worker: int) -> None:
    # A forked loader inherits the worker's handler, which only notes the signal. The loader must end instead.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    faulthandler.register(STACKS_SIGNAL, all_threads=True)


def _mask(segmentation: str) -> Any:
    if not segmentation:
        raise RecipeError(
            "The model draws masks, but the data set has objects with a box only.",
            "Choose a model for boxes, such as Faster R-CNN.",
        )
    shape = json.loads(segmentation)
    if isinstance(shape, dict) and isinstance(shape.get("counts"), list):
        from pycocotools import mask  # only RLE needs it

        return mask.frPyObjects(shape, *shape["size"])
    return shape
