"""Importing what was inspected: what was shown is stored, each image is decoded once, and no change slips in."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import ConflictError
from core.labels.images import scan
from core.services.datasets import ImportOptions, discard, import_dataset, inspect
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.app.uploads import sound_files, zip_of
from tests.factories.progress import silent
from tests.factories.sources import Source, make_image
from tests.factories.trees import tree_of


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each image was decoded to be inspected, by file name."""
    counted, read_fact = Counter[str](), scan.read_fact

    def count(image_id: int, path: Path, *limits: object) -> scan.ImageFact:
        counted[path.name] += 1
        return read_fact(image_id, path, *limits)  # type: ignore[arg-type]

    monkeypatch.setattr(scan, "read_fact", count)
    return counted


def once(*names: str) -> Counter[str]:
    return Counter(dict.fromkeys(names, 1))


def test_a_folder_is_decoded_once_whatever_is_decided_after_the_inspection(
    settings: Settings, tmp_path: Path, decoded: Counter[str]
) -> None:
    source = Source().write(tmp_path / "source")
    inspection = inspect(settings, source, ImportOptions(), silent)
    options = ImportOptions(name="farm", split="60/40", class_map={"cow": "cat"}, seed=3)
    with pytest.raises(Exception, match="no class 'cow'"):
        import_dataset(settings, source, options, silent, inspection=inspection, actor=ADA)
    options = ImportOptions(name="farm", split="60/40", class_map={"dog": "cat"})
    imported = import_dataset(settings, source, options, silent, inspection=inspection, actor=ADA)
    assert (imported.dataset, imported.plan.labels.class_names) == ("farm", ["cat"])
    assert decoded == once(*(f"p{number}.png" for number in range(8)))


@pytest.mark.parametrize("given", ["source", "tree"])
def test_an_archive_is_unpacked_and_decoded_once_and_its_upload_goes(
    given: str, settings: Settings, tmp_path: Path, decoded: Counter[str]
) -> None:
    inspection = inspect(settings, zip_of(tmp_path / "farm.zip", sound_files(6)), ImportOptions(), silent)
    import_dataset(settings, getattr(inspection, given), ImportOptions(), silent, inspection=inspection, actor=ADA)
    assert decoded == once(*(f"a{number}.jpg" for number in range(6)))
    assert not (settings.workspace / "uploads").exists()


def test_an_import_gives_the_same_version_with_and_without_the_inspection(settings: Settings, tmp_path: Path) -> None:
    source, options = Source(unlabelled=("e",)).write(tmp_path / "source"), ImportOptions(split="60/40")
    inspection = inspect(settings, source, ImportOptions(), silent)
    one = import_dataset(settings, source, options, silent, inspection=inspection, actor=ADA)
    other = import_dataset(settings, source, options, silent, actor=ADA)
    assert (one.version, other.version) == ("v1", "v2")
    assert one.plan.labels.images.equals(other.plan.labels.images)
    assert one.to_json() | {"version": ""} == other.to_json() | {"version": ""}


def test_an_inspection_of_another_source_or_reading_is_not_used(settings: Settings, tmp_path: Path) -> None:
    one, other = Source().write(tmp_path / "one"), Source({"q": ["cat 4 4 24 24"]} | Source().labels)
    inspection = inspect(settings, one, ImportOptions(), silent)
    second = other.write(tmp_path / "two")
    imported = import_dataset(settings, second, ImportOptions(), silent, inspection=inspection, actor=ADA)
    assert len(imported.plan.labels.images) == 9
    numbered = Source({f"p{n}": ["0 4 4 24 24", "1 30 10 50 40"] for n in range(8)}).write(tmp_path / "numbered")
    inspection = inspect(settings, numbered, ImportOptions(), silent)
    options = ImportOptions(names=("hen", "fox"))
    assert not inspection.is_of(numbered, options)
    assert import_dataset(
        settings, numbered, options, silent, inspection=inspection, actor=ADA
    ).plan.labels.class_names == [
        "hen",
        "fox",
    ]


def test_an_inspection_whose_unpacked_files_went_is_made_again(settings: Settings, tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "farm.zip", sound_files(6))
    inspection = inspect(settings, archive, ImportOptions(), silent)
    discard(settings, inspection)
    imported = import_dataset(settings, archive, ImportOptions(), silent, inspection=inspection, actor=ADA)
    assert len(imported.plan.labels.images) == 6


def _same_size(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)


CHANGES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "an image": ("images/p3.png", lambda path: make_image((64, 48), 99).save(path)),
    "an image of the same size": ("images/p3.png", _same_size),
    "an image that is removed": ("images/p3.png", Path.unlink),
    "an image that is added": ("images/more.png", lambda path: make_image((64, 48), 99).save(path)),
    "a label file": ("labels/p3.txt", lambda path: path.write_text("cat 1 1 20 20\n")),
    "a label file of the same size": ("labels/p3.txt", lambda path: path.write_text(path.read_text()[::-1])),
    "a label file that is removed": ("labels/p3.txt", Path.unlink),
}


@pytest.mark.parametrize(("name", "change"), CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("packed", [False, True], ids=["folder", "upload"])
def test_a_source_that_changed_after_its_inspection_is_refused(
    packed: bool, name: str, change: Callable[[Path], object], settings: Settings, tmp_path: Path
) -> None:
    source = Source().write(tmp_path / "source")
    if packed:  # images of an upload are linked, not copied
        files: dict[str, bytes | str] = {
            path: (source / path).read_bytes() for path in tree_of(source) if (source / path).is_file()
        }
        source = zip_of(tmp_path / "farm.zip", files)
    inspection = inspect(settings, source, ImportOptions(), silent)
    change(inspection.tree / name)
    with pytest.raises(ConflictError, match=rf"{Path(name).name} (changed|was removed) after") as refused:
        import_dataset(settings, source, ImportOptions(), silent, inspection=inspection, actor=ADA)
    assert "Inspect the source again" in refused.value.remedy
    assert not (settings.workspace / "datasets").exists()


def test_other_files_may_change_between_inspection_and_import(settings: Settings, tmp_path: Path) -> None:
    source = Source().write(tmp_path / "source")
    inspection = inspect(settings, source, ImportOptions(), silent)
    (source / "sync.log").write_text("done")
    assert import_dataset(settings, source, ImportOptions(), silent, inspection=inspection, actor=ADA).version == "v1"
