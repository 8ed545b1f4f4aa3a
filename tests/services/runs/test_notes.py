"""Notes, tags and names of runs; no user overwrites another without knowing."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import AppError, ConflictError, DamagedFileError, NotFoundError
from core.services import runs
from core.services.rebuilding import rebuild
from core.services.runs import notes as run_notes
from core.settings import Settings
from core.training.run.status import Phase
from tests.factories.actors import ADA
from tests.factories.runs import RunMaker

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(workspace=tmp_path)


@pytest.fixture
def run(settings: Settings) -> str:
    return RunMaker(name="first").make(settings)


def test_note_tags_and_name_are_part_of_the_run(settings: Settings, run: str) -> None:
    run_notes.write_note(settings, "first", "  better **light**\n", actor=ADA)
    run_notes.change_tags(settings, "first", add=["Good", "night:2"], actor=ADA)
    run_notes.rename(settings, "first", "the one", actor=ADA)
    for state in (runs.describe_run(settings, "the one"), *runs.list_runs(settings)):
        assert (state.run, state.name, state.note) == (run, "the one", "better **light**")
        assert state.tags == ("good", "night:2")


def test_a_note_that_somebody_else_has_changed_is_not_overwritten(settings: Settings, run: str) -> None:
    seen = runs.describe_run(settings, run).note_revision
    run_notes.write_note(settings, run, "from Ada", seen, actor=ADA)
    with pytest.raises(ConflictError, match="It now says: from Ada"):
        run_notes.write_note(settings, run, "from Bob", seen, actor=ADA)
    assert runs.describe_run(settings, run).note == "from Ada"
    run_notes.write_note(settings, run, "from Bob, and from Ada", seen + 1, actor=ADA)
    assert runs.describe_run(settings, run).note == "from Bob, and from Ada"


def test_the_same_note_twice_is_no_conflict_and_an_empty_one_removes_it(settings: Settings, run: str) -> None:
    run_notes.write_note(settings, run, "same", 0, actor=ADA)
    assert run_notes.write_note(settings, run, "same", 0, actor=ADA).revision == 1
    assert run_notes.write_note(settings, run, " ", 1, actor=ADA).note == ""


def test_a_name_that_somebody_else_has_given_is_not_overwritten(settings: Settings, run: str) -> None:
    run_notes.rename(settings, run, "Ada's", seen="first", actor=ADA)
    with pytest.raises(ConflictError, match="Ada's"):
        run_notes.rename(settings, run, "Bob's", seen="first", actor=ADA)
    run_notes.rename(settings, run, "Bob's", seen="Ada's", actor=ADA)
    assert runs.describe_run(settings, run).name == "Bob's"


@pytest.mark.process
def test_tags_that_processes_add_at_the_same_time_are_all_there(settings: Settings, run: str) -> None:
    command = [sys.executable, "-m", "core", "--workspace", str(settings.workspace), "tag", run]
    started = [
        subprocess.Popen([*command, f"+from-{number}", "-nobody"], cwd=ROOT, stdout=subprocess.DEVNULL)
        for number in range(5)
    ]
    assert [process.wait(60) for process in started] == [0] * 5
    assert runs.describe_run(settings, run).tags == tuple(f"from-{number}" for number in range(5))


def test_taking_off_a_tag_that_is_not_there_changes_nothing(settings: Settings, run: str) -> None:
    run_notes.change_tags(settings, run, add=["a", "b"], actor=ADA)
    assert run_notes.change_tags(settings, run, remove=["b", "c"], actor=ADA).tags == ("a",)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            lambda settings, run: run_notes.change_tags(settings, run, add=["two words"], actor=ADA),
            id="a tag of two words",
        ),
        pytest.param(
            lambda settings, run: run_notes.change_tags(settings, run, add=["x" * 25], actor=ADA), id="a long tag"
        ),
        pytest.param(
            lambda settings, run: run_notes.change_tags(settings, run, add=["<b>"], actor=ADA), id="a tag of markup"
        ),
        pytest.param(
            lambda settings, run: run_notes.change_tags(settings, run, add=[f"t{n}" for n in range(13)], actor=ADA),
            id="many tags",
        ),
        pytest.param(
            lambda settings, run: run_notes.write_note(settings, run, "x" * 10_001, actor=ADA), id="a long note"
        ),
        pytest.param(
            lambda settings, run: run_notes.write_note(settings, run, "a\x1b[31m", actor=ADA),
            id="a note with an escape",
        ),
        pytest.param(lambda settings, run: run_notes.rename(settings, run, " ", actor=ADA), id="an empty name"),
        pytest.param(
            lambda settings, run: run_notes.rename(settings, run, "a\nb", actor=ADA), id="a name of two lines"
        ),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(
    settings: Settings, run: str, change: Callable[[Settings, str], object]
) -> None:
    before = runs.describe_run(settings, run)
    with pytest.raises(AppError) as caught:
        change(settings, run)
    assert caught.value.remedy
    assert runs.describe_run(settings, run) == before


def test_an_archived_run_leaves_the_list_until_it_is_asked_for_or_unarchived(settings: Settings, run: str) -> None:
    run_notes.archive(settings, run, actor=ADA)
    assert runs.list_runs(settings) == []
    assert [one.archived for one in runs.list_runs(settings, archived=True)] == [True]
    assert runs.describe_run(settings, "first").run == run
    run_notes.unarchive(settings, run, actor=ADA)
    assert [one.run for one in runs.list_runs(settings)] == [run]


def test_a_living_run_stays_in_view(settings: Settings) -> None:
    run = RunMaker(name="alive", phase=Phase.RUNNING).make(settings)
    with pytest.raises(ConflictError, match="running"):
        run_notes.archive(settings, run, actor=ADA)
    assert len(runs.list_runs(settings)) == 1


def test_all_of_it_survives_the_registrys_database(settings: Settings, run: str) -> None:
    run_notes.write_note(settings, run, "keep me", actor=ADA)
    run_notes.change_tags(settings, run, add=["good"], actor=ADA)
    run_notes.rename(settings, run, "renamed", actor=ADA)
    run_notes.archive(settings, run, actor=ADA)
    before = runs.list_runs(settings, archived=True)
    (settings.workspace / "registry.sqlite").unlink()
    assert runs.list_runs(settings, archived=True) == before
    assert runs.list_runs(settings) == []


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"tags": 3}', '{"revision": "x"}', '{"archived": "long ago"}'])
def test_a_file_spoilt_by_hand_is_written_over_only_when_asked(settings: Settings, run: str, text: str) -> None:
    folder = runs.run_folder(settings, run)
    folder.notes.write_text(text)
    with pytest.raises(DamagedFileError, match=r"notes\.json is damaged"):
        run_notes.change_tags(settings, run, add=["good"], actor=ADA)
    assert folder.notes.read_text() == text
    assert rebuild(settings, run, actor=ADA).put_aside == ["notes.json"]
    run_notes.change_tags(settings, run, add=["good"], actor=ADA)
    assert runs.describe_run(settings, run).tags == ("good",)
    assert folder.notes.with_name("notes.json.damaged").read_text() == text


def test_a_run_that_went_meanwhile_gets_no_note_and_no_folder(
    settings: Settings, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = runs.run_folder(settings, run)
    monkeypatch.setattr(run_notes, "run_folder", lambda *_: folder)
    shutil.rmtree(folder.root)
    with pytest.raises(NotFoundError, match="gone"):
        run_notes.write_note(settings, run, "too late", actor=ADA)
    assert not folder.root.exists()
