"""Packages that offer names of their modules and import a module when one of its names is first used (PEP 562).

A door such as core.services.evaluation offers 60 names of 20 modules, and a command or page uses a few of them. Anyone
may import this.
"""

import ast
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def lazy_exports(package: str, file: str) -> Callable[[str], Any]:
    """`__getattr__` of the package whose source is `file`.

    It imports what the package imports below `if TYPE_CHECKING`, so that each name is written once for type checkers
    and the interpreter. Call it where TYPE_CHECKING is false: else a type checker takes every name for offered.
    """
    homes = _homes(ast.parse(Path(file).read_bytes()))

    def offered(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package])
        module, name_there = homes[name]
        value = getattr(importlib.import_module(module), name_there)
        # Kept, so that the next use costs nothing.
        setattr(sys.modules[package], name, value)
        return value

    return offered


def _homes(source: ast.Module) -> dict[str, tuple[str, str]]:
    """Module and name there of each name that the source imports for type checkers."""
    blocks = [
        node for node in source.body
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    ]  # fmt: skip
    imports = [node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom) and node.module]
    return {alias.asname or alias.name: (node.module or "", alias.name) for node in imports for alias in node.names}
