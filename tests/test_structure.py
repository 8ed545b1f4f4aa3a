"""How the tree is cut: folders stay small enough to take in, and services are entered by their doors."""

import ast
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MOST_FILES = 25
SOURCE = (".py", ".js", ".css", ".html")


def _source_files() -> list[Path]:
    folders = ("core", "pages", "web", "tests", "tools", "benchmarks")
    return [path for folder in folders for suffix in SOURCE for path in (ROOT / folder).rglob(f"*{suffix}")]


def test_no_folder_of_source_holds_more_files_than_one_can_take_in() -> None:
    counts = Counter(path.parent.relative_to(ROOT).as_posix() for path in _source_files())
    assert {folder: count for folder, count in counts.items() if count > MOST_FILES} == {}


def _outsiders() -> list[Path]:
    paths = [*(ROOT / "pages").rglob("*.py"), *(ROOT / "core" / "cli").rglob("*.py"), *(ROOT / "web").rglob("*.py")]
    return [*paths, ROOT / "server.py", ROOT / "streamlit_app.py"]


@pytest.mark.parametrize("path", _outsiders(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_pages_and_command_line_enter_services_by_their_doors(path: Path) -> None:
    packages = {f"core.services.{init.parent.name}" for init in (ROOT / "core" / "services").glob("*/__init__.py")}
    behind = [
        node.module
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and node.module
        and any(node.module.startswith(f"{package}.") for package in packages)
    ]
    assert behind == []


def test_services_do_not_enter_their_own_door() -> None:
    inside = {}
    for path in (ROOT / "core" / "services").glob("*/*.py"):
        door = f"core.services.{path.parent.name}"
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == door:
                names = [alias.name for alias in node.names if not (path.parent / f"{alias.name}.py").exists()]
                if names:
                    inside[path.relative_to(ROOT).as_posix()] = names
    assert inside == {}
