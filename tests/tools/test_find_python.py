"""Which Python the set-up takes: the script that `make` asks, among made-up Pythons that answer as real ones do."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[2]
ALL = ("3.11.7", "3.12.1", "3.13.5", "3.14.0")


class Machine:
    """A clone with nothing but the script in it, and a PATH with nothing but made-up Pythons on it."""

    def __init__(self, folder: Path) -> None:
        self.clone, self.path = folder / "clone", folder / "bin"
        (self.clone / "tools").mkdir(parents=True)
        self.path.mkdir()
        shutil.copy(ROOT / "tools/find_python.sh", self.clone / "tools")
        shutil.copy(ROOT / "Makefile", self.clone)
        for tool in ("sh", "bash", "dirname", "make"):
            (self.path / tool).symlink_to(str(shutil.which(tool)))

    def add(self, name: str, version: str, makes_environments: bool = True, works: bool = True) -> None:
        """A Python of this version under this name on PATH, or at this path of the clone."""
        path = self.clone / name if "/" in name else self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        answer = f"{version} {version.split('.')[1]} {int(makes_environments)} {path}"
        # pip, asked for its version, answers as well.
        path.write_text(f"#!/bin/sh\n{f'echo {answer}' if works else 'exit 127'}\n")
        path.chmod(0o755)

    def find(self, which: str = "newest", **variables: str) -> tuple[str, str]:
        """The name of the Python that is taken ("" where none is), and what is said about it."""
        done = self.run("sh", "tools/find_python.sh", which, **variables)
        assert (done.returncode == 0) == bool(done.stdout)
        path = done.stdout.strip()
        return path if ".venv" in path else path.rpartition("/")[2], done.stderr

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.path), "HOME": os.environ.get("HOME", "/"), **variables}
        return subprocess.run(
            [str(shutil.which(command[0])), *command[1:]],
            cwd=self.clone,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize(
    ("there", "newest", "oldest"),
    [
        ({"python3.11": "3.11.7", "python3.13": "3.13.5", "python3": "3.13.5"}, "python3.13", "python3.11"),
        ({"python3": "3.13.5"}, "python3", "python3"),
        ({"python": "3.12.1"}, "python", "python"),
        ({"python3.12": "3.12.1", "python3": "3.14.0"}, "python3", "python3.12"),
        ({"python3": "3.10.2", "python3.12": "3.12.1"}, "python3.12", "python3.12"),
        ({"python3": "3.15.0", "python3.11": "3.11.7"}, "python3.11", "python3.11"),
        ({f"python{version[:4]}": version for version in ALL}, "python3.14", "python3.11"),
    ],
    ids=[
        "3.11 and 3.13",
        "Debian 13 has python3 alone",
        "python alone",
        "python3 is newer than any other",
        "python3 is too old",
        "python3 is too new",
        "all",
    ],
)
def test_the_app_takes_the_newest_supported_python_and_the_tests_the_oldest(
    machine: Machine, there: dict[str, str], newest: str, oldest: str
) -> None:
    for name, version in there.items():
        machine.add(name, version)
    assert machine.find("newest")[0] == newest
    assert machine.find("oldest")[0] == oldest
    assert f"Python {there[newest]}" in machine.find("newest")[1]


def test_a_name_that_does_not_start_is_passed_over(machine: Machine) -> None:
    machine.add("python3.13", "3.13.5", works=False)
    machine.add("python3.11", "3.11.7")
    assert machine.find()[0] == "python3.11"


def test_a_python_without_its_venv_module_is_taken_only_where_no_other_is(machine: Machine) -> None:
    machine.add("python3.14", "3.14.0", makes_environments=False)
    assert machine.find()[0] == "python3.14"
    machine.add("python3.12", "3.12.1")
    assert machine.find()[0] == "python3.12"


def test_without_a_supported_python_it_says_which_were_tried_and_what_to_install(machine: Machine) -> None:
    machine.add("python3", "3.9.18")
    found, said = machine.find()
    assert found == ""
    assert "No Python 3.11 to 3.14 was found" in said
    assert "python3.11 (none), python3 (3.9.18), python (none)" in said
    assert "apt install python3 python3-venv" in said


@pytest.mark.parametrize(
    ("version", "works", "said"),
    [
        ("3.12.1", True, ""),
        ("3.9.18", True, "is Python 3.9.18. Detdesk"),
        ("3.12.1", False, "does not start. Detdesk"),
    ],
    ids=["supported", "too old", "broken"],
)
def test_a_python_that_is_named_is_taken_or_refused_but_never_replaced(
    machine: Machine, version: str, works: bool, said: str
) -> None:
    machine.add("python3.14", "3.14.0")
    machine.add("own-python", version, works=works)
    found, words = machine.find(PYTHON="own-python")
    assert found == ("" if said else "own-python")
    assert said in words


@pytest.mark.parametrize("version", ALL)
def test_an_environment_of_a_supported_python_is_kept(machine: Machine, version: str) -> None:
    machine.add("python3.11", "3.11.7")
    machine.add("python3.14", "3.14.0")
    machine.add(".venv/bin/python", version)
    found, said = machine.find()
    assert found.endswith(".venv/bin/python")
    assert f"Python {version}, of .venv" in said


def test_an_environment_is_kept_beside_another_python_that_is_named_and_it_is_said(machine: Machine) -> None:
    machine.add("python3.12", "3.12.1")
    machine.add(".venv/bin/python", "3.11.7")
    found, said = machine.find(PYTHON="python3.12")
    assert found.endswith(".venv/bin/python")
    assert "Python 3.11.7: .venv was made with it and is kept. 'make clean' removes it" in said


@pytest.mark.parametrize(("version", "works"), [("3.10.2", True), ("3.11.7", False)], ids=["too old", "broken"])
def test_an_environment_that_cannot_be_used_is_not_kept(machine: Machine, version: str, works: bool) -> None:
    machine.add("python3.13", "3.13.5")
    machine.add(".venv/bin/python", version, works=works)
    assert machine.find()[0] == "python3.13"


@pytest.mark.parametrize(
    ("target", "expected"), [("setup", "python3.13"), ("setup-dev", "python3.11")], ids=["make setup", "make setup-dev"]
)
def test_make_starts_the_set_up_with_that_python(machine: Machine, target: str, expected: str) -> None:
    for version in ("3.11", "3.13"):
        machine.add(f"python{version}", f"{version}.1")
    done = machine.run("make", target)
    assert done.returncode == 0, done.stderr
    # The made-up Python answers to everything with its path.
    assert done.stdout.rstrip().endswith(f"/{expected}")


def test_make_fails_without_a_supported_python(machine: Machine) -> None:
    done = machine.run("make", "setup")
    assert done.returncode != 0
    assert "No Python 3.11 to 3.14 was found" in done.stderr


def test_the_script_looks_for_the_pythons_that_the_project_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    first, last = re.findall(r"^FIRST=(\d+) LAST=(\d+)$", (ROOT / "tools/find_python.sh").read_text(), re.MULTILINE)[0]
    assert project["requires-python"] == f">=3.{first},<3.{int(last) + 1}"
