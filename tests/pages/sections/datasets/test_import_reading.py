"""Step 2 of an import: how labels were read, and how a reading is overruled."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.services.datasets import list_datasets
from core.settings import Settings
from core.workspace.datasets import VersionFolder, load_columns
from core.workspace.layout import Layout
from tests.factories.app.label_folders import CENTRES_PX, PLAIN, SWAPPED, UNCLEAR, label_folder
from tests.factories.app.pages import open_page, texts, workspace
from tests.labels.formats.test_group_keys import two_formats
from tests.services.datasets.test_ignored_and_attributes import kitti

CONFLICT = {"classes.txt": "cat\n**dog** <b>$x$</b>\n", "data.yaml": "names: [dog, cat]\n"}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    return workspace(monkeypatch, tmp_path / "workspace")


def look_at(source: Path) -> AppTest:
    """The import page after it inspected a folder on the server."""
    return choose_folder(open_page("datasets"), source)


def choose_folder(app: AppTest, source: Path) -> AppTest:
    app.segmented_control(key="import-way").set_value("folder").run()
    app.text_input(key="import-folder").input(str(source)).run()
    return press(app, "Inspect")


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def reading_of(app: AppTest, group: str) -> object:
    """The control with a group's readings."""
    return next(each for each in app.segmented_control if str(each.key).endswith(f"-{group}"))


def choose(app: AppTest, group: str, reading: str) -> AppTest:
    reading_of(app, group).set_value(reading).run()  # type: ignore[attr-defined]
    assert not app.exception
    return app


def test_a_reading_is_said_with_its_evidence_and_a_rival_chosen_at_a_click(settings: Settings, tmp_path: Path) -> None:
    app = look_at(label_folder(tmp_path / "centres", [CENTRES_PX]))
    assert reading_of(app, "labels#5").value == "absolute-centre"  # type: ignore[attr-defined]
    assert "3 of 3 boxes would need a repair" in texts(app)
    assert "0 of 3 boxes need a repair" in texts(app)

    choose(app, "labels#5", "absolute")
    assert "3 of 3 boxes need a repair" in texts(app)
    assert "Boxes with swapped corners" in texts(app)

    press(app, "As detected")
    assert reading_of(app, "labels#5").value == "absolute-centre"  # type: ignore[attr-defined]
    assert "Boxes with swapped corners" not in texts(app)
    assert not app.warning


def test_a_reading_that_was_chosen_is_imported(settings: Settings, tmp_path: Path) -> None:
    app = look_at(label_folder(tmp_path / "centres", [CENTRES_PX]))
    press(choose(app, "labels#5", "corner-size-px"), "Import")
    (summary,) = list_datasets(settings)
    folder = VersionFolder(Layout(settings.workspace).version(summary.id, summary.version))
    boxes = load_columns(folder, "annotations", ["x1", "y1", "x2", "y2"])
    assert boxes.iloc[0].tolist() == [160, 120, 220, 160]


def test_a_group_that_blocks_asks_for_a_choice(settings: Settings, tmp_path: Path) -> None:
    app = look_at(label_folder(tmp_path / "swapped", [SWAPPED, SWAPPED]))
    assert any("can be read in more than one way" in warning.value for warning in app.warning)
    assert reading_of(app, "labels#5").value is None  # type: ignore[attr-defined]
    assert "Drawn as corners in pixels" in texts(app)
    choose(app, "labels#5", "absolute")
    assert not any("can be read in more than one way" in warning.value for warning in app.warning)


def test_unclear_rows_are_settled_by_their_kind(settings: Settings, tmp_path: Path) -> None:
    app = look_at(label_folder(tmp_path / "unclear", [UNCLEAR, PLAIN]))
    choose(app, "labels#7", "box")
    assert reading_of(app, "labels#7:box").value == "normalised"  # type: ignore[attr-defined]
    press(app, "As detected")
    assert reading_of(app, "labels#7").value is None  # type: ignore[attr-defined]


def test_lists_in_conflict_are_offered_and_their_names_are_text(settings: Settings, tmp_path: Path) -> None:
    app = look_at(label_folder(tmp_path / "conflict", [PLAIN], CONFLICT))
    choice = next(radio for radio in app.radio if radio.label.startswith("Class names of"))
    assert choice.value is None
    assert r"\*\*dog\*\* \<b\>\$x\$\</b\>" in choice.options[1]

    choice.set_value("data.yaml").run()
    assert not app.exception
    assert "Lists of classes that disagree" not in texts(app)
    assert not next(button for button in app.button if button.label == "Import").disabled
    press(app, "As detected")
    assert next(button for button in app.button if button.label == "Import").disabled


def test_numbers_from_1_are_settled_by_a_button(settings: Settings, tmp_path: Path) -> None:
    source = label_folder(tmp_path / "shifted", ["1 0.5 0.5 0.2 0.2\n2 0.3 0.3 0.2 0.2\n"])
    app = look_at(source)
    assert "Do the numbers start at 0 or at 1?" in texts(app)
    press(app, "At 1: class 1 is cat")
    assert "Do the numbers start at 0 or at 1?" not in texts(app)
    assert app.segmented_control(key="import-first-id").value == 1


def test_everything_in_the_source_is_accounted_for(settings: Settings, tmp_path: Path) -> None:
    app = look_at(label_folder(tmp_path / "part", [UNCLEAR, PLAIN, "0 0.5 0.5 0 0.2\n"]))
    (table,) = [each.proto.body for each in app.html if "accounts" in each.proto.body]
    rows = [line.split("<td")[1:] for line in table.split("<tr>")[2:]]
    plain = [[cell.split(">", 1)[1].split("</td")[0] for cell in row] for row in rows]
    assert plain[0] == ["Images", "3", "3", "0", "0"]
    assert plain[2][:4] == ["Objects", "5", "2", "2"]
    assert "without an area: 1" in plain[2][4]


def test_a_changed_threshold_runs_the_checks_again(settings: Settings, tmp_path: Path) -> None:
    app = look_at(label_folder(tmp_path / "plain", [PLAIN]))
    assert "Tiny boxes" not in texts(app)
    app.number_input(key="import-threshold-tiny_object").set_value(90)
    press(app, "Check again")
    assert any("Tiny" in option for radio in app.radio for option in radio.options)
    press(app, "Back to the defaults")
    assert app.number_input(key="import-threshold-tiny_object").value == 4
    assert not any("Tiny" in option for radio in app.radio for option in radio.options)


def test_another_source_starts_without_the_choices_of_the_last(settings: Settings, tmp_path: Path) -> None:
    app = look_at(label_folder(tmp_path / "one", [CENTRES_PX]))
    choose(app, "labels#5", "absolute")
    press(app, "Choose another source")
    choose_folder(app, label_folder(tmp_path / "two", [CENTRES_PX]))
    assert reading_of(app, "labels#5").value == "absolute-centre"  # type: ignore[attr-defined]


def test_files_in_px_keep_their_reading_when_that_of_the_others_is_chosen(settings: Settings, tmp_path: Path) -> None:
    app = look_at(label_folder(tmp_path / "mixed", [PLAIN, "0 10 10 90 90\n"]))
    before = reading_of(app, "labels#5:px").value  # type: ignore[attr-defined]
    choose(app, "labels#5", "corner-size-share")
    assert reading_of(app, "labels#5").value == "corner-size-share"  # type: ignore[attr-defined]
    assert reading_of(app, "labels#5:px").value == before  # type: ignore[attr-defined]


def test_a_choice_that_no_label_goes_by_any_more_can_be_forgotten(settings: Settings, tmp_path: Path) -> None:
    app = look_at(label_folder(tmp_path / "unclear", [UNCLEAR, PLAIN]))
    choose(choose(app, "labels#7", "box"), "labels#7:box", "corner-size-share")
    # The kind is taken back, but not the reading of its boxes.
    app.session_state["import-readings"] = {"labels#7:box": "corner-size-share"}
    app.run()
    assert "No label goes by the reading chosen for `labels#7:box`." in texts(app)
    press(app, "Forget it")
    assert app.session_state["import-readings"] == {}


def test_ignored_regions_are_named_where_they_are_drawn(settings: Settings, tmp_path: Path) -> None:
    words = "Hatched regions are ignored"
    assert words in texts(look_at(kitti(tmp_path / "kitti")))
    assert words not in texts(look_at(label_folder(tmp_path / "plain", [PLAIN])))


def test_of_two_formats_with_one_key_each_has_its_own_choice(settings: Settings, tmp_path: Path) -> None:
    app = look_at(two_formats(tmp_path / "two"))
    choose(app, "voc:labels#5", "corner-size-px")
    assert reading_of(app, "voc:labels#5").value == "corner-size-px"  # type: ignore[attr-defined]
    assert reading_of(app, "text:labels#5").value == "normalised"  # type: ignore[attr-defined]
    press(app, "As detected")
    assert reading_of(app, "voc:labels#5").value == "absolute"  # type: ignore[attr-defined]
