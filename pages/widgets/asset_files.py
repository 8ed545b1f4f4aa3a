"""The HTML, CSS and JavaScript of the components, read from `assets/`. Imported by the widgets that are components."""

from pathlib import Path
from typing import Final

_ASSETS: Final = Path(__file__).with_name("assets")


def read_assets(*names: str) -> str:
    """The text of the files, one after the other."""
    return "\n".join((_ASSETS / name).read_text(encoding="utf-8") for name in names)
