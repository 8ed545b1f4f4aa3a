"""Which browser the tests take: the script that `make test` asks, among made-up browsers that answer as real ones."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

SCRIPT = Path(__file__).resolve().parents[2] / "tools/find_browser.py"


def browser(path: Path, starts: bool = True) -> Path:
    """A program that says its version, or the stub of a snap, which does not start."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{'echo Chromium 1' if starts else 'exit 1'}\n")
    path.chmod(0o755)
    return path


def found(folder: Path, asked: str = "") -> tuple[int, str, str]:
    """Exit status, standard output and standard error, with nothing on PATH but `folder`."""
    environment = {"PATH": str(folder), "HOME": str(folder), "DETDESK_BROWSER": asked}
    done = subprocess.run([sys.executable, str(SCRIPT)], env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_the_browser_of_the_variable_goes_first(tmp_path: Path) -> None:
    browser(tmp_path / "chromium")
    asked = browser(tmp_path / "own" / "browser")
    assert found(tmp_path, str(asked)) == (0, f"{asked}\n", "")


@pytest.mark.parametrize("is_there", [True, False], ids=["does not start", "is not there"])
def test_a_variable_that_names_no_browser_is_an_error_and_no_other_is_taken(tmp_path: Path, is_there: bool) -> None:
    browser(tmp_path / "chromium")
    asked = browser(tmp_path / "own", starts=False) if is_there else tmp_path / "own"
    code, path, said = found(tmp_path, str(asked))
    assert (code, path) == (1, "")
    assert f"DETDESK_BROWSER names {asked}, which does not start." in said


def test_a_stub_that_does_not_start_is_passed_over(tmp_path: Path) -> None:
    browser(tmp_path / "chromium", starts=False)
    chrome = browser(tmp_path / "google-chrome")
    assert found(tmp_path) == (0, f"{chrome}\n", "")
