"""Images of an evaluation filtered by attributes of the data set version."""

import shutil
from pathlib import Path

import pytest

from core.errors import DamagedFileError, NotFoundError
from core.services.datasets import ImportOptions, import_dataset
from core.services.evaluation import (
    ImageFilter,
    OpenEvaluation,
    attribute_names,
    attribute_values,
    image_rows,
    object_rows,
    open_evaluation,
)
from core.settings import Settings
from core.workspace.datasets import VersionFolder
from core.workspace.layout import Layout
from tests.factories.actors import ADA
from tests.factories.evaluated import EvaluationMaker
from tests.factories.progress import silent
from tests.services.datasets.test_ignored_and_attributes import voc


def evaluate_voc(settings: Settings, source: Path) -> str:
    """An evaluation on three images with a cat and a dog each; on the first, of a night, the dog is difficult."""
    # No test split, which would be sealed.
    options = ImportOptions(name="pets", split="50/50/0")
    made = import_dataset(settings, voc(source), options, silent, actor=ADA)
    return EvaluationMaker(dataset=made.dataset, split="all", missed=0, mixed_up=0, strays=0).make(settings)


@pytest.fixture
def opened(settings: Settings, tmp_path: Path) -> OpenEvaluation:
    return open_evaluation(settings, evaluate_voc(settings, tmp_path / "voc"))


def table(settings: Settings) -> Path:
    return VersionFolder(Layout(settings.workspace).version("pets", "v1")).table("attributes")


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        pytest.param({"attribute": "difficult"}, ["p0.jpg", "p1.jpg", "p2.jpg"], id="of any value"),
        pytest.param({"attribute": "difficult", "value": "1"}, ["p0.jpg"], id="of one value"),
        pytest.param({"attribute": "difficult", "value": "7"}, [], id="of a value that none has"),
        pytest.param({"attribute": "weather", "value": "day"}, ["p1.jpg", "p2.jpg"], id="of the image"),
        pytest.param({"attribute": "difficult", "value": "1", "category_id": 0}, [], id="of one of another class"),
        pytest.param({"attribute": "difficult", "value": "1", "category_id": 1}, ["p0.jpg"], id="of one of the class"),
        pytest.param({"attribute": "difficult", "value": "1", "text": "p1"}, [], id="and of another name"),
        pytest.param({"value": "1"}, ["p0.jpg", "p1.jpg", "p2.jpg"], id="a value alone is no filter"),
    ],
)  # fmt: skip
def test_images_with_such_an_object_are_kept(opened: OpenEvaluation, chosen: dict[str, str], names: list[str]) -> None:
    rows = image_rows(opened, 0.0, 0.5, ImageFilter(sort="name", **chosen))  # type: ignore[arg-type]
    assert [Path(name).name for name in rows["file_name"]] == names
    crops = object_rows(opened, 0.0, 0.5, ImageFilter(**chosen))  # type: ignore[arg-type]
    assert {Path(name).name for name in crops["file_name"]} <= set(names)


def test_names_and_values_are_those_of_the_evaluated_images(opened: OpenEvaluation) -> None:
    assert attribute_names(opened) == ["difficult", "weather"]
    assert attribute_values(opened, "difficult") == ["0", "1"]
    assert attribute_values(opened, "weather") == ["day", "night"]


def test_of_a_split_only_its_images_count(settings: Settings, tmp_path: Path) -> None:
    source = voc(tmp_path / "voc")
    for split, names in (("train", "p0\np1"), ("val", "p2")):
        (source / "ImageSets" / "Main").mkdir(parents=True, exist_ok=True)
        (source / "ImageSets" / "Main" / f"{split}.txt").write_text(f"{names}\n")
    options = ImportOptions(name="pets", split="source")
    made = import_dataset(settings, source, options, silent, actor=ADA)
    opened = open_evaluation(settings, EvaluationMaker(dataset=made.dataset, split="val").make(settings))
    assert len(opened.truth.images) == 1
    assert attribute_values(opened, "difficult") == ["0"]


def test_an_attribute_that_nothing_has_is_refused(opened: OpenEvaluation) -> None:
    with pytest.raises(NotFoundError) as refused:
        image_rows(opened, 0.5, 0.5, ImageFilter(attribute="dificult"))
    assert refused.value.remedy == "Choose one of difficult, weather."


def test_two_files_and_a_version_that_is_gone_have_no_attributes(
    by_hand: Settings, settings: Settings, tmp_path: Path
) -> None:
    assert attribute_names(open_evaluation(by_hand, "found on truth")) == []
    key = evaluate_voc(settings, tmp_path / "voc")
    shutil.rmtree(table(settings).parent)
    assert attribute_names(open_evaluation(settings, key)) == []


def test_a_damaged_table_is_named_where_it_is_asked_for(settings: Settings, tmp_path: Path) -> None:
    key = evaluate_voc(settings, tmp_path / "voc")
    table(settings).write_bytes(b"no parquet")
    opened = open_evaluation(settings, key)
    assert len(image_rows(opened, 0.5, 0.5)) == 3
    with pytest.raises(DamagedFileError, match=r"attributes\.parquet"):
        attribute_names(opened)
