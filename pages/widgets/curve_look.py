"""How the curves of runs are drawn, and which; kept in the address.

Address: `x` (iterations, epochs, time), `smooth` (0 to 0.99), `log`, `best`, `parts` (1 for yes), and lists of metrics.
"""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.figures.curve_pen import AXES, Look
from core.figures.metric_names import title_of
from pages.widgets import address
from pages.widgets.cached import is_dark

_SMOOTHING = 0.6
# More than these make a wall of buttons.
_MOST_PILLS = 12


def choose_look(has_epochs: bool) -> Look:
    """The controls of the charts; epochs are offered where the number of training images is known."""
    axes = [axis for axis in AXES if has_epochs or axis != "epochs"]
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="curves-look"):
        x = st.segmented_control(
            "Along",
            axes,
            format_func=str.capitalize,
            required=True,
            label_visibility="collapsed",
            **address.bound("x", address.choice("x", axes, axes[0]), start="default"),
        )
        smoothing = st.slider(
            "Smoothing",
            0.0,
            0.99,
            step=0.01,
            width=200,
            **address.bound("smooth", address.number("smooth", _SMOOTHING, 0.0, 0.99), start="value"),
        )
        is_log = st.toggle("Log scale", help="Losses, learning rate and seconds.", **_switch("log"))
        best = st.toggle("Best so far", help="Losses and AP as the best value up to each point.", **_switch("best"))
    return Look(x=str(x), smoothing=smoothing, log=is_log, best=best, dark=is_dark())


def choose_metrics(
    label: str, name: str, known: Sequence[str], default: Sequence[str], words: Callable[[str], str] = title_of
) -> list[str]:
    """Some of the metrics, by the address's parameter `name`; the default where none is chosen."""
    usual = [metric for metric in default if metric in known]
    chosen = address.several(name, known) or usual
    options: dict[str, Any] = {
        "format_func": words,
        "label_visibility": "collapsed",
        **address.bound(name, chosen, lambda values: None if list(values) == usual else list(values), start="default"),
    }
    if len(known) <= _MOST_PILLS:
        picked = st.pills(label, known, selection_mode="multi", wrap=True, **options)
    else:
        picked = st.multiselect(label, known, placeholder="Choose what to draw", **options)
    return [metric for metric in known if metric in picked] or usual


def show_parts(name: str, behind: Sequence[str]) -> bool:
    """The switch that offers the parts of the loss; in the address `parts` (1).

    It is on as well where the parameter `name`, which lists metrics, has one of those `behind` it; switched off, it
    takes them out of there.
    """
    is_on = address.text("parts") == "1" or bool(address.several(name, behind))
    options = address.bound("parts", is_on, start="value")
    options |= {"on_change": _switch_parts, "args": (options["key"], name, tuple(behind))}
    return st.toggle("Parts of the loss", help="The total and what it is made of.", **options)


def _switch_parts(key: str, name: str, behind: tuple[str, ...]) -> None:
    if st.session_state[key]:
        address.put({"parts": "1"})
        return
    address.put({"parts": None, name: [metric for metric in address.several(name) if metric not in behind]})


def _switch(name: str) -> dict[str, Any]:
    return address.bound(name, address.text(name) == "1", lambda is_on: "1" if is_on else None, start="value")
