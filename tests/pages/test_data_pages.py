"""Overview, data sets and one data set, with an empty, a ready and a faulty workspace."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.files import read_json, write_json
from core.labels.images import scan
from core.progress import say_nothing
from core.services.datasets import ImportOptions, import_dataset, list_datasets, open_version
from core.settings import Settings
from pages.widgets import demo_data
from tests.factories.actors import ADA
from tests.factories.app.demo_upload import demo_folder
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.sources import Source
from tests.services.datasets.test_ignored_and_attributes import voc


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    return workspace(monkeypatch, tmp_path / "workspace")


def import_tiles(settings: Settings, source: Path, **options: Any) -> str:
    """Imports a folder of tiles as `tiles`. Returns the data set's id."""
    given = ImportOptions(**{"name": "tiles", "leave_out_blocked": True, **options})
    return import_dataset(settings, source, given, say_nothing, actor=ADA).dataset


def press(app: AppTest, label: str) -> None:
    """Clicks the button with this label, and runs the page."""
    next(button for button in app.button if button.label == label).click().run()


def test_an_empty_workspace_shows_three_steps_and_offers_the_demo(settings: Settings) -> None:
    app = open_page("overview")
    assert not app.exception
    assert [button.label for button in app.button] == ["Make the demo data set", "Train a model", "Evaluate a model"]
    assert [button.disabled for button in app.button] == [False, True, True]


def test_one_click_makes_the_demo_data_set(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_data, "IMAGES", 12)
    app = open_page("overview")
    press(app, "Make the demo data set")
    assert not app.exception
    assert [(dataset.name, dataset.images, dataset.ready) for dataset in list_datasets(settings)] == [
        ("demo", 12, True)
    ]
    assert list((settings.workspace / "uploads").glob("*")) == []


def test_a_data_set_that_is_not_ready_says_why(settings: Settings, tmp_path: Path) -> None:
    # Only one image has the class, so it cannot be in training and in validation.
    source = demo_folder(tmp_path / "tiles", images=8, faults=False)
    with (source / "classes.txt").open("a") as names:
        names.write("crane\n")
    next((source / "labels").glob("*.txt")).write_text("3 10 10 60 60\n")
    key = import_tiles(settings, source)
    app = open_page("dataset", dataset=key)
    assert not app.exception
    assert "class crane has no object in" in texts(app)


@pytest.mark.parametrize("tab", ["Health", "Images", "Statistics", "Classes", "Splits", "Versions"])
def test_every_tab_of_a_faulty_data_set_is_shown(settings: Settings, tmp_path: Path, tab: str) -> None:
    key = import_tiles(settings, demo_folder(tmp_path / "tiles"))
    app = open_page("dataset", dataset=key, tab=tab)
    assert not app.exception
    assert not app.error
    assert app.tabs[0].label == "Health"


def test_images_are_filtered_by_an_attribute_in_the_address(settings: Settings, tmp_path: Path) -> None:
    key = import_tiles(settings, voc(tmp_path / "voc"))
    app = open_page("dataset", dataset=key, tab="Images", attribute="difficult", value="1")
    assert not app.exception
    assert "1 image of 3." in texts(app)
    chosen = {box.label: box.value for box in app.selectbox}
    assert (chosen["Attribute"], chosen["Value"]) == ("difficult", "1")
    next(box for box in app.selectbox if box.label == "Attribute").select("weather").run()
    assert (app.query_params["attribute"], "value" in app.query_params) == ("weather", False)
    assert "3 images of 3." in texts(app)


def test_a_data_set_without_attributes_offers_no_filter_by_them(settings: Settings, tmp_path: Path) -> None:
    key = import_tiles(settings, demo_folder(tmp_path / "tiles"))
    app = open_page("dataset", dataset=key, tab="Images", attribute="difficult")
    assert not app.exception
    assert "Attribute" not in {box.label for box in app.selectbox}


def test_an_image_shows_its_own_attributes(settings: Settings, tmp_path: Path) -> None:
    key = import_tiles(settings, voc(tmp_path / "voc"))
    app = open_page("dataset", dataset=key, tab="Images", image="1")
    assert not app.exception
    assert r"weather\: night" in texts(app)


def test_a_link_of_an_earlier_version_opens_the_tab_of_images(settings: Settings, tmp_path: Path) -> None:
    key = import_tiles(settings, demo_folder(tmp_path / "tiles"))
    app = open_page("dataset", dataset=key, tab="Pictures")
    assert app.session_state["address:tab"] == "Images"
    assert "Click an image to open it." in texts(app)


def test_findings_are_counted_in_full_and_explained(settings: Settings, tmp_path: Path) -> None:
    key = import_tiles(settings, demo_folder(tmp_path / "tiles"))
    app = open_page("dataset", dataset=key, finding="zero-area")
    assert "Blocks training: 5" in texts(app)
    assert "Boxes without an area" in texts(app)
    assert "They were dropped" in texts(app)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        pytest.param({"dataset": "nobody"}, "There is no data set", id="unknown data set"),
        pytest.param({"dataset": "../../etc"}, "There is no data set", id="a path"),
        pytest.param({}, "No data set is chosen", id="none"),
    ],
)
def test_an_invalid_address_shows_a_message(settings: Settings, parameters: dict[str, str], message: str) -> None:
    app = open_page("dataset", **parameters)
    assert message in texts(app)


def test_a_folder_is_inspected_and_imported_step_by_step(settings: Settings, tmp_path: Path) -> None:
    source = demo_folder(tmp_path / "mine")
    app = open_page("datasets")
    app.segmented_control(key="import-way").set_value("folder").run()
    app.text_input(key="import-folder").input(str(source)).run()
    press(app, "Inspect")
    assert not app.exception
    assert [head.value.split()[-1] for head in app.subheader] == ["Choose", "found", "Classes", "split", "Import"]
    button = next(button for button in app.button if button.label == "Import")
    assert button.disabled

    app.checkbox(key="import-leave-out").check().run()
    app.text_input(key="import-ratio").input("50/50").run()
    press(app, "Import")
    (summary,) = list_datasets(settings)
    assert summary.name == "mine"
    assert summary.splits["test"] == 0


def look_at(source: Path) -> AppTest:
    """The import page after it inspected a folder on the server."""
    app = open_page("datasets")
    choose_folder(app, source)
    return app


def choose_folder(app: AppTest, source: Path) -> None:
    app.segmented_control(key="import-way").set_value("folder").run()
    app.text_input(key="import-folder").input(str(source)).run()
    press(app, "Inspect")


def test_objects_are_ignored_by_an_attribute_from_the_page(settings: Settings, tmp_path: Path) -> None:
    app = look_at(voc(tmp_path / "voc"))
    chooser = next(box for box in app.multiselect if box.label == "Ignored objects")
    assert chooser.options == ["difficult = 0 · 5", "difficult = 1 · 1"]
    chooser.select(("difficult", "1")).run()
    next(button for button in app.button if button.label == "Import").click().run()
    assert not app.exception
    opened = open_version(settings, list_datasets(settings)[0].id)
    assert opened.facts["options"]["ignore"] == ["difficult=1"]
    assert opened.labels.annotations["is_crowd"].sum() == 1


def test_an_import_from_the_page_decodes_each_image_once(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded, read_fact = Counter[str](), scan.read_fact

    def count(image_id: int, path: Path, *arguments: Any) -> scan.ImageFact:
        decoded[path.name] += 1
        return read_fact(image_id, path, *arguments)

    monkeypatch.setattr(scan, "read_fact", count)
    app = look_at(Source().write(tmp_path / "mine"))
    app.text_input(key="import-ratio").input("60/40").run()
    press(app, "Import")
    assert not app.exception
    assert [dataset.name for dataset in list_datasets(settings)] == ["mine"]
    assert decoded == {f"p{number}.png": 1 for number in range(8)}


def test_labels_that_changed_since_the_page_showed_them_are_read_again(settings: Settings, tmp_path: Path) -> None:
    source = Source().write(tmp_path / "mine")
    app = look_at(source)
    (source / "labels" / "p3.txt").write_text("cat 1 1 20 20\n")
    press(app, "Import")
    assert not app.exception
    assert r"labels/p3\.txt changed after the source was inspected" in texts(app)
    assert list_datasets(settings) == []
    choose_folder(app, source)
    press(app, "Import")
    (summary,) = list_datasets(settings)
    assert summary.annotations == 15


def test_a_missing_folder_is_refused_with_a_remedy(settings: Settings) -> None:
    app = open_page("datasets")
    app.segmented_control(key="import-way").set_value("folder").run()
    app.text_input(key="import-folder").input("/no/such/folder").run()
    press(app, "Inspect")
    assert "Check the path" in texts(app)
    assert not app.exception


def test_health_shows_the_result_of_the_evaluators_self_test(settings: Settings, tmp_path: Path) -> None:
    key = import_tiles(settings, demo_folder(tmp_path / "tiles", faults=False))
    assert "score AP 100 in 3 classes" in texts(open_page("dataset", dataset=key))

    facts = settings.workspace / "datasets" / key / "versions" / "v1" / "version.json"
    document = read_json(facts)
    document["self_test"] |= {"passed": False, "notes": ["dog: its own objects score AP 0.500 instead of 1.0."]}
    write_json(facts, document)
    app = open_page("dataset", dataset=key)
    assert "score AP 100" not in texts(app)
    assert any("dog" in warning.value for warning in app.warning)

    del document["self_test"]
    write_json(facts, document)
    assert not open_page("dataset", dataset=key).exception
