"""What an import leaves in the workspace: copies, versions, hashes, and all or nothing when it is cut off."""

import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from core.errors import ConflictError
from core.services.datasets import ImportOptions, describe_dataset, import_dataset, imports, list_datasets, open_version
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.progress import silent
from tests.factories.sources import Source, make_image
from tests.factories.trees import tree_of

pytestmark = pytest.mark.sweep

ROOT = Path(__file__).parents[3]


def test_a_taken_name_gets_a_new_version_and_the_old_one_stays(settings: Settings, tmp_path: Path) -> None:
    source = Source().write(tmp_path / "source")
    first = import_dataset(settings, source, ImportOptions(name="My animals"), silent, actor=ADA)
    kept = tree_of(settings.workspace / "datasets" / first.dataset / "versions" / "v1")
    second = import_dataset(
        settings, source, ImportOptions(name="My animals", class_map={"dog": ""}), silent, actor=ADA
    )
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
            pool.map(
                lambda folder: import_dataset(settings, folder, ImportOptions(name="same"), silent, actor=ADA), folders
            )
        )
    assert sorted(imported.version for imported in done) == ["v1", "v2", "v3", "v4"]
    assert len(list_datasets(settings)) == 1
    for k, imported in enumerate(done):
        stored = open_version(settings, "same", imported.version)
        assert stored.labels.annotations["x2"].tolist() == [20 + k] * 4


def test_the_content_hash_is_that_of_the_content(settings: Settings, tmp_path: Path) -> None:
    def content(name: str, source: Source) -> str:
        imported = import_dataset(settings, source.write(tmp_path / name), ImportOptions(), silent, actor=ADA)
        return str(describe_dataset(settings, imported.dataset)["content_hash"])

    other_labels = {f"p{number}": ["cat 4 4 24 24", "dog 30 10 50 41"] for number in range(8)}
    first = content("one", Source())
    assert content("two", Source()) == first
    assert content("three", Source(other_labels)) != first
    assert content("four", Source(classes=("cat", "dog", "cow"))) != first
    assert content("five", Source(size=(64, 50))) != first


def test_images_are_copied_from_a_server_folder_so_that_writing_there_changes_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    source = Source().write(tmp_path / "source")
    stored = open_version(settings, import_dataset(settings, source, ImportOptions(), silent, actor=ADA).dataset)
    before = tree_of(stored.images_folder)
    for path in (source / "images").iterdir():
        with path.open("r+b") as handle:
            handle.write(b"overwritten in place")
    assert tree_of(stored.images_folder) == before


def test_a_turned_image_is_stored_upright_with_its_boxes(settings: Settings, tmp_path: Path) -> None:
    source = Source({f"p{number}": ["cat 4 4 24 24"] for number in range(4)}).write(tmp_path / "source")
    (source / "images" / "p0.png").unlink()
    exif = Image.Exif()
    exif[0x0112] = 6
    # Stored 64 x 48; shown 48 x 64. The second box only fits the stored image.
    make_image((64, 48), 9).save(source / "images" / "p0.jpg", exif=exif)
    (source / "labels" / "p0.txt").write_text("cat 4 4 24 24\ncat 50 0 64 10\n")
    stored = open_version(settings, import_dataset(settings, source, ImportOptions(), silent, actor=ADA).dataset)
    row = stored.labels.images.set_index("source").loc["images/p0.jpg"]
    assert (row["width"], row["height"]) == (48, 64)
    with Image.open(stored.images_folder / row["file_name"]) as image:
        assert image.size == (48, 64)
        assert image.getexif().get(0x0112, 1) == 1
    boxes = stored.labels.annotations.query("image_id == @row.name or image_id == @row.image_id")
    # x' = 48 - y, y' = x.
    assert boxes[["x1", "y1", "x2", "y2"]].to_numpy().tolist() == [[24, 4, 44, 24], [38, 50, 48, 64]]
    assert stored.findings.query("check == 'exif-turn'")["severity"].tolist() == ["fixed"]


def test_an_image_that_changes_during_the_import_stops_it(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source().write(tmp_path / "source")

    def examine_then_change(*arguments: object) -> object:
        examination = examine(*arguments)  # type: ignore[arg-type]
        make_image((64, 48), 99).save(source / "images" / "p3.png")
        return examination

    examine = imports.examine
    monkeypatch.setattr(imports, "examine", examine_then_change)
    with pytest.raises(ConflictError, match=r"p3\.png changed"):
        import_dataset(settings, source, ImportOptions(), silent, actor=ADA)
    assert not (settings.workspace / "datasets").exists()
    assert not (settings.workspace / "uploads").exists()


@pytest.mark.process
def test_killed_at_any_moment_leaves_the_old_state_or_the_new_one(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    settings = Settings(workspace=workspace)
    source = Source({f"p{n}": ["cat 4 4 24 24"] for n in range(60)}, size=(320, 240)).write(tmp_path / "source")
    import_dataset(settings, source, ImportOptions(name="safe"), silent, actor=ADA)
    code = textwrap.dedent(f"""
        from pathlib import Path
        from core.actor import SERVER, process_actor
        from core.services.datasets.imports import ImportOptions, import_dataset
        from core.settings import Settings
        print("ready", flush=True)
        while True:
            options = ImportOptions(name="safe")
            settings, actor = Settings(workspace=Path({str(workspace)!r})), process_actor("", SERVER)
            import_dataset(settings, Path({str(source)!r}), options, lambda *_: None, actor=actor)
    """)
    for delay_s in (0.15, 0.4, 0.7):
        worker = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert worker.stdout is not None
        worker.stdout.readline()
        time.sleep(delay_s)
        worker.send_signal(signal.SIGKILL)
        assert worker.wait() == -signal.SIGKILL, "it ended before it was killed"
        versions = describe_dataset(settings, "safe")["versions"]
        assert [version["version"] for version in versions] == [f"v{n + 1}" for n in range(len(versions))]
        for version in versions:
            stored = open_version(settings, "safe", version["version"])
            assert len(list(stored.images_folder.iterdir())) == len(stored.labels.images) == 60
    import_dataset(settings, source, ImportOptions(name="safe"), silent, actor=ADA)
