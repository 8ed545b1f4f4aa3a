"""Every page with damaged files: sound items are shown as usual, damaged ones are named with a remedy."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.services import runs
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.damages import JSON_ONLY, WHOLE, Damage
from tests.factories.whole_workspace import Workspace, files_of, make_workspace

_KINDS = ("run", "evaluation", "dataset")
_PREFIX = {"run": "r", "evaluation": "e", "dataset": "ruin", "model": "m"}
# The files that a line of a list needs.
_LISTED = {
    "run": ("run.json", "status.json", "job.json", "recipe.json", "notes.json"),
    "evaluation": ("evaluation.json", "status.json", "request.json", "scores.json"),
    "dataset": ("dataset.json", "versions/v1/version.json", "versions/v1/images.parquet"),
    "model": ("model.json", "given.json", "facts.json"),
}
_WAYS = (*WHOLE.values(), JSON_ONLY["a list"], JSON_ONLY["no UTF-8"])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_workspace(tmp_path_factory.mktemp("ruins") / "workspace")


@pytest.fixture
def ruined(monkeypatch: pytest.MonkeyPatch, made: Workspace, tmp_path: Path) -> Workspace:
    """A copy that the pages of this process show."""
    copied = made.copy(tmp_path / "workspace")
    workspace(monkeypatch, copied.settings.workspace)
    return copied


def ruin(ruined: Workspace, kind: str, file: str, number: int, damage: Damage) -> str:
    """A copy of the item of a kind in which one file is damaged; its id."""
    source = ruined.folder(kind)
    key = f"{_PREFIX[kind]}-{number:06d}"
    target = source.with_name(key)
    shutil.copytree(source, target)
    damage(target / file)
    return key


def ruins(ruined: Workspace, damage: Damage) -> dict[str, list[tuple[str, str]]]:
    """For each file of a list's line an item with this file damaged: (id, file) by kind."""
    return {
        kind: [(ruin(ruined, kind, file, place + 222222, damage), Path(file).name) for place, file in enumerate(files)]
        for kind, files in _LISTED.items()
    }


def check(app: AppTest) -> str:
    """Checks that there is no traceback. Returns all text of the page."""
    assert not app.exception, [one.value for one in app.exception]
    # As the reader sees it: without the escapes of Markdown.
    return texts(app).replace("\\", "")


@pytest.mark.parametrize("damage", [WHOLE["cut"], WHOLE["a folder"]], ids=["cut", "a folder"])
def test_lists_show_every_damaged_item_beside_the_sound_ones(ruined: Workspace, damage: Damage) -> None:
    broken = ruins(ruined, damage)
    for page, kind in (("runs", "run"), ("evaluate", "evaluation"), ("datasets", "dataset")):
        app = open_page(page)
        shown = check(app)
        unsaid = [file for _, file in broken[kind] if file not in shown]
        assert not unsaid, f"{page} does not say that these are damaged"
        assert f"sound {'set' if kind == 'dataset' else kind}" in shown + _labels(app)
    check(open_page("overview"))
    assert "sound set" in _labels(open_page("train")) + check(open_page("train", dataset=ruined.sound_dataset))


def _labels(app: AppTest) -> str:
    return " ".join(str(link.proto.label) for link in app.get("page_link")) + " ".join(
        str(one.options) for one in app.selectbox
    )


def files(kind: str, made: Workspace) -> list[str]:
    """Every file of an item of a kind, below its folder."""
    return [name.partition("/")[2] for name in files_of(made) if name.startswith(f"{kind}/")]


@pytest.mark.parametrize("kind", _KINDS)
def test_the_page_of_an_item_with_any_file_damaged_is_no_traceback(
    made: Workspace, ruined: Workspace, kind: str
) -> None:
    page = {"run": "run", "evaluation": "evaluate", "dataset": "dataset"}[kind]
    silent = []
    for number, file in enumerate(files(kind, made)):
        key = ruin(ruined, kind, file, 333333 + number, _WAYS[number % len(_WAYS)])
        shown = check(open_page(page, **{kind: key}))
        if file in _LISTED[kind] and Path(file).name not in shown:
            silent.append(file)
        shutil.rmtree(ruined.folder(kind).with_name(key))
    assert not silent, f"nothing is said of {silent}"


def test_a_damaged_run_is_deleted_by_its_button_and_comes_back(ruined: Workspace) -> None:
    (ruined.folder("run") / "status.json").unlink()
    (ruined.folder("run") / "status.json").write_bytes(b"")
    app = open_page("run", run=ruined.run)
    app.button(key=f"damage-delete-{ruined.run}").click().run()
    assert not app.exception
    assert ruined.run in [one.run for one in runs.list_trash(ruined.settings)]
    assert ruined.run not in [run.run for run in runs.list_runs(ruined.settings, archived=True)]


def test_a_damaged_run_is_rebuilt_by_its_button(ruined: Workspace) -> None:
    (ruined.folder("run") / "status.json").unlink()
    (ruined.folder("run") / "status.json").write_bytes(b"")
    app = open_page("runs")
    app.button(key=f"damage-rebuild-{ruined.run}").click().run()
    check(app)
    assert runs.describe_run(ruined.settings, ruined.run).phase == "finished"


def test_a_damaged_run_in_the_trash_is_listed(ruined: Workspace) -> None:
    path = ruined.settings.workspace / "trash" / ruined.trashed / "run.json"
    path.unlink()
    path.write_bytes(b"{")
    shown = check(open_page("runs", trash="1"))
    assert "broken trash" in shown
    assert "run.json" in shown
