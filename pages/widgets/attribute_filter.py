"""The filter of images by an attribute of theirs or of their objects. Address: `attribute`, `value`."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from pages.widgets import address


def show_attribute_filter(
    names: Sequence[str],
    name: str,
    values: Sequence[str],
    value: str,
    width: int | Literal["stretch"] = "stretch",
    help_text: str | None = None,
) -> None:
    """The choice of an attribute, and of its value once there is one; nothing where there are no attributes."""
    if not names:
        return
    attributes = ["", *names]
    bound = address.bound("attribute", name, among=attributes)
    # The value belongs to the attribute chosen before.
    bound |= {"on_change": _choose, "args": (bound["key"],)}
    st.selectbox(
        "Attribute",
        attributes,
        format_func=lambda name: name or "Any attribute",
        width=width,
        help=help_text,
        **bound,
    )
    if name:
        offered = list(dict.fromkeys(["", value, *values]))
        st.selectbox(
            "Value",
            offered,
            format_func=lambda value: value or "Any value",
            width=width,
            **address.bound("value", value, among=offered),
        )


def _choose(key: str) -> None:
    address.put({"attribute": st.session_state[key], "value": None})
