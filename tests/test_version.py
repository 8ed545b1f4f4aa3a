"""The one version of the project, and what it says about dependencies."""

from pathlib import Path

import pytest
import set_up
from packaging.requirements import Requirement
from setuptools.config.pyprojecttoml import read_configuration

from core.__main__ import main
from core.version import UNKNOWN, app_version, version_in

ROOT = Path(__file__).resolve().parents[1]


def _project() -> dict[str, object]:
    """The project table as pip and other tools read it, with what is dynamic filled in."""
    project: dict[str, object] = read_configuration(ROOT / "pyproject.toml", expand=True)["project"]
    return project


def test_the_command_line_prints_the_version_of_pyproject(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"Detdesk {_project()['version']}\n"


@pytest.mark.parametrize(
    "content",
    [None, "", "[project]", "project = 3", "not toml", b"\xff"],
    ids=["no file", "empty", "no version", "no table", "broken", "not UTF-8"],
)
def test_without_a_readable_pyproject_the_version_is_unknown(content: str | bytes | None, tmp_path: Path) -> None:
    project = tmp_path / "pyproject.toml"
    if content is not None:
        project.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert version_in(project) == UNKNOWN


def test_the_changelog_has_a_section_for_the_version() -> None:
    assert f"\n## [{app_version()}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_dependencies_of_the_project_are_the_pins_of_the_requirements() -> None:
    project = _project()
    extras = project["optional_dependencies"]
    assert isinstance(extras, dict)
    assert project["dependencies"] == _pins("requirements.txt")
    of_files = {name: _pins(f"requirements-{name}.txt") for name in ("dev", "heic", "ray")}
    # The tests decode HEIC; the app itself does without the LGPL.
    assert extras == {**of_files, "dev": of_files["dev"] + of_files["heic"]}
    assert not set(of_files["heic"]) & set(_pins("requirements.txt"))


def test_a_development_set_up_brings_all_that_the_extra_of_that_name_does() -> None:
    files, _ = set_up.LAYERS["dev"]
    assert [pin for file in files for pin in _pins(file)] == _project()["optional_dependencies"]["dev"]  # type: ignore[index]


def _pins(name: str) -> list[str]:
    lines = [line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    assert all(str(Requirement(line).specifier).startswith("==") for line in lines)
    return lines
