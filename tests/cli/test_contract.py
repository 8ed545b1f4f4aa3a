"""docs/cli.md has the program's verbs, options and defaults; errors have the documented form."""

import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from core.__main__ import main
from core.cli import docs
from core.cli.program import command_of
from core.cli.verbs import ALIASES, VERBS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
# No table has a pipe inside back quotes, so a row splits at each pipe.
TABLE_ROWS = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("| `")]
RECIPE_ROWS = [row for row in TABLE_ROWS if row[0].startswith(" `--")]
ROWS = [row for row in TABLE_ROWS if row not in RECIPE_ROWS]
OPTION = re.compile(r"`(--[a-z-]+)`")


def verb(name: str) -> click.Command:
    """The command that the program runs."""
    command = command_of(name)
    assert command is not None
    return command


def documented() -> dict[str, set[str]]:
    """The options of each verb on the page."""
    recipe = {option for row in RECIPE_ROWS for option in OPTION.findall(row[0])}
    # After `with` and the like a remark names another option.
    named = {
        row[0].split("`")[1].split()[0]: set(OPTION.findall(re.sub(r"\((?:[^()]|\([^()]*\))*\)", "", row[1])))
        | (recipe if "recipe options" in row[1] else set())
        for row in ROWS
    }
    assert recipe
    return named


def run(*arguments: str, workspace: Path) -> int:
    """Run the program in this process and return its exit code."""
    return main(["--workspace", str(workspace), *arguments])


def test_the_page_names_every_verb_and_no_other() -> None:
    assert set(documented()) == set(VERBS)
    assert [row[0].split("`")[1].split()[0] for row in ROWS] == list(VERBS)
    assert all(f"`{alias}`" in PAGE for alias in ALIASES)


def test_the_tables_of_the_page_are_those_that_the_program_writes() -> None:
    assert docs.with_tables(PAGE) == PAGE, "run: python -m core.cli.docs"


def test_a_page_without_the_marks_of_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no marks"):
        docs.with_tables(PAGE.replace("<!-- end of verbs -->", ""))


@pytest.mark.parametrize("name", sorted(VERBS))
def test_the_page_names_every_option_of(name: str) -> None:
    options = {flag for param in verb(name).params if isinstance(param, click.Option) for flag in param.opts}
    assert options - {"--json", "--workspace", "--help"} == documented()[name]


@pytest.mark.parametrize(
    ("option", "name", "default"),
    [
        (o, row[0].split("`")[1].split()[0], d)
        for row in ROWS
        for o, d in re.findall(r"`(--[a-z-]+)` \(([\w.]+)(?:: [^)]*)?\)", row[1])
        if d not in ("default", "required")
    ],
)
def test_the_page_states_the_default_of(option: str, name: str, default: str) -> None:
    (declared,) = (param for param in verb(name).params if option in param.opts)
    assert str(declared.default).removesuffix(".0") == default


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
    """In a separate process: only the document on standard output, the bar on standard error."""
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
