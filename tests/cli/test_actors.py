"""Changes by the command line are stored with their actor: `DETDESK_USER`, else the user of the operating system."""

from pathlib import Path
from typing import Any

import pytest

from core.actor import process_actor
from core.files import read_json, read_json_lines, write_json
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.training.run.folder import RunFolder
from core.training.run.status import Phase
from core.workspace.layout import Layout
from tests.cli.test_thresholds import Shell
from tests.factories.coco_files import write_files
from tests.factories.custom_models import stored_custom_model
from tests.factories.label_issues import LabelIssuesMaker
from tests.factories.runs import RunMaker
from tests.factories.sources import Source

ADA = {"name": "ada", "source": "command line"}


class Terminal(Shell):
    """The user ada at a workspace with a run and its evaluations; launched workers do nothing."""

    @property
    def settings(self) -> Settings:
        return Settings(workspace=self.workspace)

    def file(self, kind: str, key: str, *names: str) -> Any:
        """A JSON file in the folder of an item."""
        return read_json(Layout(self.workspace).folder(kind, key).joinpath(*names))


@pytest.fixture
def services(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("DETDESK_USER", "ada")
    monkeypatch.setattr(LocalLauncher, "spawn", lambda self, folder: None)
    return Terminal(tmp_path / "workspace", capsys)


def test_an_import_keeps_who_made_the_version_and_its_content_hash_does_not_depend_on_it(
    services: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source().write(tmp_path / "source")
    services("import", str(source), "--name", "animals")
    monkeypatch.setenv("DETDESK_USER", "Bob the 2nd")
    services("import", str(source), "--name", "animals")

    first, second = services("dataset", "animals")["versions"]

    assert (first["actor"], second["actor"]["name"]) == (ADA, "Bob the 2nd")
    assert first["content_hash"] == second["content_hash"]
    assert services.file("dataset", "animals", "versions", "v1", "version.json")["actor"] == ADA


def test_a_start_keeps_who_started_it_and_a_repetition_who_repeated_it(
    services: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = services("train", "shapes", "--preset", "quick")["run"]
    monkeypatch.setenv("DETDESK_USER", "bob")
    again = services("train", "--like", run)["run"]
    of_seeds = [row["run"] for row in services("train", "shapes", "--seeds", "2")["runs"]]

    assert services.file("run", run, "job.json")["actor"] == services("run", run)["actor"] == ADA
    names = {row["run"]: row["actor"] and row["actor"]["name"] for row in services("runs")}
    assert names == {run: "ada", again: "bob", **dict.fromkeys(of_seeds, "bob"), services.run: None}


def test_without_a_name_it_is_the_user_of_the_operating_system(
    services: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DETDESK_USER")
    run = services("train", "shapes")["run"]
    assert services("run", run)["actor"] == process_actor("", "command line").to_json()


def test_notes_tell_their_author_and_who_changed_them_last(services: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert services("note", services.run, "better light")["note_author"] == ADA
    monkeypatch.setenv("DETDESK_USER", "bob")
    assert services("tag", services.run, "+good")["note_author"] == ADA
    assert services.file("run", services.run, "notes.json")["actor"]["name"] == "bob"
    services("archive", services.run)
    monkeypatch.setenv("DETDESK_USER", "ada")
    services("unarchive", services.run)
    assert services.file("run", services.run, "notes.json")["actor"] == ADA


def test_what_has_no_file_of_its_own_is_in_the_history_of_the_run(services: Terminal) -> None:
    services("rename", services.run, "second")
    services("extend", services.run, "--iterations", "5")
    services("stop", services.run)
    stopped = RunMaker(name="stopped", phase=Phase.STOPPED, dataset="shapes").make(services.settings)
    services("resume", stopped)

    changes = services("run", services.run)["history"]

    assert [(change["did"], change["actor"]) for change in changes] == [
        ("renamed", ADA),
        ("extended", ADA),
        ("stopped", ADA),
    ]
    assert [change["did"] for change in services("run", stopped)["history"]] == ["resumed"]


def test_the_trash_tells_who_deleted_a_run_and_what_is_gone_is_told_by_the_workspace(
    services: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert services("delete", services.run)["actor"] == ADA
    monkeypatch.setenv("DETDESK_USER", "bob")
    assert services("restore", services.run)["history"] == []
    assert services("delete", services.run)["actor"]["name"] == "bob"
    (row,) = services("trash")
    assert row["actor"]["name"] == "bob"

    services("trash", "--purge", services.run)

    known, _ = read_json_lines(services.workspace / "history.jsonl")
    assert [(one["did"], one["about"], one["actor"]["name"]) for one in known] == [
        ("deleted", services.run, "ada"),
        ("restored", services.run, "bob"),
        ("deleted", services.run, "bob"),
        ("removed for good", services.run, "bob"),
    ]


def test_an_evaluation_keeps_who_asked_for_it(services: Terminal, tmp_path: Path) -> None:
    truth, found = write_files(tmp_path)
    key = services("evaluate", "--truth", str(truth), "--detections", str(found))["evaluation"]
    assert services.file("evaluation", key, "request.json")["actor"] == ADA
    services("intervals", key, "--resamples", "100")
    assert services.file("evaluation", key, "intervals-100-0.json")["actor"] == ADA


def test_decisions_and_the_version_that_they_make_keep_who_made_them(
    services: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    label_issues = LabelIssuesMaker(name="doubted").make(services.settings)
    ids = [str(row["id"]) for row in services("suspects", label_issues)["suspects"]]
    services("suspects", label_issues, "--accept", ids[0])
    monkeypatch.setenv("DETDESK_USER", "bob")
    rows = services("suspects", label_issues, "--reject", ids[1], "--apply")["suspects"]

    names = {str(row["id"]): row["actor"] and row["actor"]["name"] for row in rows}
    assert names == {ids[0]: "ada", ids[1]: "bob", ids[2]: None}
    kept = services.file("dataset", "doubted", "decisions", "v1.json")["decisions"]
    assert {one["actor"]["name"] for one in kept} == {"ada", "bob"}
    assert [
        version["actor"] and version["actor"]["name"] for version in services("dataset", "doubted")["versions"]
    ] == [
        None,
        "bob",
    ]


def test_an_opening_of_test_scores_and_a_stored_threshold_keep_who_did_it(services: Terminal) -> None:
    (opening,) = services("seal", services.test, "--open")["openings"]
    assert (opening["actor"], opening["from"]) == (ADA, "command line")
    assert services("threshold", services.run, "--by", "f1", "--store")["stored"]["actor"] == ADA
    assert services.file("run", services.run, "thresholds.json")["actor"] == ADA


def test_a_rebuilt_item_keeps_who_rebuilt_it(services: Terminal) -> None:
    RunFolder(Layout(services.workspace).folder("run", services.run)).notes.write_text("{")
    services("rebuild", services.run)
    (change,) = services("run", services.run)["history"]
    assert (change["did"], change["actor"]) == ("rebuilt notes.json", ADA)


@pytest.mark.parametrize(
    "actor",
    [
        pytest.param({"name": "eve\u0000", "source": "page"}, id="a null byte"),
        pytest.param({"name": 5}, id="a number"),
        pytest.param("ada", id="text"),
        pytest.param(None, id="null"),
    ],
)
def test_a_damaged_actor_is_unknown_in_every_file_and_nothing_else_is_lost(services: Terminal, actor: object) -> None:
    model = stored_custom_model(services.settings, "cranes", ("red", "blue"))
    services("note", services.run, "still here")
    services("seal", services.test, "--open")
    services("threshold", services.run, "--by", "f1", "--store")
    layout = Layout(services.workspace)
    run, dataset = layout.folder("run", services.run), layout.folder("dataset", "shapes")
    damaged = [run / name for name in ("job.json", "notes.json", "thresholds.json")]
    damaged += [
        layout.folder("model", model) / "given.json",
        layout.folder("evaluation", services.val) / "request.json",
    ]
    damaged += [dataset / "versions" / "v1" / "version.json", dataset / "openings" / "v1.jsonl"]
    for path in damaged:
        document = {**read_json(path), "actor": actor}
        write_json(path, document)
        if path.suffix == ".jsonl":
            path.write_text(path.read_text().replace("\n", "") + "\n")

    shown = services("run", services.run)
    assert (shown["actor"], shown["note"], shown["damaged"]) == (None, "still here", None)
    assert (shown["threshold"]["actor"], shown["threshold"]["evaluation"]) == (None, services.val)
    assert [row["actor"] for row in services("seal", services.test)["openings"]] == [None]
    assert [row["actor"] for row in services("dataset", "shapes")["versions"]] == [None]
    assert [row["actor"] for row in services("models") if row["model"] == model] == [None]
    assert services("suspects", services.val)["evaluation"] == services.val


def test_a_name_that_is_none_is_refused_before_anything_is_done(
    services: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DETDESK_USER", "ada\nbob")
    assert "DETDESK_USER" in services("rename", services.run, "other", code=2)["error"]["message"]
    monkeypatch.delenv("DETDESK_USER")
    assert services("run", services.run)["name"] == "first look"
