from pathlib import Path

import pandas as pd

from core.files import write_json
from core.training.run.folder import RunFolder
from core.training.run.splits import RunSplits, as_the_run_has_it, read_splits, write_splits


def _images() -> pd.DataFrame:
    return pd.DataFrame({"image_id": [1, 2, 3, 4, 5], "split": ["train", "train", "val", "test", ""]})


def test_named_images_change_their_split_and_all_others_keep_it(tmp_path: Path) -> None:
    folder, images = RunFolder(tmp_path), _images()
    write_splits(folder, RunSplits(train=(1, 3), val=(2,)))
    assert as_the_run_has_it(images, folder)["split"].tolist() == ["train", "val", "train", "test", ""]
    assert images["split"].tolist() == _images()["split"].tolist()
    assert read_splits(folder) == RunSplits(train=(1, 3), val=(2,))


def test_unused_images_are_in_no_split(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    write_splits(folder, RunSplits(train=(1,), val=(), unused=(2,)))
    assert as_the_run_has_it(_images(), folder)["split"].tolist() == ["train", "unused", "val", "test", ""]


def test_splits_of_earlier_versions_have_no_unused_images(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    write_json(folder.splits, {"train": [1], "val": [2]})
    assert read_splits(folder) == RunSplits(train=(1,), val=(2,))


def test_a_run_without_its_own_splits_has_those_of_the_version(tmp_path: Path) -> None:
    assert read_splits(RunFolder(tmp_path)) is None
    assert as_the_run_has_it(_images(), RunFolder(tmp_path)).equals(_images())
