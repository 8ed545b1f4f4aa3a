"""docs/cli.md against the program: the same verbs, options and defaults; the shape of errors."""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

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


def run(*arguments: str, workspace: Path) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own."""
    command = [sys.executable, "-m", "core", "--workspace", str(workspace), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


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
def test_a_users_mistake_is_one_json_document_and_exit_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    ended = run(*arguments, "--json", workspace=tmp_path)
    assert ended.returncode == 2, ended.stderr
    error = json.loads(ended.stdout)["error"]
    assert set(error) == {"message", "remedy"}
    assert error["message"]
    assert error["remedy"]
    assert "Traceback" not in ended.stderr


def test_without_json_a_mistake_is_text_on_standard_error(tmp_path: Path) -> None:
    ended = run("dataset", "nothing-here", workspace=tmp_path)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "nothing-here" in ended.stderr


def test_an_empty_workspace_lists_nothing(tmp_path: Path) -> None:
    for verb in ("datasets", "runs"):
        ended = run(verb, "--json", workspace=tmp_path)
        assert (ended.returncode, json.loads(ended.stdout)) == (0, [])
