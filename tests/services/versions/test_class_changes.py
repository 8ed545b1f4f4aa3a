"""Classes renamed, merged, dropped and reordered in a child version; the parent stays as it is."""

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.errors import AppError
from core.labels.imports.plan import content_hash
from core.services import datasets, versions
from core.services.versions import ClassChange
from core.settings import Settings
from core.tables import read_table, write_table
from core.workspace.layout import Layout
from tests.factories.actors import ADA
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture
def shapes(settings: Settings) -> str:
    return DatasetMaker(train=6, val=2).make(settings)


def _objects(settings: Settings, dataset: str, version: str = "") -> dict[str, int]:
    labels = datasets.open_version(settings, dataset, version).labels
    counts = labels.annotations["category_id"].value_counts()
    return {name: int(counts.get(key, 0)) for key, name in enumerate(labels.class_names)}


def test_a_renamed_class_keeps_its_objects_and_the_parent_its_files(settings: Settings, shapes: str) -> None:
    parent = Layout(settings.workspace).version(shapes, "v1")
    before = {path.name: path.read_bytes() for path in parent.iterdir() if path.is_file()}
    objects = _objects(settings, shapes)
    made = versions.change_classes(settings, shapes, "", ClassChange(names={"red": "crimson"}), actor=ADA)
    assert (made.version, made.parent, made.words) == ("v2", "v1", "red renamed crimson")
    assert _objects(settings, shapes) == {"crimson": objects["red"], "blue": objects["blue"]}
    child = datasets.open_version(settings, shapes)
    assert (child.facts["classes"], child.facts["parent"]) == (["crimson", "blue"], "v1")
    assert child.facts["actor"]["name"] == ADA.name
    assert (
        child.facts["content_hash"] == content_hash(child.labels) != json.loads(before["version.json"])["content_hash"]
    )
    assert {path.name: path.read_bytes() for path in parent.iterdir() if path.is_file()} == before
    for name in child.labels.images["file_name"]:
        assert (child.images_folder / name).stat().st_ino == (parent / "images" / name).stat().st_ino


def test_merged_classes_are_one_and_a_second_click_makes_no_second_version(settings: Settings, shapes: str) -> None:
    objects = _objects(settings, shapes)
    change = ClassChange(names={"red": "shape", "blue": "shape"})
    made = [versions.change_classes(settings, shapes, "v1", change, actor=ADA) for _ in range(2)]
    assert made[0] == made[1]
    assert made[0].words == "red, blue merged into shape"
    assert _objects(settings, shapes) == {"shape": sum(objects.values())}


def test_a_dropped_class_takes_its_objects_and_leaves_background(settings: Settings, shapes: str) -> None:
    path = Layout(settings.workspace).version(shapes, "v1") / "annotations.parquet"
    rows = read_table(path)
    first = int(rows["image_id"].iloc[0])
    write_table(path, rows.assign(category_id=[0 if key == first else 1 for key in rows["image_id"]]))
    change = ClassChange(names={"red": ""})
    preview = versions.preview_classes(settings, shapes, "", change)
    assert (preview.emptied, preview.classes) == (1, ("blue",))
    assert preview.dropped == int((rows["image_id"] == first).sum())
    made = versions.change_classes(settings, shapes, "", change, actor=ADA)
    assert made.words == preview.words
    labels = datasets.open_version(settings, shapes).labels
    assert labels.images.set_index("image_id")["use"][first] == "background"
    assert first not in set(labels.annotations["image_id"])
    kept = rows[rows["image_id"] != first]
    assert labels.annotations["annotation_id"].tolist() == kept["annotation_id"].tolist(), "ids stay"
    assert set(labels.annotations["category_id"]) == {0}


def test_reordered_classes_keep_their_objects(settings: Settings, shapes: str) -> None:
    objects = _objects(settings, shapes)
    made = versions.change_classes(settings, shapes, "", ClassChange(order=("blue",)), actor=ADA)
    assert made.words == "classes reordered: blue, red"
    assert list(_objects(settings, shapes).items()) == [("blue", objects["blue"]), ("red", objects["red"])]


def test_a_class_that_swaps_names_with_another_is_no_merge(settings: Settings, shapes: str) -> None:
    objects = _objects(settings, shapes)
    change = ClassChange(names={"red": "blue", "blue": "red"})
    versions.change_classes(settings, shapes, "", change, actor=ADA)
    assert _objects(settings, shapes) == {"blue": objects["red"], "red": objects["blue"]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(ClassChange(names={"green": "x"}), "no class 'green'", id="an unknown class"),
        pytest.param(ClassChange(names={"red": "", "blue": " "}), "Every class was dropped", id="all dropped"),
        pytest.param(ClassChange(order=("red", "red")), "names a class twice", id="twice in the order"),
        pytest.param(ClassChange(order=("green",)), "no class 'green' to order", id="unknown in the order"),
        pytest.param(ClassChange(names={"red": " red "}), "Nothing would change", id="no change"),
        pytest.param(ClassChange(), "Nothing would change", id="nothing asked"),
    ],
)
def test_a_change_that_cannot_be_made_leaves_nothing(
    settings: Settings, shapes: str, change: ClassChange, said: str
) -> None:
    with pytest.raises(AppError, match=said):
        versions.change_classes(settings, shapes, "", change, actor=ADA)
    assert [row["version"] for row in datasets.describe_dataset(settings, shapes)["versions"]] == ["v1"]
    uploads = Layout(settings.workspace).uploads
    assert not uploads.is_dir() or not [path for path in uploads.iterdir() if path.is_dir() and "version" in path.name]


def test_the_verb_previews_makes_and_keeps_the_contracts_keys(
    settings: Settings, shapes: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def verb(*arguments: str, code: int = 0) -> dict[str, object]:
        assert main(["--workspace", str(settings.workspace), *arguments, "--json"]) == code
        return dict(json.loads(capsys.readouterr().out))

    asked = ("classes", shapes, "--rename", "red", "warm = red, orange", "--order", "blue")
    preview = verb(*asked, "--dry-run")
    assert list(preview) == ["dataset", "version", "rows", "classes", "dropped", "emptied", "words", "made"]
    assert preview["classes"] == ["blue", "warm = red, orange"]
    assert preview["made"] is None
    made = verb(*asked)["made"]
    assert made == {"dataset": shapes, "version": "v2", "parent": "v1", "words": preview["words"]}
    error = verb("classes", shapes, "--drop", "red", code=2)["error"]
    assert "no class 'red'" in str(error)
