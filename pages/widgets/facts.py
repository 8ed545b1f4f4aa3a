"""Names and values below each other, without the lines of a table."""

from collections.abc import Mapping
from html import escape

import streamlit as st


def show_facts(facts: Mapping[str, str]) -> None:
    """One line a fact; names and values are plain text and shown as they are."""
    rows = "".join(
        f'<span style="opacity:.65">{escape(name)}</span><span style="overflow-wrap:anywhere">{escape(value)}</span>'
        for name, value in facts.items()
    )
    grid = "display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;font-size:.9rem;line-height:1.45"
    st.html(f'<div style="{grid}">{rows}</div>')
