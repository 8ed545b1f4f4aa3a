"""Doors whose modules are imported when they are used."""

import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import core.services
from core.lazy_exports import lazy_exports
from core.settings import REPOSITORY

DOORS = [
    module.name for module in pkgutil.iter_modules(core.services.__path__, "core.services.") if module.ispkg
]  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_a_door_offers_every_name_that_it_lists(door: str) -> None:
    package = importlib.import_module(door)
    assert package.__all__
    for name in package.__all__:
        assert getattr(package, name) is not None


@pytest.mark.parametrize("door", DOORS)
def test_no_name_of_a_door_is_hidden_by_a_module_of_it(door: str) -> None:
    """An imported module becomes an attribute of its package, so a name like it would give the module."""
    package = importlib.import_module(door)
    assert not {module.name for module in pkgutil.iter_modules(package.__path__)} & set(package.__all__)


@pytest.mark.process
def test_importing_the_doors_imports_no_module_of_them() -> None:
    code = f"import sys, {', '.join(DOORS)}; import json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert not [name for name in json.loads(done.stdout) if name.startswith(tuple(f"{door}." for door in DOORS))]


def test_a_name_comes_from_its_module_once_and_an_unknown_one_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "lazy_door.py"
    source.write_text(
        "from typing import TYPE_CHECKING\n"
        "from core.lazy_exports import lazy_exports\n"
        "if TYPE_CHECKING:\n    from math import pi\n    from json import dumps as written\n"
        "else:\n    __getattr__ = lazy_exports(__name__, __file__)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    door = importlib.import_module("lazy_door")
    assert "pi" not in vars(door)
    assert (door.pi, door.written([1])) == (importlib.import_module("math").pi, "[1]")
    assert "pi" in vars(door)
    with pytest.raises(AttributeError, match="has no attribute 'tau'"):
        _ = door.tau
    del sys.modules["lazy_door"]


def test_a_module_that_cannot_be_imported_says_which(tmp_path: Path) -> None:
    source = tmp_path / "broken.py"
    source.write_text("if TYPE_CHECKING:\n    from no_such_module import name\n")
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        lazy_exports("json", str(source))("name")
