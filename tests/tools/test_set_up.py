"""Set-up: when it installs again, which Detectron2 it takes, and what it says when it cannot go on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import set_up

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def stamps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    stamps = {layer: tmp_path / f"{layer}.json" for layer in ("app", "dev")}
    monkeypatch.setattr(set_up, "STAMPS", stamps)
    monkeypatch.delenv("DETECTRON2", raising=False)
    return stamps


@pytest.mark.usefixtures("stamps")
def test_nothing_is_installed_when_the_stamp_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_up, "run_pip", lambda *_, **__: pytest.fail("pip was started"))
    set_up._write_stamp("app", "same")
    assert set_up._install_app("same", "") is False


def test_a_failed_install_leaves_no_stamp_behind(stamps: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise set_up.PipError("no network")

    monkeypatch.setattr(set_up, "run_pip", fail)
    for layer in stamps:
        set_up._write_stamp(layer, "old")
    with pytest.raises(set_up.PipError):
        set_up._install_app("new", "")
    assert not any(stamp.exists() for stamp in stamps.values())


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("", "git+https://example.org/d2"), ("/own/d2", "/own/d2"), ("default", "")],
    ids=["unset keeps the last choice", "a new source replaces it", "default goes back"],
)
@pytest.mark.usefixtures("stamps")
def test_the_choice_of_detectron2_is_remembered(asked: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up._write_stamp("app", "hash", "git+https://example.org/d2")
    monkeypatch.setenv("DETECTRON2", asked)
    assert set_up._detectron2_source() == expected


def test_the_hash_follows_the_source_of_detectron2() -> None:
    assert set_up._hash(*set_up.APP_INPUTS, extra="") != set_up._hash(*set_up.APP_INPUTS, extra="/own/d2")


def test_make_says_that_python_3_11_is_missing() -> None:
    done = subprocess.run(
        ["make", "setup", "PYTHONS=no-such-python"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "Python 3.11 was not found" in done.stderr


def test_a_named_browser_that_does_not_start_is_an_error() -> None:
    done = subprocess.run(
        [sys.executable, "tools/find_browser.py"],
        cwd=ROOT,
        env={**os.environ, "DETDESK_BROWSER": "/no/such/browser"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "/no/such/browser" in done.stderr
