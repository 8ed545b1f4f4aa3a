"""Import from end to end: a source on disk, a workspace before and after."""

import hashlib
import json
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from core.desk import imports
from core.desk.datasets import describe_dataset, list_datasets, open_version
from core.desk.imports import BlockedImportError, ImportOptions, import_dataset, inspect
from core.errors import AppError, ConflictError
from core.settings import Settings
from tests.makers.sources import Source, picture
from tests.makers.uploads import MALFORMED_UPLOADS, sound_files, zip_of

ROOT = Path(__file__).parents[2]
BCCD = ROOT.parent / "shared" / "data" / "bccd"


def quiet(share: float, activity: str) -> None:
    """Progress that nobody watches."""


def tree_of(folder: Path) -> dict[str, str]:
    """Every file and folder below, with the hash of its content."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "workspace")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A workspace that holds a data set already, for tests that must not change it."""
    folder = tmp_path_factory.mktemp("filled")
    settings = Settings(folder / "workspace")
    import_dataset(settings, Source().write(folder / "there before"), ImportOptions(), quiet)
    return settings


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in MALFORMED_UPLOADS.items()])
def test_a_malformed_upload_is_stopped_and_leaves_the_workspace_as_it_was(
    make: Callable[[Path], Path], filled: Settings, tmp_path: Path
) -> None:
    before = tree_of(filled.workspace)
    with pytest.raises(AppError) as stopped:
        import_dataset(filled, make(tmp_path / "upload"), ImportOptions(name="new"), quiet)
    assert stopped.value.message
    assert stopped.value.remedy
    assert str(tmp_path) not in stopped.value.message + stopped.value.remedy
    assert tree_of(filled.workspace) == before


def test_a_refused_first_upload_makes_no_workspace_content(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(AppError):
        import_dataset(settings, MALFORMED_UPLOADS["not an archive"](tmp_path / "upload"), ImportOptions(), quiet)
    assert not settings.workspace.exists() or tree_of(settings.workspace) == {}


def test_a_blocked_import_counts_names_the_first_place_and_carries_the_inspection(
    settings: Settings, tmp_path: Path
) -> None:
    source = Source({"a": ["cat 1 2 x 4", "cat 1 2 30 40"], "b": ["cow 1 2 30 40"]}).write(tmp_path / "source")
    with pytest.raises(BlockedImportError) as blocked:
        import_dataset(settings, source, ImportOptions(), quiet)
    assert blocked.value.message.startswith("2 findings block the import; first: labels/a.txt, line 1:")
    assert "--leave-out blocked" in blocked.value.remedy
    assert [finding.file for finding in blocked.value.inspection.findings[:2]] == ["labels/a.txt", "labels/b.txt"]


def test_leaving_out_what_blocks_imports_the_rest_and_counts_it(settings: Settings, tmp_path: Path) -> None:
    labels = {f"p{number}": ["cat 4 4 24 24", "dog 30 10 50 40"] for number in range(6)}
    labels["p0"].append("cat 1 2 x 4")  # one line of three
    labels["p1"] = ["cow 4 4 24 24"]  # nothing readable is left
    source = Source(labels).write(tmp_path / "source")
    (source / "images" / "p2.png").write_bytes(b"no picture")
    imported = import_dataset(settings, source, ImportOptions(split="60/40", leave_out_blocked=True), quiet)
    document = imported.to_json()
    assert document["imported"] == {"images": 5, "annotations": 8}
    assert document["left_out"] == {"images": 1, "objects": 4}
    images = open_version(settings, imported.dataset).labels.images.set_index("source")
    assert "images/p2.png" not in images.index
    # Objects were there, so the picture is not background; what is not known is not trained on.
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
        import_dataset(settings, source, ImportOptions(leave_out_blocked=True), quiet)


def test_the_documents_have_the_keys_of_the_contract(settings: Settings, tmp_path: Path) -> None:
    labels = {f"p{number}": ["cat 4 4 24 24", "dog 30 10 50 400"] for number in range(9)}
    document = import_dataset(settings, Source(labels).write(tmp_path / "source"), ImportOptions(), quiet).to_json()
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
    inspection = inspect(settings, archive, ImportOptions(), quiet)
    assert inspection.tree.is_relative_to(settings.workspace / "uploads" / inspection.upload_id)
    assert not (settings.workspace / "datasets").exists()
    imported = import_dataset(settings, inspection.tree, ImportOptions(name="farm"), quiet)
    assert imported.to_json()["imported"] == {"images": 6, "annotations": 12}
    assert not (settings.workspace / "uploads").exists()
    stored = open_version(settings, "farm")
    assert sorted(path.name for path in stored.images_folder.iterdir()) == [f"a{n}.jpg" for n in range(6)]


def test_an_upload_is_kept_while_its_import_is_blocked_and_goes_when_discarded(
    settings: Settings, tmp_path: Path
) -> None:
    archive = zip_of(tmp_path / "farm.zip", {**sound_files(), "labels/a1.txt": "0 1 2 x 4\n"})
    inspection = inspect(settings, archive, ImportOptions(), quiet)
    with pytest.raises(BlockedImportError):
        import_dataset(settings, inspection.tree, ImportOptions(name="farm"), quiet)
    assert inspection.tree.is_dir()
    imports.discard(settings, inspection)
    assert not (settings.workspace / "uploads").exists()


@pytest.mark.parametrize("upload_id", ["", ".", "..", "../datasets", "no-such"])
def test_discarding_never_reaches_outside_the_uploads(upload_id: str, filled: Settings) -> None:
    before = tree_of(filled.workspace)
    imports.discard_upload(filled, upload_id)
    assert tree_of(filled.workspace) == before


def test_a_taken_name_gets_a_new_version_and_the_old_one_stays(settings: Settings, tmp_path: Path) -> None:
    source = Source().write(tmp_path / "source")
    first = import_dataset(settings, source, ImportOptions(name="My animals"), quiet)
    kept = tree_of(settings.workspace / "datasets" / first.dataset / "versions" / "v1")
    second = import_dataset(settings, source, ImportOptions(name="My animals", class_map={"dog": ""}), quiet)
    assert (second.dataset, second.version) == (first.dataset, "v2")
    assert tree_of(settings.workspace / "datasets" / first.dataset / "versions" / "v1") == kept
    document = describe_dataset(settings, "My animals")
    assert [version["classes"] for version in document["versions"]] == [["cat", "dog"], ["cat"]]
    assert open_version(settings, "My animals").version == "v2"
    assert open_version(settings, first.dataset, "v1").labels.class_names == ["cat", "dog"]


def test_imports_at_once_under_one_name_do_not_overwrite_each_other(settings: Settings, tmp_path: Path) -> None:
    sources = [Source({f"p{n}": [f"cat 4 4 {20 + k} 24"] for n in range(4)}) for k in range(4)]
    folders = [source.write(tmp_path / f"source{k}") for k, source in enumerate(sources)]
    with ThreadPoolExecutor(4) as pool:
        done = list(
            pool.map(lambda folder: import_dataset(settings, folder, ImportOptions(name="same"), quiet), folders)
        )
    assert sorted(imported.version for imported in done) == ["v1", "v2", "v3", "v4"]
    assert len(list_datasets(settings)) == 1
    for k, imported in enumerate(done):
        stored = open_version(settings, "same", imported.version)
        assert stored.labels.annotations["x2"].tolist() == [20 + k] * 4


def test_the_content_hash_is_that_of_the_content(settings: Settings, tmp_path: Path) -> None:
    def content(name: str, source: Source) -> str:
        imported = import_dataset(settings, source.write(tmp_path / name), ImportOptions(), quiet)
        return str(describe_dataset(settings, imported.dataset)["content_hash"])

    other_labels = {f"p{number}": ["cat 4 4 24 24", "dog 30 10 50 41"] for number in range(8)}
    first = content("one", Source())
    assert content("two", Source()) == first
    assert content("three", Source(other_labels)) != first
    assert content("four", Source(classes=("cat", "dog", "cow"))) != first
    assert content("five", Source(size=(64, 50))) != first


@pytest.mark.parametrize(("empty", "use", "used"), [("background", "background", 10), ("unlabelled", "unlabelled", 8)])
def test_empty_pictures_are_what_the_user_says(
    empty: str, use: str, used: int, settings: Settings, tmp_path: Path
) -> None:
    source = Source(unlabelled=("e1", "e2")).write(tmp_path / "source")
    imported = import_dataset(settings, source, ImportOptions(empty=empty), quiet)
    images = imported.plan.labels.images
    assert set(images.loc[images["source"].str.contains("/e"), "use"]) == {use}
    assert sum(imported.to_json()["splits"].values()) == used
    assert imported.to_json()["unmatched"]["images"] == 2


def test_a_picture_whose_only_class_was_dropped_is_background(settings: Settings, tmp_path: Path) -> None:
    labels = {f"p{number}": ["cat 4 4 24 24"] for number in range(6)} | {"dogs": ["dog 4 4 24 24"]}
    source = Source(labels).write(tmp_path / "source")
    options = ImportOptions(class_map={"dog": ""}, empty="unlabelled")
    images = import_dataset(settings, source, options, quiet).plan.labels.images
    assert images.set_index("source").loc["images/dogs.png", "use"] == "background"


def test_pictures_are_copied_from_a_server_folder_so_that_writing_there_changes_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    source = Source().write(tmp_path / "source")
    stored = open_version(settings, import_dataset(settings, source, ImportOptions(), quiet).dataset)
    before = tree_of(stored.images_folder)
    for path in (source / "images").iterdir():
        with path.open("r+b") as handle:
            handle.write(b"overwritten in place")
    assert tree_of(stored.images_folder) == before


def test_a_turned_picture_is_stored_upright_with_its_boxes(settings: Settings, tmp_path: Path) -> None:
    source = Source({f"p{number}": ["cat 4 4 24 24"] for number in range(4)}).write(tmp_path / "source")
    (source / "images" / "p0.png").unlink()
    exif = Image.Exif()
    exif[0x0112] = 6
    # Stored 64 x 48; shown 48 x 64. The second box only fits the stored picture.
    picture((64, 48), 9).save(source / "images" / "p0.jpg", exif=exif)
    (source / "labels" / "p0.txt").write_text("cat 4 4 24 24\ncat 50 0 64 10\n")
    stored = open_version(settings, import_dataset(settings, source, ImportOptions(), quiet).dataset)
    row = stored.labels.images.set_index("source").loc["images/p0.jpg"]
    assert (row["width"], row["height"]) == (48, 64)
    with Image.open(stored.images_folder / row["file_name"]) as image:
        assert image.size == (48, 64)
        assert image.getexif().get(0x0112, 1) == 1
    boxes = stored.labels.annotations.query("image_id == @row.name or image_id == @row.image_id")
    # x' = 48 - y, y' = x.
    assert boxes[["x1", "y1", "x2", "y2"]].to_numpy().tolist() == [[24, 4, 44, 24], [38, 50, 48, 64]]
    assert stored.findings.query("check == 'exif-turn'")["severity"].tolist() == ["fixed"]


def test_a_picture_that_changes_during_the_import_stops_it(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source().write(tmp_path / "source")

    def examine_then_change(*arguments: object) -> object:
        examination = examine(*arguments)  # type: ignore[arg-type]
        picture((64, 48), 99).save(source / "images" / "p3.png")
        return examination

    examine = imports.examine
    monkeypatch.setattr(imports, "examine", examine_then_change)
    with pytest.raises(ConflictError, match=r"p3\.png changed"):
        import_dataset(settings, source, ImportOptions(), quiet)
    assert not (settings.workspace / "datasets").exists()
    assert not (settings.workspace / "uploads").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param({"split": "source"}, "does not say how it is split", id="no split in the source"),
        pytest.param({"split": "70"}, "is no ratio", id="not a ratio"),
        pytest.param({"class_map": {"cow": "dog"}}, "no class 'cow' to map", id="unknown class"),
        pytest.param({"class_map": {"cat": "", "dog": ""}}, "Every class was dropped", id="no class left"),
        pytest.param({"format": "jpeg"}, "no format 'jpeg'", id="unknown format"),
        pytest.param({"group": "folder"}, "only 1 group to fill 3 splits", id="one group"),
        pytest.param({"name": "\n"}, "no usable name", id="unusable name"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    options: dict[str, object], says: str, settings: Settings, tmp_path: Path
) -> None:
    source = Source().write(tmp_path / "source")
    with pytest.raises(AppError, match=says):
        import_dataset(settings, source, ImportOptions(**options), quiet)  # type: ignore[arg-type]
    assert not (settings.workspace / "datasets").exists()


def test_killed_at_any_moment_leaves_the_old_state_or_the_new_one(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    settings = Settings(workspace)
    source = Source({f"p{n}": ["cat 4 4 24 24"] for n in range(60)}, size=(320, 240)).write(tmp_path / "source")
    import_dataset(settings, source, ImportOptions(name="safe"), quiet)
    code = textwrap.dedent(f"""
        from pathlib import Path
        from core.desk.imports import ImportOptions, import_dataset
        from core.settings import Settings
        print("ready", flush=True)
        while True:
            options = ImportOptions(name="safe")
            import_dataset(Settings(Path({str(workspace)!r})), Path({str(source)!r}), options, lambda *_: None)
    """)
    for delay_s in (0.15, 0.4, 0.7):
        worker = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert worker.stdout is not None
        worker.stdout.readline()
        time.sleep(delay_s)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        versions = describe_dataset(settings, "safe")["versions"]
        assert [version["version"] for version in versions] == [f"v{n + 1}" for n in range(len(versions))]
        for version in versions:
            stored = open_version(settings, "safe", version["version"])
            assert len(list(stored.images_folder.iterdir())) == len(stored.labels.images) == 60
    import_dataset(settings, source, ImportOptions(name="safe"), quiet)


def blood_cells(tmp_path: Path) -> Path:
    """The real BCCD set where it lies beside the clone, else a made one with the same layout and faults."""
    target = tmp_path / "bccd"
    if BCCD.is_dir():
        shutil.copytree(BCCD, target)
        return target
    for folder in ("Annotations", "ImageSets/Main", "JPEGImages"):
        (target / folder).mkdir(parents=True)
    names = [f"BloodImage_{number:05d}" for number in range(292)]
    # 3,943 = 292 * 13 + 147 objects; two of them without an area.
    counts = [14] * 147 + [13] * 145
    for seed, (name, count) in enumerate(zip(names, counts, strict=True)):
        picture((64, 48), seed).save(target / "JPEGImages" / f"{name}.jpg")
        kinds = ["WBC", "Platelets"] + ["RBC"] * (count - 2)
        boxes = [(4 * k + 1, 5, 4 * k + 9, 20) for k in range(count)]
        if name in ("BloodImage_00238", "BloodImage_00243"):
            boxes[-1] = (60, 30, 60, 30)
        objects = "".join(
            f"<object><name>{kind}</name><bndbox><xmin>{x1}</xmin><ymin>{y1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax>"
            "</bndbox></object>"
            for kind, (x1, y1, x2, y2) in zip(kinds, boxes, strict=True)
        )
        (target / "Annotations" / f"{name}.xml").write_text(
            f"<annotation><filename>{name}.jpg</filename><size><width>64</width><height>48</height></size>"
            f"{objects}</annotation>"
        )
    (target / "ImageSets/Main/train.txt").write_text("\n".join(names[:205]))
    (target / "ImageSets/Main/val.txt").write_text("\n".join(names[205:]))
    return target


def test_blood_cells_import_as_the_issue_says(settings: Settings, tmp_path: Path) -> None:
    options = ImportOptions(name="bccd", split="source")
    document = import_dataset(settings, blood_cells(tmp_path), options, quiet).to_json()
    assert (document["format"], document["images"], document["annotations"]) == ("voc", 292, 3943)
    assert sorted(entry["name"] for entry in document["classes"]) == ["Platelets", "RBC", "WBC"]
    assert document["splits"] == {"train": 205, "val": 87, "test": 0}
    zero = [finding for finding in document["findings"] if finding["check"] == "zero-area"]
    assert [(finding["severity"], finding["count"]) for finding in zero] == [("fixed", 2)]
    named = {Path(example["image"]).stem for example in zero[0]["examples"]}
    assert named == (
        {"BloodImage_00338", "BloodImage_00343"} if BCCD.is_dir() else {"BloodImage_00238", "BloodImage_00243"}
    )
    assert document["imported"] == {"images": 292, "annotations": 3941}
    assert (document["ready"], document["reasons"]) == (True, [])


def test_the_evaluator_is_tested_on_what_is_imported_and_says_where_cocos_cap_bites(
    settings: Settings, tmp_path: Path
) -> None:
    crowded = [f"cat {x} {y} {x + 3} {y + 3}" for x in range(0, 60, 4) for y in range(0, 40, 5)]
    source = Source({"a": crowded} | {key: ["dog 1 2 30 40"] for key in "bcdefg"}).write(tmp_path / "source")
    inspected = inspect(settings, source, ImportOptions(), quiet).to_json()
    imported = import_dataset(settings, source, ImportOptions(name="ants"), quiet)
    # 15 columns of 8.
    (note,) = imported.to_json()["notes"]
    assert inspected["notes"] == [note]
    assert note.startswith("cat: COCO's cap of 100 detections of a class on a picture leaves out 20 of 120 objects")
    (version,) = describe_dataset(settings, "ants")["versions"]
    tested = version["self_test"]
    assert (tested["passed"], tested["cap"], tested["notes"]) == (True, 120, [note])
    assert [(row["name"], row["ap"]) for row in tested["per_class"]] == [("cat", 1.0), ("dog", 1.0)]
