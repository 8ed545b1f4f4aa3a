"""The thresholds of the checks, with defaults and reasons. Changed ones run the checks again."""

from dataclasses import fields

import streamlit as st

from core.labels.checks.thresholds import option_name
from core.services.datasets import Thresholds
from pages.sections.datasets.import_options import THRESHOLDS, changed_thresholds


def show_thresholds() -> None:
    """An expander with a number for each threshold."""
    now, changed = changed_thresholds(), changed_thresholds().changed()
    title = f"Thresholds of the checks ({len(changed)} changed)" if changed else "Thresholds of the checks"
    with st.expander(title), st.form("import-thresholds-form", border=False):
        columns = st.columns(2, gap="medium")
        for number, each in enumerate(fields(Thresholds)):
            default = float(each.default)  # type: ignore[arg-type]
            st.session_state.setdefault(_key(each.name), float(getattr(now, each.name)))
            with columns[number % 2]:
                st.number_input(_title(each.name), min_value=0.0, step=0.1, format="%g", key=_key(each.name))
                st.caption(f"{each.metadata['unit'].capitalize()}; default {default:g}. {each.metadata['reason']}")
        with st.container(horizontal=True):
            st.form_submit_button("Check again", on_click=_take)
            st.form_submit_button("Back to the defaults", type="tertiary", on_click=_reset, disabled=not changed)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _key(name: str) -> str:
    return f"import-threshold-{name}"


def _take() -> None:
    values = {each.name: float(st.session_state[_key(each.name)]) for each in fields(Thresholds)}
    st.session_state[THRESHOLDS] = {
        option_name(each.name): values[each.name] for each in fields(Thresholds) if values[each.name] != each.default
    }


def _reset() -> None:
    st.session_state.pop(THRESHOLDS, None)
    for each in fields(Thresholds):
        st.session_state[_key(each.name)] = float(each.default)  # type: ignore[arg-type]
