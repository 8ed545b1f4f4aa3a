"""Text from outside on a page: made harmless for Streamlit's Markdown, or shown as it is, name by name."""

import html
import re
from collections.abc import Mapping
from typing import Final

import streamlit as st

_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()#+!|~$<>:&.-])")


def escape(text: str) -> str:
    """The text with everything escaped that Markdown, LaTeX or HTML would take for markup."""
    return _MARKDOWN.sub(r"\\\1", text.replace("\n", " "))


def code(text: str) -> str:
    """The text as inline code; back ticks in it become plain quotes."""
    return f"`{text.replace('`', chr(39)).replace(chr(10), ' ')}`"


def show_facts(facts: Mapping[str, str]) -> None:
    """One line a fact; names and values are plain text and shown as they are."""
    rows = "".join(
        f'<span style="opacity:.65">{html.escape(name)}</span>'
        f'<span style="overflow-wrap:anywhere">{html.escape(value)}</span>'
        for name, value in facts.items()
    )
    grid = "display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;font-size:.9rem;line-height:1.45"
    st.html(f'<div style="{grid}">{rows}</div>')
