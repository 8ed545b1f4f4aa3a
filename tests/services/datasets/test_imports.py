"""Import from end to end: a source on disk, a workspace before and after."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import AppError
from core.services import datasets
from core.services.datasets import (
    ImportOptions,
    describe_dataset,
    import_dataset,
    inspect,
    open_version,
    thresholds_of,
)
from core.services.datasets.imports import BlockedImportError
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.app.uploads import MALFORMED_UPLOADS, sound_files, zip_of
from tests.factories.progress import silent
from tests.factories.sources import Source
from tests.factories.trees import tree_of


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A workspace that holds a data set already, for tests that must not change it."""
    folder = tmp_path_factory.mktemp("filled")
    settings = Settings(workspace=folder / "workspace")
    import_dataset(settings, Source().write(folder / "there before"), ImportOptions(), silent, actor=ADA)
    return settings


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in MALFORMED_UPLOADS.items()])
def test_a_malformed_upload_is_stopped_and_leaves_the_workspace_as_it_was(
    make: Callable[[Path], Path], filled: Settings, tmp_path: Path
) -> None:
    before = tree_of(filled.workspace)
    with pytest.raises(AppError) as stopped:
        import_dataset(filled, make(tmp_path / "upload"), ImportOptions(name="new"), silent, actor=ADA)
    assert stopped.value.message
    assert stopped.value.remedy
    assert str(tmp_path) not in stopped.value.message + stopped.value.remedy
    assert tree_of(filled.workspace) == before


def test_a_refused_first_upload_makes_no_workspace_content(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(AppError):
        import_dataset(
            settings, MALFORMED_UPLOADS["not an archive"](tmp_path / "upload"), ImportOptions(), silent, actor=ADA
        )
    assert not settings.workspace.exists() or tree_of(settings.workspace) == {}


def test_a_blocked_import_counts_names_the_first_place_and_carries_the_inspection(
    settings: Settings, tmp_path: Path
) -> None:
    source = Source({"a": ["cat 1 2 x 4", "cat 1 2 30 40"], "b": ["cow 1 2 30 40"]}).write(tmp_path / "source")
    with pytest.raises(BlockedImportError) as blocked:
        import_dataset(settings, source, ImportOptions(), silent, actor=ADA)
    assert blocked.value.message.startswith("2 findings block the import; first: labels/a.txt, line 1:")
    assert "--leave-out blocked" in blocked.value.remedy
    assert [finding.file for finding in blocked.value.inspection.findings[:2]] == ["labels/a.txt", "labels/b.txt"]


def test_leaving_out_what_blocks_imports_the_rest_and_counts_it(settings: Settings, tmp_path: Path) -> None:
    labels = {f"p{number}": ["cat 4 4 24 24", "dog 30 10 50 40"] for number in range(6)}
    labels["p0"].append("cat 1 2 x 4")  # one line of three
    labels["p1"] = ["cow 4 4 24 24"]  # nothing readable is left
    source = Source(labels).write(tmp_path / "source")
    (source / "images" / "p2.png").write_bytes(b"no image")
    imported = import_dataset(settings, source, ImportOptions(split="60/40", leave_out_blocked=True), silent, actor=ADA)
    document = imported.to_json()
    assert document["imported"] == {"images": 5, "annotations": 8}
    assert document["left_out"] == {"images": 1, "objects": 4}
    images = open_version(settings, imported.dataset).labels.images.set_index("source")
    assert "images/p2.png" not in images.index
    # Objects were there, so the image is not background; what is not known is not trained on.
    assert images.loc["images/p1.png", "use"] == "unlabelled"
    assert images.loc["images/p1.png", "split"] == ""
    assert {f["check"]: f["count"] for f in document["findings"] if f["severity"] == "blocks"} == {
        "malformed-line": 1,
        "unknown-class": 1,
        "unreadable-image": 1,
    }


def test_nothing_left_to_import_is_said(settings: Settings, tmp_path: Path) -> None:
    source = Source({"a": ["cow 4 4 24 24"]}).write(tmp_path / "source")
    with pytest.raises(AppError, match="No usable object is left"):
        import_dataset(settings, source, ImportOptions(leave_out_blocked=True), silent, actor=ADA)


def test_the_documents_have_the_keys_of_the_contract(settings: Settings, tmp_path: Path) -> None:
    labels = {f"p{number}": ["cat 4 4 24 24", "dog 30 10 50 400"] for number in range(9)}
    document = import_dataset(
        settings, Source(labels).write(tmp_path / "source"), ImportOptions(), silent, actor=ADA
    ).to_json()
    assert json.loads(json.dumps(document)) == document
    assert document["format"] == "text"
    assert (document["images"], document["annotations"]) == (9, 18)
    assert document["classes"] == [{"name": "cat", "annotations": 9}, {"name": "dog", "annotations": 9}]
    assert document["unmatched"] == {"images": 0, "labels": 0}
    assert document["splits"] == {"train": 6, "val": 2, "test": 1}
    assert (document["dataset"], document["version"], document["ready"]) == ("source", "v1", True)
    border = next(finding for finding in document["findings"] if finding["check"] == "over-border")
    assert (border["severity"], border["count"], len(border["examples"])) == ("fixed", 9, 5)
    assert set(border["examples"][0]) == {"file", "line", "image", "annotation", "message"}


def test_an_archive_is_inspected_imported_and_leaves_no_upload(settings: Settings, tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "farm.v2.zip", {f"deep/down/{name}": data for name, data in sound_files(6).items()})
    inspection = inspect(settings, archive, ImportOptions(), silent)
    assert inspection.tree.is_relative_to(settings.workspace / "uploads" / inspection.upload_id)
    assert not (settings.workspace / "datasets").exists()
    imported = import_dataset(settings, inspection.tree, ImportOptions(name="farm"), silent, actor=ADA)
    assert imported.to_json()["imported"] == {"images": 6, "annotations": 12}
    assert not (settings.workspace / "uploads").exists()
    stored = open_version(settings, "farm")
    assert sorted(path.name for path in stored.images_folder.iterdir()) == [f"a{n}.jpg" for n in range(6)]


def test_an_upload_is_kept_while_its_import_is_blocked_and_goes_when_discarded(
    settings: Settings, tmp_path: Path
) -> None:
    archive = zip_of(tmp_path / "farm.zip", {**sound_files(), "labels/a1.txt": "0 1 2 x 4\n"})
    inspection = inspect(settings, archive, ImportOptions(), silent)
    with pytest.raises(BlockedImportError):
        import_dataset(settings, inspection.tree, ImportOptions(name="farm"), silent, actor=ADA)
    assert inspection.tree.is_dir()
    datasets.discard(settings, inspection)
    assert not (settings.workspace / "uploads").exists()


@pytest.mark.parametrize("upload_id", ["", ".", "..", "../datasets", "no-such"])
def test_discarding_never_reaches_outside_the_uploads(upload_id: str, filled: Settings) -> None:
    before = tree_of(filled.workspace)
    datasets.discard_upload(filled, upload_id)
    assert tree_of(filled.workspace) == before


@pytest.mark.parametrize(("empty", "use", "used"), [("background", "background", 10), ("unlabelled", "unlabelled", 8)])
def test_empty_images_are_what_the_user_says(
    empty: str, use: str, used: int, settings: Settings, tmp_path: Path
) -> None:
    source = Source(unlabelled=("e1", "e2")).write(tmp_path / "source")
    imported = import_dataset(settings, source, ImportOptions(empty=empty), silent, actor=ADA)
    images = imported.plan.labels.images
    assert set(images.loc[images["source"].str.contains("/e"), "use"]) == {use}
    assert sum(imported.to_json()["splits"].values()) == used
    assert imported.to_json()["unmatched"]["images"] == 2


def test_a_changed_threshold_changes_the_findings_and_is_stored(settings: Settings, tmp_path: Path) -> None:
    source = Source().write(tmp_path / "source")
    usual = inspect(settings, source, ImportOptions(), silent)
    assert "tiny-box" not in {finding.check for finding in usual.findings}
    options = ImportOptions(thresholds=thresholds_of({"tiny-object": "25"}))
    imported = import_dataset(settings, source, options, silent, inspection=usual, actor=ADA)
    stored = open_version(settings, imported.dataset)
    assert "tiny-box" in set(stored.findings["check"])
    assert stored.facts["options"]["thresholds"] == {"tiny-object": 25}


def test_an_image_whose_only_class_was_dropped_is_background(settings: Settings, tmp_path: Path) -> None:
    labels = {f"p{number}": ["cat 4 4 24 24"] for number in range(6)} | {"dogs": ["dog 4 4 24 24"]}
    source = Source(labels).write(tmp_path / "source")
    options = ImportOptions(class_map={"dog": ""}, empty="unlabelled")
    images = import_dataset(settings, source, options, silent, actor=ADA).plan.labels.images
    assert images.set_index("source").loc["images/dogs.png", "use"] == "background"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param({"split": "source"}, "does not say how it is split", id="no split in the source"),
        pytest.param({"split": "70"}, "is no ratio", id="not a ratio"),
        pytest.param({"class_map": {"cow": "dog"}}, "no class 'cow' to map", id="unknown class"),
        pytest.param({"class_map": {"cat": "", "dog": ""}}, "Every class was dropped", id="no class left"),
        pytest.param({"format": "jpeg"}, "no format 'jpeg'", id="unknown format"),
        pytest.param({"name": "\n"}, "no usable name", id="unusable name"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    options: dict[str, object], says: str, settings: Settings, tmp_path: Path
) -> None:
    source = Source().write(tmp_path / "source")
    with pytest.raises(AppError, match=says):
        import_dataset(settings, source, ImportOptions(**options), silent, actor=ADA)  # type: ignore[arg-type]
    assert not (settings.workspace / "datasets").exists()


def test_a_source_with_too_few_groups_to_split_goes_to_training_and_is_not_ready(
    settings: Settings, tmp_path: Path
) -> None:
    source = Source().write(tmp_path / "source")
    imported = import_dataset(settings, source, ImportOptions(group="folder"), silent, actor=ADA).to_json()
    assert imported["splits"] == {"train": 8, "val": 0, "test": 0}
    assert not imported["ready"]
    assert any("validation" in reason for reason in imported["reasons"])


def test_the_evaluator_is_tested_on_what_is_imported_and_says_where_cocos_cap_bites(
    settings: Settings, tmp_path: Path
) -> None:
    crowded = [f"cat {x} {y} {x + 3} {y + 3}" for x in range(0, 60, 4) for y in range(0, 40, 5)]
    source = Source({"a": crowded} | {key: ["dog 1 2 30 40"] for key in "bcdefg"}).write(tmp_path / "source")
    inspected = inspect(settings, source, ImportOptions(), silent).to_json()
    imported = import_dataset(settings, source, ImportOptions(name="ants"), silent, actor=ADA)
    # 15 columns of 8.
    (note,) = imported.to_json()["notes"]
    assert inspected["notes"] == [note]
    assert note.startswith("cat: COCO's cap of 100 detections of a class on an image leaves out 20 of 120 objects")
    (version,) = describe_dataset(settings, "ants")["versions"]
    tested = version["self_test"]
    assert (tested["passed"], tested["cap"], tested["notes"]) == (True, 120, [note])
    assert [(row["name"], row["ap"]) for row in tested["per_class"]] == [("cat", 1.0), ("dog", 1.0)]
