"""Badges for a run's phase and a version's readiness, in words and colour: colour never stands alone."""

import html
from typing import Final

import streamlit as st

from core.figures.colours import STATE_COLOURS
from core.figures.words.numbers import counted
from pages.widgets.text import escape

_WORDS: Final = {
    "queued": "Queued",
    "starting": "Starting",
    "running": "Running",
    "finished": "Finished",
    "stopped": "Stopped",
    "failed": "Failed",
    "lost": "Lost",
    "damaged": "Damaged",
}


def show_phase(phase: str, title: str = "") -> None:
    """The chip; `title` is its tooltip."""
    st.html(chip(phase, title), width="content")


def chip(phase: str, title: str = "") -> str:
    """The chip as HTML. A lost run has a hollow dot and a dashed border: its state is unknown."""
    colour = STATE_COLOURS.get(phase, STATE_COLOURS["queued"])
    dot = f"border:2px solid {colour}" if phase == "lost" else f"background:{colour};border:2px solid {colour}"
    words = _WORDS.get(phase, html.escape(phase))
    border = f"1px {'dashed' if phase == 'lost' else 'solid'} {colour}"
    return (
        f'<span title="{html.escape(title)}" style="display:inline-flex;align-items:center;gap:.4em;padding:.1em .65em;'
        f'border-radius:1em;border:{border};font-size:.85rem;line-height:1.5;white-space:nowrap">'
        f'<span style="width:.6em;height:.6em;border-radius:50%;{dot}"></span>{words}</span>'
    )


def show_readiness(ready: bool, reasons: list[str]) -> None:
    """*Ready*, or *Not ready* with the first reason; the tooltip has all of them."""
    if ready:
        st.badge("Ready", icon=":material/check_circle:", color="green", help="Nothing blocks training.")
        return
    more = f" and {counted(len(reasons) - 1, 'more reason')}" if len(reasons) > 1 else ""
    # Backticks in a reason mark a name.
    first = escape(reasons[0].replace("`", "")) if reasons else "no reason was recorded"
    st.badge(
        f"Not ready: {first}{more}",
        icon=":material/error:",
        color="orange",
        help="  \n".join(escape(reason.replace("`", "")) for reason in reasons),
    )
