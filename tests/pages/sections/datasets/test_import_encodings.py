"""Step 2 of an import: a guessed encoding is settled by a choice between the two likeliest."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.services.datasets import list_datasets, open_version
from core.settings import Settings
from tests.factories.app.label_folders import PLAIN, label_folder
from tests.factories.app.pages import texts, workspace
from tests.pages.sections.datasets.test_import_reading import look_at, press

CAT = "\u043a\u043e\u0442"
NAMES = f"{CAT} **<b>$x$</b>**\n\u0441\u043e\u0431\u0430\u043a\u0430\n"


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    return workspace(monkeypatch, tmp_path / "workspace")


def source_of(folder: Path) -> Path:
    source = label_folder(folder, [PLAIN, PLAIN])
    (source / "classes.txt").write_bytes(NAMES.encode("cp1251"))
    return source


def is_blocked(app: AppTest) -> bool:
    return next(button for button in app.button if button.label == "Import").disabled


def test_a_guess_is_settled_by_a_choice_and_the_checks_run_again(settings: Settings, tmp_path: Path) -> None:
    app = look_at(source_of(tmp_path / "guessed"))
    (choice,) = (radio for radio in app.radio if radio.label == "Encoding of `classes.txt`")
    assert choice.value is None
    assert len(choice.options) == 2
    assert any(CAT + r" \*\*\<b\>\$x\$\</b\>\*\*" in words for words in choice.options)
    assert is_blocked(app)
    assert "Text in an unknown encoding" in texts(app)

    choice.set_value("cp1251").run()
    assert not app.exception
    assert not is_blocked(app)
    assert "Text in an unknown encoding" not in texts(app)
    press(app, "As detected")
    assert is_blocked(app)

    next(radio for radio in app.radio if radio.label == "Encoding of `classes.txt`").set_value("cp1251").run()
    app.text_input(key="import-ratio").input("50/50").run()
    press(app, "Import")
    (summary,) = list_datasets(settings)
    opened = open_version(settings, summary.id)
    assert opened.labels.class_names == NAMES.strip().split("\n")
    assert opened.facts["options"]["encodings"] == {"classes.txt": "cp1251"}


def test_a_source_in_utf_8_asks_nothing(settings: Settings, tmp_path: Path) -> None:
    app = look_at(label_folder(tmp_path / "plain", [PLAIN]))
    assert not [radio for radio in app.radio if radio.label.startswith("Encoding")]
