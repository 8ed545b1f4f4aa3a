"""An unfinished evaluation: its progress, or why it ended."""

import streamlit as st

from core.errors import AppError
from core.figures.words.numbers import count
from core.services import evaluation
from core.settings import Settings
from pages.widgets.notices import show_error, shown_errors
from pages.widgets.text import escape


def show_progress(settings: Settings, key: str) -> bool:
    """Draws the progress of an unfinished evaluation. Returns whether there is a result to show instead."""
    state = evaluation.evaluation_state(settings, key)
    if state.phase == "finished":
        return True
    if state.has_ended:
        show_error(AppError(state.reason or f"The evaluation is {state.phase}.", state.remedy or "Start it again."))
        if state.exception:
            st.code(state.exception, language=None, wrap_lines=True)
        st.page_link("pages/evaluate.py", label="All evaluations", icon=":material/arrow_back:")
        return False
    st.fragment(_wait, run_every=1.0)(settings, key)
    return False


def _wait(settings: Settings, key: str) -> None:
    with shown_errors():
        state = evaluation.evaluation_state(settings, key)
        doing = escape(state.activity or state.reason or str(state.phase))
        words = f"{count(state.done)} of {count(state.of)} images · {doing}"
        st.progress(min(state.done / state.of, 1.0) if state.of else 0.0, words)
        if state.has_ended:
            st.rerun()
