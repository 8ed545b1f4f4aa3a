"""The readiness badge of a data set version."""

import streamlit as st

from core.figures.words.numbers import counted
from pages.widgets.markup import escape


def show_readiness(ready: bool, reasons: list[str]) -> None:
    """*Ready*, or *Not ready* with the first reason; the others appear over it."""
    if ready:
        st.badge("Ready", icon=":material/check_circle:", color="green", help="Nothing stands in the way of training.")
        return
    more = f" and {counted(len(reasons) - 1, 'more reason')}" if len(reasons) > 1 else ""
    # Back ticks in a reason mark a name: shown as it is.
    first = escape(reasons[0].replace("`", "")) if reasons else "no reason was recorded"
    st.badge(
        f"Not ready: {first}{more}",
        icon=":material/error:",
        color="orange",
        help="  \n".join(escape(reason.replace("`", "")) for reason in reasons),
    )
