"""What differs between two versions, with the images behind each number."""

import json
import shutil

import pandas as pd
import pytest

from core.__main__ import main
from core.errors import AppError, NotFoundError
from core.services import versions
from core.services.versions import VersionDifference
from core.settings import Settings
from core.tables import read_table, write_table
from core.workspace.layout import Layout
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture
def shapes(settings: Settings) -> str:
    return DatasetMaker(train=6, val=2).make(settings)


def _second(settings: Settings, dataset: str, parent: str | None = "v1", **tables: pd.DataFrame) -> None:
    """Version v2: a copy of v1 with other tables; a child of v1, or a separate import."""
    layout = Layout(settings.workspace)
    folder = layout.version(dataset, "v2")
    shutil.copytree(layout.version(dataset, "v1"), folder)
    for name, table in tables.items():
        write_table(folder / f"{name}.parquet", table.reset_index(drop=True))
    facts = json.loads((folder / "version.json").read_text())
    (folder / "version.json").write_text(json.dumps({**facts, "parent": parent}))


def _table(settings: Settings, dataset: str, name: str) -> pd.DataFrame:
    return read_table(Layout(settings.workspace).version(dataset, "v1") / f"{name}.parquet")


def _changed(settings: Settings, shapes: str) -> pd.DataFrame:
    """The objects with the first one gone, the second moved by 4 px, the third of the other class, and a new one."""
    rows = _table(settings, shapes, "annotations")
    new = rows.iloc[[0]].assign(annotation_id=rows["annotation_id"].max() + 1, x1=0.0, y1=0.0, x2=6.0, y2=7.0)
    rows.loc[1, ["x1", "x2"]] = rows.loc[1, ["x1", "x2"]] + 4
    rows.loc[2, "category_id"] = 1 - rows.loc[2, "category_id"]
    return pd.concat([rows.iloc[1:], new])


def _counts(difference: VersionDifference) -> tuple[int, ...]:
    return tuple(difference.count(change) for change in ("added", "removed", "moved", "reclassed"))


@pytest.mark.parametrize("parent", ["v1", None], ids=["by id", "by place"])
def test_each_change_is_counted_with_its_image(settings: Settings, shapes: str, parent: str | None) -> None:
    rows = _table(settings, shapes, "annotations")
    _second(settings, shapes, parent, annotations=_changed(settings, shapes))
    difference = versions.compare_versions(settings, shapes, "v1", "v2")
    assert difference.is_by_id == (parent is not None)
    assert _counts(difference) == (1, 1, 1, 1)
    images = rows["image_id"].tolist()
    assert difference.images_with("added") == difference.images_with("removed") == [images[0]]
    assert difference.images_with("moved") == [images[1]]
    assert difference.images_with("reclassed") == [images[2]]
    back = versions.compare_versions(settings, shapes, "v2", "v1")
    assert _counts(back) == (1, 1, 1, 1)
    assert back.is_by_id == difference.is_by_id


def test_with_other_ids_a_separate_import_differs_in_nothing(settings: Settings, shapes: str) -> None:
    rows = _table(settings, shapes, "annotations").iloc[::-1]
    _second(settings, shapes, None, annotations=rows.assign(annotation_id=range(501, 501 + len(rows))))
    difference = versions.compare_versions(settings, shapes, "v1", "v2")
    assert difference.words == "nothing differs"
    assert difference.objects.empty


def test_a_renamed_class_is_one_change_and_not_one_for_each_object(settings: Settings, shapes: str) -> None:
    _second(settings, shapes, categories=_table(settings, shapes, "categories").assign(name=["crimson", "blue"]))
    difference = versions.compare_versions(settings, shapes, "v1", "v2")
    assert (difference.classes, difference.new_classes) == ({"red": "crimson"}, ())
    assert difference.objects.empty
    assert difference.words == "red became crimson"


def test_a_class_of_which_nothing_is_left_was_dropped_and_another_is_new(settings: Settings, shapes: str) -> None:
    rows = _table(settings, shapes, "annotations")
    classes = _table(settings, shapes, "categories").assign(name=["violet", "blue"])
    _second(settings, shapes, annotations=rows[rows["category_id"] == 1], categories=classes)
    difference = versions.compare_versions(settings, shapes, "v1", "v2")
    assert (difference.classes, difference.new_classes) == ({"red": ""}, ("violet",))
    assert difference.count("removed") == int((rows["category_id"] == 0).sum())


def test_images_in_and_out_and_splits_are_said(settings: Settings, shapes: str) -> None:
    images, rows = _table(settings, shapes, "images"), _table(settings, shapes, "annotations")
    gone = int(images["image_id"].iloc[0])
    moved = images["split"].mask(images["image_id"] == images["image_id"].iloc[1], "test")
    kept = images.assign(split=moved).iloc[1:]
    _second(settings, shapes, images=kept, annotations=rows[rows["image_id"] != gone])
    difference = versions.compare_versions(settings, shapes, "v1", "v2")
    assert (difference.images_out, difference.images_in) == ((gone,), ())
    (row,) = difference.splits.to_dict("records")
    assert (row["before"], row["after"]) == ("train", "test")
    assert difference.images_with("removed") == [gone]
    assert "1 image out" in difference.words
    assert "1 image in another split" in difference.words
    assert versions.compare_versions(settings, shapes, "v2", "v1").images_in == (gone,)


def test_a_mask_that_changed_is_a_move(settings: Settings, shapes: str) -> None:
    rows = _table(settings, shapes, "annotations")
    _second(settings, shapes, annotations=rows.assign(segmentation=["[[0,0,9,0,9,9]]", *[""] * (len(rows) - 1)]))
    assert _counts(versions.compare_versions(settings, shapes, "v1", "v2")) == (0, 0, 1, 0)


def test_versions_that_do_not_exist_or_are_the_same_are_refused(settings: Settings, shapes: str) -> None:
    with pytest.raises(AppError, match="Both are version v1"):
        versions.compare_versions(settings, shapes, "v1", "")
    with pytest.raises(NotFoundError):
        versions.compare_versions(settings, shapes, "v1", "v9")


def test_the_verb_has_the_contracts_keys(settings: Settings, shapes: str, capsys: pytest.CaptureFixture[str]) -> None:
    _second(settings, shapes, annotations=_changed(settings, shapes))
    assert main(["--workspace", str(settings.workspace), "compare-versions", shapes, "v1", "v2", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    keys = ["dataset", "before", "after", "words", "objects", "images", "images_in", "images_out", "splits"]
    assert list(document) == [*keys, "classes", "new_classes", "by_id"]
    assert document["objects"] == {"added": 1, "removed": 1, "moved": 1, "reclassed": 1}
    assert document["words"] == "1 object added, 1 object removed, 1 object moved, 1 object reclassed"
