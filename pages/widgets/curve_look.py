"""Controls for the curves of runs: which ones, and how they are drawn. The address keeps the choice.

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
# More than this would be a wall of buttons.
_MOST_PILLS = 12


def choose_look(has_epochs: bool) -> Look:
    """The controls of the charts. `has_epochs`: whether the number of training images is known."""
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
    label: str, name: str, metrics: Sequence[str], default: Sequence[str], words: Callable[[str], str] = title_of
) -> list[str]:
    """The metrics chosen in the address parameter `name`, or the default."""
    usual = [metric for metric in default if metric in metrics]
    chosen = address.several(name, metrics) or usual
    options: dict[str, Any] = {
        "format_func": words,
        "label_visibility": "collapsed",
        **address.bound(name, chosen, lambda values: None if list(values) == usual else list(values), start="default"),
    }
    if len(metrics) <= _MOST_PILLS:
        picked = st.pills(label, metrics, selection_mode="multi", wrap=True, **options)
    else:
        picked = st.multiselect(label, metrics, placeholder="Choose what to draw", **options)
    return [metric for metric in metrics if metric in picked] or usual


def show_parts(name: str, behind: Sequence[str]) -> bool:
    """The switch that offers the parts of the loss; `parts` (1) in the address.

    It is also on if the parameter `name`, a list of metrics, holds one of the metrics in `behind`. Switching it off
    removes them from that list.
    """
    is_on = address.text("parts") == "1" or bool(address.several(name, behind))
    options = address.bound("parts", is_on, start="value")
    options |= {"on_change": _switch_parts, "args": (options["key"], name, tuple(behind))}
    return st.toggle("Parts of the loss", help="The total and its parts.", **options)


def _switch_parts(key: str, name: str, behind: tuple[str, ...]) -> None:
    if st.session_state[key]:
        address.put({"parts": "1"})
        return
    address.put({"parts": None, name: [metric for metric in address.several(name) if metric not in behind]})


def _switch(name: str) -> dict[str, Any]:
    return address.bound(name, address.text(name) == "1", lambda is_on: "1" if is_on else None, start="value")
