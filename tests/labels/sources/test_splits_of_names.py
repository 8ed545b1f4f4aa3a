"""Splits in the names of files and folders."""

import pytest

from core.labels.sources.splits_of_names import split_of_file, split_of_folders, split_of_name, splits_of_folders


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("instances_val2017", "val"), ("train", "train"), ("Training_set", "train"), ("validation", "val"),
        ("my-test-1", "test"), ("trainval", ""), ("restrained", ""), ("", ""), ("latest", ""),
    ],
)  # fmt: skip
def test_a_name_holds_a_split_as_a_word(name: str, split: str) -> None:
    assert split_of_name(name) == split


def test_a_path_goes_by_its_name_and_then_by_its_nearest_folder() -> None:
    assert split_of_file("train/instances_val.json") == "val"
    assert split_of_file("train/x.json") == "train"
    assert split_of_folders("a/train/val2017/x.jpg") == "val"
    assert split_of_folders("trainer/x.jpg") == ""
    assert splits_of_folders(["train/a.jpg", "b.jpg"]) == {"train/a.jpg": "train"}
