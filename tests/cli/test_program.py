"""How the program finds a verb: what is imported, aliases, near misses, and options of every verb."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.__main__ import main
from core.cli.program import command_of
from core.cli.verbs import ALIASES, VERBS
from core.settings import REPOSITORY, Settings
from tests.factories.runs import RunMaker

HEAVY = {"numpy", "pandas", "pyarrow", "sqlalchemy", "PIL.Image", "hotcoco", "pycocotools", "torch", "psutil"}
# Prints the modules that each line newly loads: one interpreter, the lightest line first.
LOADS = """
import contextlib, io, json, sys
from core.__main__ import main
loaded = {}
for line in json.loads(sys.argv[1]):
    before = set(sys.modules)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        code = main(line)
    assert code == 0 and printed.getvalue(), line
    loaded[" ".join(line)] = sorted(set(sys.modules) - before)
print(json.dumps({"start": sorted(before), **loaded}))
"""


def loads(*lines: list[str]) -> dict[str, set[str]]:
    """The modules that each line loads in one fresh interpreter."""
    command = [sys.executable, "-c", LOADS, json.dumps(lines)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return {line: set(modules) for line, modules in json.loads(done.stdout).items()}


@pytest.fixture(scope="module")
def helped() -> dict[str, set[str]]:
    return loads(["--help"], *([verb, "--help"] for verb in VERBS))


@pytest.mark.process
def test_help_imports_no_verb(helped: dict[str, set[str]]) -> None:
    assert not {f"core.cli.nouns.{entry.module}" for entry in VERBS.values()} & helped["--help"]
    assert not {name for name in helped["--help"] if name.startswith("core.services")}


@pytest.mark.process
@pytest.mark.parametrize("verb", sorted(VERBS))
def test_help_of_a_verb_loads_no_heavy_library(verb: str, helped: dict[str, set[str]]) -> None:
    assert not HEAVY & helped[f"{verb} --help"]


@pytest.mark.process
def test_a_verb_imports_its_own_module_only(helped: dict[str, set[str]]) -> None:
    modules = {f"core.cli.nouns.{entry.module}" for entry in VERBS.values()}
    assert modules & helped["demo --help"] == {"core.cli.nouns.datasets"}


@pytest.mark.process
def test_a_list_of_data_sets_loads_no_library_for_tables_or_images(tmp_path: Path) -> None:
    line = ["--workspace", str(tmp_path), "datasets", "--json"]
    loaded = loads(line)[" ".join(line)]
    assert "core.workspace.registry" in loaded
    assert not (HEAVY - {"sqlalchemy", "PIL.Image"}) & loaded


def test_the_table_and_the_modules_name_the_same_verbs() -> None:
    for name, entry in VERBS.items():
        command = command_of(name)
        assert command is not None
        assert (command.name, command.help) == (name, entry.summary)
        assert command.callback is not None
        assert command.callback.__module__ == f"core.cli.nouns.{entry.module}"
    for alias, verb in ALIASES.items():
        assert command_of(alias) is command_of(verb)
        assert alias not in VERBS


def test_help_and_version_are_text_and_exit_0(capsys: pytest.CaptureFixture[str]) -> None:
    for line in (["--help"], ["-h"], ["train", "-h"], ["tag", "--help"], ["label-issues", "--help"]):
        assert main(line) == 0
        assert "Usage: python -m core" in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("Detdesk ")


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("--workspace W runs --json", id="workspace before"),
        pytest.param("runs --workspace W --json", id="workspace behind"),
        pytest.param("runs --json --workspace=W", id="workspace with its value"),
        pytest.param("--workspace elsewhere runs --workspace W --json", id="the later one counts"),
        pytest.param("--json --workspace W runs", id="json before"),
        pytest.param("--json --workspace W runs --json", id="json twice"),
        pytest.param("--workspace W runs --js --json", id="shortened"),
    ],
)
def test_options_of_every_verb_stand_anywhere(line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    RunMaker(name="first").make(Settings(workspace=tmp_path))
    assert main(line.replace("W", str(tmp_path)).split()) == 0
    assert [run["name"] for run in json.loads(capsys.readouterr().out)] == ["first"]


@pytest.mark.parametrize(
    ("line", "said", "remedy"),
    [
        pytest.param("trian shapes", "no verb 'trian'", "Did you mean train", id="a verb"),
        pytest.param("label-isues e", "no verb 'label-isues'", "label-issues", id="an alias"),
        pytest.param("frobnicate", "no verb", "`python -m core --help` lists the verbs", id="no verb is near"),
        pytest.param("train x --iteration-s 3", "--iteration-s", "Did you mean --iterations", id="an option"),
        pytest.param("train x --learning-rat", "requires an argument", "train [DATASET] [OPTIONS]", id="no value"),
        pytest.param("preview x", "'--out'", "preview DATASET --out FOLDER", id="a required option"),
        pytest.param("import", "'PATH'", "`python -m core import --help` lists the options", id="an argument"),
        pytest.param("demo out --images many", "'many'", "demo OUT", id="no number"),
        pytest.param("datasets x", "x", "datasets [OPTIONS]", id="too much"),
        pytest.param("report e --out x --sort worst", "'false_alarms'", "report", id="no word"),
        pytest.param("extend r", "--iterations and --epochs", "extend ID", id="one of two is required"),
        pytest.param("extend r --epochs 1 --iterations 2", "not allowed with", "extend ID", id="one of two"),
        pytest.param("queue --move a --cancel b", "not allowed with", "queue", id="move and cancel"),
        pytest.param("--frob runs", "--frob", "VERB", id="an option before the verb"),
        pytest.param("", "verb is missing", "VERB", id="nothing"),
        pytest.param("train x --wait=yes", "--wait", "train", id="a flag with a value"),
    ],
)
def test_a_wrong_line_says_what_may_have_been_meant(
    line: str, said: str, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*line.split(), "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert said in error["message"]
    assert remedy in error["remedy"]

    assert main(line.split()) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == [f"Error: {error['message']}", error["remedy"]]


def test_notes_and_tags_may_begin_with_a_dash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    RunMaker(name="first").make(Settings(workspace=tmp_path))
    for line in (["note", "first", "- too dark\n- blurred"], ["tag", "first", "+good", "-help"]):
        assert main(["--workspace", str(tmp_path), *line, "--json"]) == 0
        state = json.loads(capsys.readouterr().out)
    assert (state["note"], state["tags"]) == ("- too dark\n- blurred", ["good"])
