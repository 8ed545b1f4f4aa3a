"""A run's splits, if they differ from those of its data version.

splits.json of the run: `{"train": [image ids], "val": [image ids], "unused": [image ids]}`; job.json says why in a
sentence. A named image is in that split for this run; all others keep the version's split. The version never changes,
and no image is copied.
"""

from dataclasses import dataclass
from typing import Final

import pandas as pd

from core.files import write_json
from core.records import read_as
from core.training.run.folder import RunFolder

UNUSED: Final = "unused"  # in no split


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSplits:
    """Image ids by split."""

    train: tuple[int, ...]
    val: tuple[int, ...]
    unused: tuple[int, ...] = ()  # training images that this run must not see; missing in files of earlier versions

    def apply(self, images: pd.DataFrame) -> pd.DataFrame:
        """A copy of the images (core.tables.IMAGES) with this run's splits."""
        named = {**dict.fromkeys(self.train, "train"), **dict.fromkeys(self.val, "val")}
        named |= dict.fromkeys(self.unused, UNUSED)
        return images.assign(split=images["image_id"].map(named).fillna(images["split"]))


def write_splits(folder: RunFolder, splits: RunSplits) -> None:
    """Stores the splits with the run."""
    unused = {"unused": list(splits.unused)} if splits.unused else {}
    write_json(folder.splits, {"train": list(splits.train), "val": list(splits.val), **unused})


def read_splits(folder: RunFolder) -> RunSplits | None:
    """The run's splits; None if it has those of its data version. Raises DamagedFileError."""
    try:
        return read_as(folder.splits, RunSplits)
    except FileNotFoundError:
        return None


def as_the_run_has_it(images: pd.DataFrame, folder: RunFolder) -> pd.DataFrame:
    """The images of the run's data version with the run's splits."""
    splits = read_splits(folder)
    return splits.apply(images) if splits else images
