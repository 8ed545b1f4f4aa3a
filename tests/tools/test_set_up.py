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
    for variable in ("DETECTRON2", "TORCH_INDEX"):
        monkeypatch.delenv(variable, raising=False)
    return stamps


@pytest.mark.usefixtures("stamps")
def test_nothing_is_installed_when_the_stamp_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_up, "run_pip", lambda *_, **__: pytest.fail("pip was started"))
    set_up._write_stamp("app", "same")
    assert set_up._install_app("same", set_up.Sources()) is False


def test_after_a_failed_install_nothing_counts_as_installed_and_the_choices_stay(
    stamps: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise set_up.PipError("no network")

    monkeypatch.setattr(set_up, "run_pip", fail)
    for layer in stamps:
        set_up._write_stamp(layer, "old")
    with pytest.raises(set_up.PipError):
        set_up._install_app("new", set_up.Sources(detectron2="/own/d2"))
    assert not any(set_up._read_stamp(layer).get("hash") for layer in stamps)
    assert set_up._sources().detectron2 == "/own/d2"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("", "git+https://example.org/d2"), ("/own/d2", "/own/d2"), ("default", "")],
    ids=["unset keeps the last choice", "a new source replaces it", "default goes back"],
)
@pytest.mark.usefixtures("stamps")
def test_the_choice_of_detectron2_is_remembered(asked: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up._write_stamp("app", "hash", set_up.Sources(detectron2="git+https://example.org/d2"))
    monkeypatch.setenv("DETECTRON2", asked)
    assert set_up._sources().detectron2 == expected


@pytest.mark.usefixtures("stamps")
def test_a_stamp_of_an_older_version_is_read(stamps: dict[str, Path]) -> None:
    stamps["app"].write_text('{"hash": "h", "detectron2": "/own/d2"}')
    assert set_up._sources() == set_up.Sources(detectron2="/own/d2")


def test_the_hash_follows_the_sources() -> None:
    choices = [set_up.Sources(), set_up.Sources(detectron2="/own/d2"), set_up.Sources(torch_index="file:///own/d2")]
    assert len({set_up._hash(*set_up.APP_INPUTS, sources=sources) for sources in choices}) == len(choices)


@pytest.mark.parametrize(
    ("release", "python", "expected"),
    [
        ({"ID": "debian"}, "/usr/bin/python3.13", "apt install python{0}-venv"),
        ({"ID": "ubuntu", "ID_LIKE": "debian"}, "/usr/bin/python3", "apt install python{0}-venv"),
        ({"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, "/usr/bin/python3", "apt install python{0}-venv"),
        ({"ID": "debian"}, "/opt/python/bin/python3", "Install Python {0} with its modules venv and ensurepip"),
        ({"ID": "fedora"}, "/usr/bin/python3", "Install Python {0} with its modules venv and ensurepip"),
        (None, "/usr/local/bin/python3", "Install Python {0} with its modules venv and ensurepip"),
    ],
    ids=["Debian", "Ubuntu", "Mint", "another Python on Debian", "Fedora", "macOS"],
)
def test_a_missing_venv_module_is_named_as_the_system_names_it(
    release: dict[str, str] | None, python: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def system() -> dict[str, str]:
        if release is None:
            raise OSError("no os-release")
        return release

    def cannot(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, "The virtual environment was not created", "")

    monkeypatch.setattr(set_up.platform, "freedesktop_os_release", system)
    monkeypatch.setattr(set_up.subprocess, "run", cannot)
    monkeypatch.setattr(set_up.sys, "executable", python)
    monkeypatch.setattr(set_up, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(set_up, "VENV_PYTHON", tmp_path / ".venv/bin/python")
    with pytest.raises(set_up.SetUpError) as raised:
        set_up._ensure_venv()
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert expected.format(version) in str(raised.value)


@pytest.mark.process
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
