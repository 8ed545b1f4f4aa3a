"""Step 2 of an import: the range of values of images with 16 or 32 bits."""

from collections import Counter
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.labels.images import scan
from core.services.datasets import ImportOptions, import_dataset, list_datasets, open_version
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.app.uploads import folder_of, sound_files
from tests.factories.progress import silent
from tests.pages.sections.datasets.test_import_reading import choose_folder, look_at, press
from tests.services.datasets.test_known_range import source_of


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    return workspace(monkeypatch, tmp_path / "workspace")


def shown(app: AppTest) -> list[float | None]:
    """The numbers Low and High."""
    return [app.number_input(key=f"import-range-{end}").value for end in ("low", "high")]


def type_in(app: AppTest, end: str, value: float | None) -> AppTest:
    app.number_input(key=f"import-range-{end}").set_value(value).run()
    assert not app.exception
    return app


def stored(settings: Settings) -> list[float]:
    (summary,) = list_datasets(settings)
    kept: list[float] = open_version(settings, summary.id).facts["bit_range"]
    return kept


def said(settings: Settings) -> str:
    """What the findings of the stored version say about the image that was converted."""
    (summary,) = list_datasets(settings)
    findings = open_version(settings, summary.id).findings
    return str(findings.loc[findings["check"] == "image-converted", "message"].item())


def can_import(app: AppTest) -> bool:
    return not next(button for button in app.button if button.label == "Import").disabled


def test_a_source_without_deep_images_has_no_range(settings: Settings, tmp_path: Path) -> None:
    app = look_at(folder_of(tmp_path / "plain", sound_files()))
    assert "Range of values" not in texts(app)


def test_the_measured_range_is_shown_changed_and_stored(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, read_fact = Counter[str](), scan.read_fact

    def counting(image_id: int, path: Path, *rest: object) -> scan.ImageFact:
        read[path.name] += 1
        return read_fact(image_id, path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(scan, "read_fact", counting)
    app = look_at(source_of(tmp_path / "deep", 3000))
    assert shown(app) == [0, 3000]
    assert "1 image of 3 has 16 or 32 bits, with values from 0 to 3,000" in texts(app)
    assert "was measured over all images" in texts(app)

    type_in(app, "high", 1500)
    app.text_input(key="import-ratio").input("50/50").run()
    press(app, "Import")
    assert stored(settings) == [0, 1500]
    assert "(0 to 1,500)" in said(settings)
    assert set(read.values()) == {1}


def test_the_measured_range_is_stored_if_nothing_is_changed(settings: Settings, tmp_path: Path) -> None:
    app = look_at(source_of(tmp_path / "deep", 3000))
    type_in(app, "low", 10)
    press(app, "Automatic")
    assert shown(app) == [0, 3000]
    app.text_input(key="import-ratio").input("50/50").run()
    press(app, "Import")
    assert stored(settings) == [0, 3000]


@pytest.mark.parametrize("low", [3000, 4000.5, None])
def test_a_range_that_does_not_rise_is_refused_in_words(settings: Settings, tmp_path: Path, low: float | None) -> None:
    app = look_at(source_of(tmp_path / "deep", 3000))
    type_in(app, "low", low)
    assert any("darkest" in error.value for error in app.error)
    assert not can_import(app)
    type_in(app, "low", 5)
    assert not app.error
    assert can_import(app)


def test_the_range_of_an_earlier_version_is_the_default(settings: Settings, tmp_path: Path) -> None:
    asked = ImportOptions(name="**scans**", split="50/50", bit_range="0,1000")
    import_dataset(settings, source_of(tmp_path / "first", 1000), asked, silent, actor=ADA)
    app = choose_folder(open_page("datasets", **{"import": "1"}), source_of(tmp_path / "second", 3000))
    assert shown(app) == [0, 3000]
    app.text_input(key="import-name").input("**scans**").run()
    assert not app.exception
    assert shown(app) == [0, 1000]
    assert "by default 0 to 1,000, as in version v1 of `**scans**`" in texts(app)
    app.text_input(key="import-ratio").input("50/50").run()
    press(app, "Import")
    assert stored(settings) == [0, 1000]
    assert "(0 to 1,000)" in said(settings)
