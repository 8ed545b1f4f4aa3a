"""The image pass runs beside the page: it can be watched, waited for, stopped, and goes on where it stopped."""

import threading
from pathlib import Path

import pytest

from core.errors import AppError
from core.labels.images import scan
from core.services.datasets import ImportOptions, import_dataset, inspect
from core.services.datasets.image_pass import ImagePass
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.progress import silent
from tests.factories.sources import Source


def test_its_result_is_imported_without_another_pass(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source().write(tmp_path / "source")
    inspection = ImagePass(settings, inspect(settings, source, ImportOptions(), silent)).wait(silent)
    assert inspection.examination.has_pixels
    assert (inspection.examination.facts["bytes_hash"] != "").all()
    monkeypatch.setattr(scan, "read_fact", lambda *_: pytest.fail("an image was read again"))
    options = ImportOptions(name="x", split="50/50")
    assert import_dataset(settings, source, options, silent, inspection=inspection, actor=ADA).version == "v1"


def test_it_tells_how_far_it_is_and_goes_on_where_it_was_stopped(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, read_fact = Source().write(tmp_path / "source"), scan.read_fact
    held, read = threading.Event(), list[str]()

    def read_slowly(image_id: int, path: Path, *arguments: object) -> scan.ImageFact:
        read.append(path.name)
        if path.name == "p7.png":
            held.wait(60)
        return read_fact(image_id, path, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(scan, "read_fact", read_slowly)
    inspection = inspect(settings, source, ImportOptions(), silent)
    stopped = ImagePass(settings, inspection)
    stopped.stop()
    held.set()
    with pytest.raises(AppError, match="stopped"):
        stopped.wait(silent)
    assert not stopped.inspection.examination.has_pixels
    first = set(read)
    read.clear()
    assert ImagePass(settings, inspection).wait(silent).examination.has_pixels
    assert set(read) == {f"p{number}.png" for number in range(8)} - first


def test_a_fault_is_told_to_who_waits(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inspection = inspect(settings, Source().write(tmp_path / "source"), ImportOptions(), silent)
    monkeypatch.setattr(scan, "read_fact", lambda *_: 1 / 0)
    with pytest.raises(AppError, match="ZeroDivisionError"):
        ImagePass(settings, inspection).wait(silent)
