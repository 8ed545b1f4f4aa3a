"""Makes one HTML file from a document of plain values, with style, script and data inlined.

The page is in `assets/`: report.html with placeholders, report.css, and the scripts, which run in this order. Its
Content-Security-Policy allows this style and this script by their hashes, inlined images, and no network at all.
"""

import base64
import hashlib
import html
import json
import re
from pathlib import Path
from typing import Any, Final

_ASSETS: Final = Path(__file__).with_name("assets")
SCRIPTS: Final = (
    "elements.js",
    "state.js",
    "counts.js",
    "outcomes.js",
    "words.js",
    "figures.js",
    "tables.js",
    "bars.js",
    "curves.js",
    "boxes.js",
    "images.js",
    "viewer.js",
    "report.js",
)
_PLACEHOLDER: Final = re.compile(r"\{\{(\w+)\}\}")
# Identifies a report, so that a new one never replaces another file.
_MARK: Final = b'<meta name="generator" content="Detdesk report">'
_MARK_WITHIN: Final = 2048


def make_page(title: str, document: dict[str, Any]) -> str:
    """The whole file. Title and document may hold anything: both are escaped."""
    style, script = _read("report.css"), '"use strict";\n' + "\n".join(_read(name) for name in SCRIPTS)
    parts = {
        "policy": _policy(style, script),
        "title": html.escape(title),
        "style": style,
        "script": script,
        "data": as_data(document),
    }
    # In one pass, so that a title that looks like a placeholder stays as it is.
    return _PLACEHOLDER.sub(lambda placeholder: parts[placeholder.group(1)], _read("report.html"))


def as_data(document: Any) -> str:
    """The document as JSON that is safe inside a script element: ASCII without `<`, `>`, `&`.

    Raises ValueError for NaN and infinities.
    """
    text = json.dumps(document, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def is_report(path: Path) -> bool:
    """Whether the file is a report that this module wrote."""
    with path.open("rb") as handle:
        return _MARK in handle.read(_MARK_WITHIN)


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _read(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")
