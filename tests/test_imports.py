"""What importing loads, seen in fresh interpreters: the page server must stay light, and core free of streamlit."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("torch", "torchvision", "detectron2", "fvcore")
LOAD = """
import importlib, json, pkgutil, sys
for package_name in sys.argv[1:]:
    package = importlib.import_module(package_name)
    for module in pkgutil.walk_packages(getattr(package, "__path__", []), package_name + "."):
        importlib.import_module(module.name)
print(json.dumps(sorted(sys.modules)))
"""


def loaded_by(*packages: str) -> set[str]:
    """Names of all modules that a fresh interpreter holds after importing the packages and all below them."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD, *packages], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def imported_names(script: Path) -> set[str]:
    """First parts of all names that a script imports, wherever in it."""
    tree = ast.parse(script.read_text(encoding="utf-8"))
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    from_imports = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return {name.split(".")[0] for name in plain | from_imports}


@pytest.fixture(scope="module")
def page_modules() -> set[str]:
    return loaded_by("core.services", "core.figures")


@pytest.mark.process
def test_importing_what_the_pages_import_loads_something(page_modules: set[str]) -> None:
    assert {"core.services", "core.figures", "core.errors"} <= page_modules


@pytest.mark.process
@pytest.mark.parametrize("heavy", HEAVY)
def test_importing_what_the_pages_import_loads_no_heavy_library(page_modules: set[str], heavy: str) -> None:
    assert heavy not in page_modules


@pytest.mark.process
def test_importing_what_the_pages_share_loads_no_heavy_library() -> None:
    assert not loaded_by("pages.widgets") & set(HEAVY)


@pytest.mark.process
def test_the_command_line_loads_no_heavy_library_and_no_streamlit() -> None:
    modules = loaded_by("core.__main__")
    assert "core.cli.program" in modules
    assert not modules & {*HEAVY, "streamlit"}


@pytest.mark.process
def test_core_without_the_worker_never_loads_streamlit(page_modules: set[str]) -> None:
    packages = ("core.labels", "core.training", "core.evaluation", "core.workspace")
    assert "streamlit" not in page_modules | loaded_by(*packages)


SCRIPTS = [ROOT / "streamlit_app.py", ROOT / "server.py", *sorted((ROOT / "pages").glob("*.py"))]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_page_script_imports_no_heavy_library(script: Path) -> None:
    assert not imported_names(script) & set(HEAVY)
