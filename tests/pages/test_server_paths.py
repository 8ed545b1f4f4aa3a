"""Paths that a visitor types, on every page with such a field, when other machines can open the app."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import Settings
from tests.factories.app.demo_upload import demo_folder
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.tiny_dataset import DatasetMaker

REFUSED = "not in a folder that pages may read"


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """A server that others reach, whose pages may read `open`."""
    (tmp_path / "open").mkdir()
    monkeypatch.setenv("DETDESK_OPEN", "1")
    monkeypatch.setenv("DETDESK_FOLDERS", str(tmp_path / "open"))
    return workspace(monkeypatch, tmp_path / "workspace")


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def test_a_folder_is_imported_from_below_the_folders_only(shared: Settings, tmp_path: Path) -> None:
    inside, outside = (demo_folder(tmp_path / name, images=8, faults=False) for name in ("open/set", "set"))
    app = open_page("datasets")
    app.segmented_control(key="import-way").set_value("folder").run()
    app.text_input(key="import-folder").input(str(outside)).run()
    press(app, "Inspect")
    assert REFUSED in texts(app)
    app.text_input(key="import-folder").input(str(inside)).run()
    press(app, "Inspect")
    assert "What was found" in " ".join(head.value for head in app.subheader)


def test_without_folders_none_is_asked_for(shared: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DETDESK_FOLDERS")
    assert open_page("datasets").segmented_control(key="import-way").options == ["An archive", "Loose files"]


@pytest.mark.parametrize("field", range(3), ids=["truth", "detections", "images"])
def test_files_are_evaluated_from_below_the_folders_only(shared: Settings, tmp_path: Path, field: int) -> None:
    app = open_page("evaluate")
    for number, name in enumerate(("truth.json", "found.json", "images")):
        folder = tmp_path if number == field else tmp_path / "open"
        (folder / name).write_text(json.dumps({}))
        app.text_input[number].input(str(folder / name))
    press(app, "Evaluate files")
    assert REFUSED in texts(app)


def test_a_model_is_added_and_weights_are_taken_from_below_the_folders_only(shared: Settings, tmp_path: Path) -> None:
    dataset = DatasetMaker().make(shared)
    weights = tmp_path / "model_final.pth"
    weights.write_bytes(b"secret")
    app = open_page("train", dataset=dataset)
    app.segmented_control(key="train:model-kind").set_value("Custom").run()
    fields = {field.label: field for field in app.text_input}
    fields["Path of config.yaml on the server"].input(str(tmp_path / "config.yaml"))
    fields["Path of the weights on the server"].input(str(weights))
    press(app, "Add")
    assert REFUSED in texts(app)

    app = open_page("train", dataset=dataset)
    app.segmented_control(key="train:source").set_value("file").run()
    next(field for field in app.text_input if field.label.startswith("Path of a .pth")).input(str(weights)).run()
    assert REFUSED in texts(app)
    assert app.button(key="train-start").disabled
