"""Two people's labels: which images and classes are the same, the document, and the CSV."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.__main__ import main
from core.errors import AppError, NotFoundError
from core.services import agreement
from core.settings import Settings
from core.tables import read_table, write_table
from core.workspace.layout import Layout
from tests.factories.tiny_dataset import DatasetMaker


def _change(settings: Settings, dataset: str, table: str, change: "dict[str, pd.Series] | pd.DataFrame") -> None:
    path = Layout(settings.workspace).version(dataset, "v1") / f"{table}.parquet"
    write_table(path, change if isinstance(change, pd.DataFrame) else read_table(path).assign(**change))


@pytest.fixture
def two(settings: Settings) -> tuple[str, str]:
    """Data sets of the same images; the second lacks an object, and its classes stand in another order."""
    maker = DatasetMaker(name="ada", train=6, val=2)
    first, second = maker.make(settings), replace(maker, name="ben").make(settings)
    folder = Layout(settings.workspace).version(second, "v1")
    objects = read_table(folder / "annotations.parquet")
    _change(settings, second, "annotations", objects.iloc[1:].assign(category_id=1 - objects["category_id"].iloc[1:]))
    classes = read_table(folder / "categories.parquet")
    _change(settings, second, "categories", {"name": pd.Series([f" {name.upper()}" for name in classes["name"][::-1]])})
    return first, second


def test_classes_are_joined_by_name_and_one_lacking_object_is_the_only_difference(
    settings: Settings, two: tuple[str, str]
) -> None:
    compared = agreement.compare_labels(settings, *two)
    assert compared.names == ("red", "blue")
    together = compared.agreement.together
    assert (together.first, together.second, together.both) == (together.first, together.first - 1, together.first - 1)
    assert together.iou == 1
    assert compared.agreement.differences["kind"].tolist() == ["only_first"]
    assert compared.images["differing"].sum() == 1
    assert not compared.notes


def test_the_same_from_the_other_side(settings: Settings, two: tuple[str, str]) -> None:
    there, back = agreement.compare_labels(settings, *two), agreement.compare_labels(settings, two[1], two[0])
    assert there.agreement.together.ap == pytest.approx(back.agreement.together.ap)
    assert back.agreement.differences["kind"].tolist() == ["only_second"]


def test_images_are_joined_by_content_else_by_name_and_size_and_the_rest_is_counted(
    settings: Settings, two: tuple[str, str]
) -> None:
    folder = Layout(settings.workspace).version(two[1], "v1")
    images = read_table(folder / "images.parquet")
    hashes, names, widths = (
        images["content_hash"].to_numpy(copy=True),
        images["file_name"].to_numpy(copy=True),
        images["width"].to_numpy(copy=True),
    )
    names[0] = "renamed.png"  # the same content under another name
    hashes[1] = "1" * 64  # written again: the name and the size tell
    hashes[2], names[2] = "2" * 64, "another.png"
    hashes[3], widths[3] = "3" * 64, 7
    _change(settings, two[1], "images", images.assign(content_hash=hashes, file_name=names, width=widths))
    compared = agreement.compare_labels(settings, *two)
    assert (len(compared.images), compared.first_only, compared.second_only) == (6, 2, 2)
    assert (compared.images["image_id"] == compared.images["second_image_id"]).all()


def test_copies_of_an_image_pair_up_one_by_one(settings: Settings, two: tuple[str, str]) -> None:
    for dataset in two:
        images = read_table(Layout(settings.workspace).version(dataset, "v1") / "images.parquet")
        _change(settings, dataset, "images", images.assign(content_hash="0" * 64))
    compared = agreement.compare_labels(settings, *two)
    assert (len(compared.images), compared.first_only) == (8, 0)
    assert compared.images["second_image_id"].is_unique
    assert len(compared.agreement.differences) == 1


def test_an_image_that_one_has_not_labelled_says_nothing(settings: Settings, two: tuple[str, str]) -> None:
    images = read_table(Layout(settings.workspace).version(two[0], "v1") / "images.parquet")
    uses = np.where(images["image_id"] <= 2, "unlabelled", images["use"])
    _change(settings, two[0], "images", images.assign(use=uses))
    compared = agreement.compare_labels(settings, *two)
    assert (len(compared.images), compared.not_labelled) == (6, 2)


def test_what_cannot_be_compared_is_refused_with_a_remedy(settings: Settings, two: tuple[str, str]) -> None:
    with pytest.raises(AppError, match="Both are ada v1"):
        agreement.compare_labels(settings, two[0], "ada", second_version="v1")
    with pytest.raises(NotFoundError):
        agreement.compare_labels(settings, two[0], two[1], second_version="v7")
    other = DatasetMaker(name="others", seed=9).make(settings)
    images = read_table(Layout(settings.workspace).version(other, "v1") / "images.parquet")
    _change(settings, other, "images", images.assign(file_name="x" + images["file_name"]))
    with pytest.raises(AppError, match="no image that both have labelled"):
        agreement.compare_labels(settings, two[0], other)


def test_a_class_that_one_alone_has_is_said(settings: Settings, two: tuple[str, str]) -> None:
    folder = Layout(settings.workspace).version(two[1], "v1")
    names = read_table(folder / "categories.parquet")["name"].to_numpy(copy=True)
    names[0] = "violet"
    _change(settings, two[1], "categories", {"name": pd.Series(names)})
    compared = agreement.compare_labels(settings, *two)
    assert compared.names == ("red", "blue", "violet")
    assert [note.split()[-1] for note in compared.notes] == ["blue.", "violet."]


def test_the_verb_has_the_contracts_keys_and_writes_the_differences(
    settings: Settings, two: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    objects = read_table(Layout(settings.workspace).version(two[0], "v1") / "images.parquet")
    names = objects["file_name"].to_numpy(copy=True)
    names[0] = "=cmd.png"
    _change(settings, two[0], "images", objects.assign(file_name=names))
    file = tmp_path / "differences.csv"
    assert main(["--workspace", str(settings.workspace), "agreement", *two, "--csv", str(file), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    sides = ["first", "second", "iou", "images", "first_only", "second_only", "not_labelled", "objects_first"]
    figures = ["objects_second", "both", "agreement", "mean_iou", "ap", "per_class", "mixed", "differences", "notes"]
    assert list(document) == [*sides, *figures]
    assert document["differences"] == {"only_first": 1, "only_second": 0, "class": 0, "place": 0}
    assert list(document["per_class"][0]) == ["name", *sides[-1:], *figures[:5]]
    (row,) = csv.DictReader(io.StringIO(file.read_text("utf-8-sig")))
    assert (row["file"], row["kind"], row["second_class"], row["second_x1"]) == ("'=cmd.png", "only_first", "", "")
    assert float(row["first_x2"]) > float(row["first_x1"])
