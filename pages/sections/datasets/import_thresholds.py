"""The thresholds of the checks, with defaults and reasons. Changed ones run the checks again."""

from dataclasses import fields
from typing import Final

import streamlit as st

from core.labels.checks.thresholds import option_name
from core.services.datasets import Thresholds
from pages.sections.datasets.import_options import THRESHOLDS, changed_thresholds
from pages.widgets.text import capital

_FIELDS: Final = {each.name: each for each in fields(Thresholds)}


def show_thresholds() -> None:
    """An expander with a number for each threshold."""
    now, changed = changed_thresholds(), changed_thresholds().changed()
    title = f"Thresholds of the checks ({len(changed)} changed)" if changed else "Thresholds of the checks"
    with st.expander(title), st.form("import-thresholds-form", border=False):
        thresholds = fields(Thresholds)
        # Two by two: on a phone the columns of a row stack, and the order stays.
        for first in range(0, len(thresholds), 2):
            columns = st.columns(2, gap="medium")
            for column, each in zip(columns, thresholds[first : first + 2], strict=False):
                with column:
                    _show_threshold(each.name, float(getattr(now, each.name)))
        with st.container(horizontal=True):
            st.form_submit_button("Check again", on_click=_take)
            st.form_submit_button("Back to the defaults", type="tertiary", on_click=_reset, disabled=not changed)


def _show_threshold(name: str, value: float) -> None:
    st.session_state.setdefault(_key(name), value)
    st.number_input(_title(name), min_value=0.0, step=0.1, format="%g", key=_key(name))
    facts = _FIELDS[name].metadata
    st.caption(f"{capital(facts['unit'])}; default {_default(name):g}. {facts['reason']}")


def _title(name: str) -> str:
    return capital(name.replace("_", " ").replace("coco", "COCO"))


def _default(name: str) -> float:
    return float(getattr(Thresholds(), name))


def _key(name: str) -> str:
    return f"import-threshold-{name}"


def _take() -> None:
    values = {name: float(st.session_state[_key(name)]) for name in _FIELDS}
    st.session_state[THRESHOLDS] = {
        option_name(name): value for name, value in values.items() if value != _default(name)
    }


def _reset() -> None:
    st.session_state.pop(THRESHOLDS, None)
    for name in _FIELDS:
        st.session_state[_key(name)] = _default(name)
