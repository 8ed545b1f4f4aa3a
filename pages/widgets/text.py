"""Untrusted text on a page: escaped for Streamlit's Markdown, as code, or as a table of facts."""

import html
import re
from collections.abc import Mapping
from typing import Final

import streamlit as st

_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()#+!|~$<>:&.-])")


def escape(text: str) -> str:
    """The text with all markup of Markdown, LaTeX and HTML escaped."""
    return _MARKDOWN.sub(r"\\\1", text.replace("\n", " "))


def code(text: str) -> str:
    """The text as inline code; backticks in it become single quotes."""
    return f"`{text.replace('`', chr(39)).replace(chr(10), ' ')}`"


def capital(words: str) -> str:
    """The words with a capital at the start; the rest as it is."""
    return words[:1].upper() + words[1:]


def show_facts(facts: Mapping[str, str]) -> None:
    """One line per fact. Names and values are plain text, and are escaped."""
    rows = "".join(
        f'<span style="opacity:.65">{html.escape(name)}</span>'
        f'<span style="overflow-wrap:anywhere">{html.escape(value)}</span>'
        for name, value in facts.items()
    )
    grid = "display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;font-size:.9rem;line-height:1.45"
    st.html(f'<div style="{grid}">{rows}</div>')
