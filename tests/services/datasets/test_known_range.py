"""The next version of a data set is mapped by the range of the last one."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.services import datasets
from core.services.datasets import ImportOptions, import_dataset, imports, open_version
from core.settings import Settings
from core.workspace.layout import Layout
from tests.factories.actors import ADA
from tests.factories.app.uploads import folder_of, sound_files
from tests.factories.progress import silent


def source_of(path: Path, value: int) -> Path:
    """A data set one of whose images has 16 bits, from 0 to a value."""
    files = sound_files()
    buffer = io.BytesIO()
    Image.fromarray(np.linspace(0, value, 64 * 48).reshape(48, 64).astype(np.uint16)).save(buffer, "PNG")
    del files["images/a0.jpg"]
    return folder_of(path, {**files, "images/a0.png": buffer.getvalue()})


def stored_range(settings: Settings, source: Path, bit_range: str = "") -> list[float]:
    """The range that an import as the data set `deep` keeps."""
    asked = ImportOptions(name="deep", split="50/50", bit_range=bit_range)
    imported = import_dataset(settings, source, asked, silent, actor=ADA)
    kept: list[float] = open_version(settings, imported.dataset).facts["bit_range"]
    return kept


def test_the_next_version_uses_the_range_unless_another_is_given(settings: Settings, tmp_path: Path) -> None:
    assert stored_range(settings, source_of(tmp_path / "first", 1000)) == [0, 1000]
    second = source_of(tmp_path / "second", 3000)
    assert stored_range(settings, second) == [0, 1000]
    inspection = datasets.inspect(settings, second, ImportOptions(name="deep"), silent, images=True)
    said = [f.message for f in inspection.examination.report.findings if f.check == "image-converted"]
    assert "(0 to 1,000)" in said[0]
    assert stored_range(settings, second, bit_range="0,4095") == [0, 4095]
    assert stored_range(settings, second) == [0, 4095]


@pytest.mark.parametrize("kept", [None, [1], "0,1", {}], ids=str)
def test_a_damaged_range_is_as_good_as_none(settings: Settings, tmp_path: Path, kept: object) -> None:
    stored_range(settings, source_of(tmp_path / "first", 1000))
    facts = Layout(settings.workspace).version("deep", "v1") / "version.json"
    facts.write_text(json.dumps({**json.loads(facts.read_text()), "bit_range": kept}))
    assert stored_range(settings, source_of(tmp_path / "second", 3000)) == [0, 3000]


def test_the_automatic_range_is_the_measured_one_or_that_of_the_version_before(
    settings: Settings, tmp_path: Path
) -> None:
    stored_range(settings, source_of(tmp_path / "first", 1000))
    source = source_of(tmp_path / "second", 3000)
    asked = ImportOptions(name="other")
    assert datasets.deep_images(settings, datasets.inspect(settings, source, asked, silent)) is None
    inspection = datasets.inspect(settings, source, asked, silent, images=True)
    deep = datasets.deep_images(settings, inspection)
    assert deep == datasets.DeepImages(count=1, images=3, measured=(0, 3000), automatic=(0, 3000))
    named = datasets.deep_images(settings, inspection, "deep")
    assert named == replace(deep, automatic=(0, 1000), version="v1")
    assert inspection.to_json()["deep_images"] == {"count": 1, "measured": [0, 3000], "range": [0, 3000]}


def test_an_inspection_of_another_range_is_checked_again_and_reads_nothing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = source_of(tmp_path / "deep", 3000)
    inspection = datasets.inspect(settings, source, ImportOptions(), silent, images=True)
    monkeypatch.setattr(imports, "examine", None)
    monkeypatch.setattr(imports, "examine_images", None)
    asked = ImportOptions(bit_range="0,1500")
    again = datasets.check_again(inspection, asked)
    assert ["(0 to 1,500)" in f.message for f in again.findings if f.check == "image-converted"] == [True]
    assert datasets.check_again(again, asked) is again
    imported = import_dataset(settings, source, asked, silent, inspection=inspection, actor=ADA)
    facts = open_version(settings, imported.dataset).facts
    assert (facts["bit_range"], facts["deep_images"]) == ([0, 1500], 1)


def test_a_deep_image_of_a_source_is_shown_by_the_range(settings: Settings, tmp_path: Path) -> None:
    source = source_of(tmp_path / "deep", 3000)

    def brightest(**options: str) -> int:
        inspection = datasets.inspect(settings, source, ImportOptions(**options), silent, images=True)  # type: ignore[arg-type]
        jpeg = datasets.source_image(inspection, "images/a0.png", 64)
        finding = next(finding for finding in inspection.findings if finding.check == "image-converted")
        assert datasets.finding_image(inspection, finding, 64) == jpeg
        with Image.open(io.BytesIO(jpeg)) as image:
            return int(np.asarray(image.convert("L"))[24].mean())

    assert brightest() == pytest.approx(128, abs=3)
    assert brightest(bit_range="0,6000") == pytest.approx(64, abs=3)
