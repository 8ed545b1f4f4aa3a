"""The verbs about notes, tags, the archive and the trash, as a user types them."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main
from core.settings import Settings
from tests.factories.runs import RunMaker


class Shell:
    """Types commands into one workspace."""

    def __init__(self, workspace: Path, printed: pytest.CaptureFixture[str]) -> None:
        self.workspace, self._printed = workspace, printed

    def __call__(self, *arguments: str, code: int = 0) -> Any:
        self._printed.readouterr()
        assert main(["--workspace", str(self.workspace), *arguments]) == code
        return json.loads(self._printed.readouterr().out)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    RunMaker(name="first").make(Settings(workspace=tmp_path))
    return Shell(tmp_path, capsys)


def test_a_run_is_noted_tagged_and_renamed(shell: Shell) -> None:
    assert shell("note", "first", "better light", "--json")["note"] == "better light"
    assert shell("tag", "first", "+good", "+night", "--json")["tags"] == ["good", "night"]
    assert shell("tag", "--json", "first", "-night", "+day")["tags"] == ["day", "good"]
    assert shell("rename", "first", "second", "--json")["name"] == "second"
    state = shell("run", "second", "--json")
    assert (state["note"], state["tags"], state["archived"], state["samples"]) == (
        "better light",
        ["day", "good"],
        False,
        [],
    )
    assert shell("note", "second", "", "--json")["note"] == ""


def test_an_archived_run_is_listed_on_request(shell: Shell) -> None:
    assert shell("archive", "first", "--json")["archived"] is True
    assert shell("runs", "--json") == []
    assert [run["name"] for run in shell("runs", "--archived", "--json")] == ["first"]
    assert shell("unarchive", "first", "--json")["archived"] is False
    assert len(shell("runs", "--json")) == 1


def test_a_run_goes_into_the_trash_and_back_and_at_last_for_good(shell: Shell) -> None:
    deleted = shell("delete", "first", "--json")
    assert set(deleted) == {"run", "name", "dataset", "deleted", "bytes", "days_left", "damaged", "actor"}
    assert [run["run"] for run in shell("trash", "--json")] == [deleted["run"]]
    assert shell("runs", "--archived", "--json") == []
    assert shell("restore", "first", "--json")["run"] == deleted["run"]
    assert shell("trash", "--json") == []
    shell("delete", "first", "--json")
    assert shell("trash", "--purge", "first", "--json") == []
    assert "no deleted run" in shell("restore", "first", "--json", code=2)["error"]["message"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("tag", "first"),
        ("tag", "first", "good"),
        ("tag", "first", "+two words"),
        ("note", "first"),
        ("rename", "first", ""),
        ("archive", "nobody"),
        ("delete", "nobody"),
        ("trash", "--purge", "nobody"),
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_a_users_mistake_is_exit_2_with_what_to_do(shell: Shell, arguments: tuple[str, ...]) -> None:
    error = shell(*arguments, "--json", code=2)["error"]
    assert error["message"]
    assert error["remedy"]
