"""Standard output and error that end early, are closed or full: in a process, as a shell starts it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
# The entry of the program with a program that loads fast.
_SMALL = """
import json, sys
from core.cli.streams import run_program
def program(arguments):
    if "--help" in arguments:
        print("usage"); raise SystemExit(0)
    print("a warning", file=sys.stderr)
    print(json.dumps(["x" * 100] * int(arguments[0])))
    open(arguments[1], "w").write("done")
    return int(arguments[2])
sys.exit(run_program(program, sys.argv[1:]))
"""
QUIET = {0, 141}


def shell(line: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the line in bash; the status is that of the first command of a pipe.

    CORE stands for the program, SMALL for the same entry with a small one, LARGE with one that fills a pipe.
    """
    python = f'"{sys.executable}"'
    small = f'{python} -c "$SMALL_PROGRAM" 10 "$FOLDER/done" 0'
    programs = {
        "CORE": f'{python} -m core --workspace "$FOLDER"',
        "SMALL": small,
        "LARGE": small.replace(" 10 ", " 10000 "),
    }
    line = re.sub(r"\b(CORE|SMALL|LARGE)\b", lambda found: programs[found[0]], line)
    environment = {**os.environ, "FOLDER": str(folder), "SMALL_PROGRAM": _SMALL, **variables}
    return subprocess.run(
        ["bash", "-c", f"{line}; exit ${{PIPESTATUS[0]}}"],
        cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", errors="replace", timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("CORE models --json | true", id="the program's json, nobody reads"),
        pytest.param("CORE models | head -1 >/dev/null", id="the program's text, one line is read"),
        pytest.param("CORE models --json >&-", id="the program's json, closed"),
        pytest.param("SMALL | true", id="nobody reads"),
        pytest.param("LARGE | head -c 10 >/dev/null", id="more than a pipe holds, ten bytes are read"),
        pytest.param("SMALL --help | true", id="help"),
        pytest.param("LARGE 2>&1 | true", id="both streams into a closed pipe"),
        pytest.param("PYTHONUNBUFFERED=1 SMALL | true", id="unbuffered"),
        pytest.param("SMALL >&-", id="output closed"),
        pytest.param("SMALL >&- 2>&-", id="both closed"),
        pytest.param("SMALL <&- >&- 2>&-", id="all three closed"),
    ],
)
def test_a_reader_that_has_gone_ends_the_command_quietly(line: str, tmp_path: Path) -> None:
    done = shell(line, tmp_path)
    assert done.stderr in ("", "a warning\n")
    assert done.returncode in QUIET
    if "--help" not in line and "CORE" not in line:
        assert (tmp_path / "done").read_text() == "done", "it does its work to the end though nobody listens"


@pytest.mark.parametrize("program", ["CORE models --json", "SMALL", "LARGE", "SMALL --help"])
def test_a_full_disk_below_standard_output_is_said(program: str, tmp_path: Path) -> None:
    done = shell(f"{program} > /dev/full", tmp_path)
    assert done.returncode == 2
    assert "Standard output cannot be written: No space left on device." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("end", ["2>&-", "2>/dev/full"])
def test_without_standard_error_the_document_is_whole(end: str, tmp_path: Path) -> None:
    done = shell(f"SMALL {end}", tmp_path)
    assert done.returncode == 0
    assert len(json.loads(done.stdout)) == 10


def test_without_standard_error_a_mistake_of_the_program_is_still_one_document(tmp_path: Path) -> None:
    done = shell("CORE run nothing-here --json 2>&-", tmp_path)
    assert done.returncode == 2
    assert "nothing-here" in json.loads(done.stdout)["error"]["message"]


def test_a_failure_keeps_its_status_though_nobody_reads_it(tmp_path: Path) -> None:
    done = shell('"$INTERPRETER" -c "$SMALL_PROGRAM" 1 "$FOLDER/done" 2 | true', tmp_path, INTERPRETER=sys.executable)
    assert done.returncode == 2


@pytest.mark.parametrize("form", ["", "--json"])
def test_a_name_that_the_terminal_cannot_show_does_not_end_a_command(form: str, tmp_path: Path) -> None:
    done = shell(f"CORE run '名 é' {form}", tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not form or "名 é" in json.loads(done.stdout)["error"]["message"]
