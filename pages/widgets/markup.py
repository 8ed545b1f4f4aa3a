"""Names from outside, made harmless for Streamlit's Markdown."""

import re
from typing import Final

_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()#+!|~$<>:&.-])")


def escape(text: str) -> str:
    """The text with everything escaped that Markdown, LaTeX or HTML would take for markup."""
    return _MARKDOWN.sub(r"\\\1", text.replace("\n", " "))


def code(text: str) -> str:
    """The text as inline code; back ticks in it become plain quotes."""
    return f"`{text.replace('`', chr(39)).replace(chr(10), ' ')}`"
