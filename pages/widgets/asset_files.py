"""The HTML, CSS and JavaScript of the components, read from `assets/`."""

from pathlib import Path
from typing import Final

_ASSETS: Final = Path(__file__).with_name("assets")
# The scripts of a component that contains the viewer, in this order.
VIEWER_SCRIPTS: Final = ("viewer_paint.js", "viewer_chips.js", "viewer_tip.js", "viewer.js")


def read_assets(*names: str) -> str:
    """The text of the files, one after the other."""
    return "\n".join((_ASSETS / name).read_text(encoding="utf-8") for name in names)
