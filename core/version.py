"""The version of Detdesk, for the command line, the pages and the environment that a run records."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Final

_PROJECT: Final = Path(__file__).resolve().parents[1] / "pyproject.toml"
UNKNOWN: Final = "unknown"


@cache
def app_version() -> str:
    """The version in pyproject.toml, or `unknown` if the app has no readable one."""
    return version_in(_PROJECT)


def version_in(project: Path) -> str:
    """The version in this pyproject.toml, or `unknown`."""
    try:
        table = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
        return str(table["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return UNKNOWN
