"""A run's phase as a chip: coloured dot and word, so that colour is never alone."""

from html import escape
from typing import Final

import streamlit as st

from core.figures.colours import STATE_COLOURS

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
    """The chip; `title` is the text that appears over it."""
    st.html(chip(phase, title), width="content")


def chip(phase: str, title: str = "") -> str:
    """The chip as HTML. A lost run is drawn as a mask: nobody knows how it stands."""
    colour = STATE_COLOURS.get(phase, STATE_COLOURS["queued"])
    dot = f"border:2px solid {colour}" if phase == "lost" else f"background:{colour};border:2px solid {colour}"
    border = f"1px {'dashed' if phase == 'lost' else 'solid'} {colour}"
    return (
        f'<span title="{escape(title)}" style="display:inline-flex;align-items:center;gap:.4em;padding:.1em .65em;'
        f'border-radius:1em;border:{border};font-size:.85rem;line-height:1.5;white-space:nowrap">'
        f'<span style="width:.6em;height:.6em;border-radius:50%;{dot}"></span>{_WORDS.get(phase, escape(phase))}</span>'
    )
