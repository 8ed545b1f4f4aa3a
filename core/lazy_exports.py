"""Lets a package offer names of its modules and import a module on the first use of one of its names (PEP 562).

core.services.evaluation, for example, offers 60 names of 20 modules, and a command or page uses a few of them. Anyone
may import this.
"""

import ast
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def lazy_exports(package: str, file: str) -> Callable[[str], Any]:
    """The `__getattr__` for the package whose source is `file`.

    It imports the names below the package's `if TYPE_CHECKING`, so that each name is written once for type checkers
    and the interpreter. Call it where TYPE_CHECKING is false: otherwise a type checker accepts every name.
    """
    homes = _homes(ast.parse(Path(file).read_bytes()))

    def offered(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package])
        module, name_there = homes[name]
        value = getattr(importlib.import_module(module), name_there)
        # Stored, so that the next use costs nothing.
        setattr(sys.modules[package], name, value)
        return value

    return offered


def _homes(source: ast.Module) -> dict[str, tuple[str, str]]:
    """Maps each name that the source imports for type checkers to its module and its name in that module."""
    blocks = [
        node for node in source.body
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    ]  # fmt: skip
    imports = [node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom) and node.module]
    return {alias.asname or alias.name: (node.module or "", alias.name) for node in imports for alias in node.names}
