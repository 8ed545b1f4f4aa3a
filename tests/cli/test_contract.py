"""docs/cli.md against the program: the same verbs, options and defaults; the shape of errors."""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.__main__ import main
from core.cli.parser import build_parser

ROOT = Path(__file__).parents[2]
# A pipe inside back quotes does not occur in the table, so a row splits at each pipe.
ROWS = [line.split("|")[1:-1] for line in (ROOT / "docs/cli.md").read_text().splitlines() if line.startswith("| `")]


def verbs() -> dict[str, argparse.ArgumentParser]:
    """The program's own verbs."""
    action = next(a for a in build_parser()._actions if isinstance(a, argparse._SubParsersAction))
    return dict(action.choices)


def documented() -> dict[str, set[str]]:
    """The options of each verb on the page."""
    found = {row[0].split("`")[1].split()[0]: set(re.findall(r"`(--[a-z-]+)`", row[1])) for row in ROWS}
    found["import"] |= found["inspect"]
    return found


def run(*arguments: str, workspace: Path) -> int:
    """The program in this process; its exit code."""
    return main(["--workspace", str(workspace), *arguments])


def test_the_page_names_every_verb_and_no_other() -> None:
    assert set(documented()) == set(verbs())


@pytest.mark.parametrize("verb", sorted(verbs()))
def test_the_page_names_every_option_of(verb: str) -> None:
    options = {flag for action in verbs()[verb]._actions for flag in action.option_strings if flag.startswith("--")}
    assert options - {"--json", "--help"} == documented()[verb]


@pytest.mark.parametrize(
    ("option", "verb", "default"),
    [
        (o, row[0].split("`")[1].split()[0], d)
        for row in ROWS
        for o, d in re.findall(r"`(--[a-z]+)` \((\w[\w.]*)\)", row[1])
    ],
)
def test_the_page_states_the_default_of(option: str, verb: str, default: str) -> None:
    action = verbs()[verb]._option_string_actions[option]
    assert str(action.default) == default


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("import",),
        ("evaluate",),
        ("evaluate", "--truth", "x.json"),
        ("train", "nothing-here", "--set", "SOLVER.BASE_LR"),
        ("dataset", "nothing-here"),
        ("run", "nothing-here"),
        ("inspect", "no/such/folder"),
        ("demo", "out", "--images", "many"),
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_a_users_mistake_is_one_json_document_and_exit_2(
    arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(*arguments, "--json", workspace=tmp_path)
    printed = capsys.readouterr()
    assert code == 2, printed.err
    error = json.loads(printed.out)["error"]
    assert set(error) == {"message", "remedy"}
    assert error["message"]
    assert error["remedy"]
    assert "Traceback" not in printed.err


def test_without_json_a_mistake_is_text_on_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("dataset", "nothing-here", workspace=tmp_path) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "nothing-here" in printed.err


@pytest.mark.parametrize("verb", ["datasets", "runs"])
def test_an_empty_workspace_lists_nothing(verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(verb, "--json", workspace=tmp_path) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_bug_of_ours_is_exit_1_with_a_document_and_its_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("core.services.runs.list_runs", broken)
    assert run("runs", "--json", workspace=tmp_path) == 1
    printed = capsys.readouterr()
    assert "planted" in json.loads(printed.out)["error"]["message"]
    assert "Traceback" in printed.err


@pytest.mark.process
def test_the_whole_program_keeps_standard_output_to_one_document(tmp_path: Path) -> None:
    """In a process of its own: nothing but the document on standard output, the bar on standard error."""
    command = [sys.executable, "-m", "core", "demo", str(tmp_path / "demo"), "--images", "4", "--size", "96", "--json"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    document = json.loads(ended.stdout)
    assert (document["images"], len(document["classes"])) == (4, 3)
    assert "%" in ended.stderr


def test_from_a_folder_to_a_listed_data_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """demo, inspect, import, datasets and dataset agree with each other and with the contract's keys."""
    run("demo", str(tmp_path / "d"), "--images", "12", "--size", "96", "--json", workspace=tmp_path / "w")
    made = json.loads(capsys.readouterr().out)
    run("inspect", str(tmp_path / "d"), "--json", workspace=tmp_path / "w")
    seen = json.loads(capsys.readouterr().out)
    assert run("import", str(tmp_path / "d"), "--name", "tiles", "--json", workspace=tmp_path / "w") == 0
    imported = json.loads(capsys.readouterr().out)
    inspected = {"format", "images", "annotations", "classes", "unmatched", "evidence", "findings", "notes"}
    assert set(seen) >= inspected
    assert set(imported) >= inspected | {"dataset", "version", "imported", "splits", "ready", "reasons"}
    assert seen["format"] == "text"
    assert seen["images"] == imported["images"] == made["images"] == 12
    assert seen["annotations"] == made["annotations"]
    assert sum(imported["splits"].values()) == imported["imported"]["images"]
    run("datasets", "--json", workspace=tmp_path / "w")
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["id"], listed["name"], listed["version"]) == (imported["dataset"], "tiles", imported["version"])
    run("dataset", "tiles", "--json", workspace=tmp_path / "w")
    one = json.loads(capsys.readouterr().out)
    assert len(one["versions"]) == 1


@pytest.mark.parametrize("verb", ["datasets", "runs"])
def test_a_list_as_text_fits_a_terminal(verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("demo", str(tmp_path / "d"), "--images", "6", "--size", "96", workspace=tmp_path / "w")
    run("import", str(tmp_path / "d"), "--name", "tiles", workspace=tmp_path / "w")
    capsys.readouterr()
    assert run(verb, workspace=tmp_path / "w") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert max(len(line) for line in lines) <= 160
