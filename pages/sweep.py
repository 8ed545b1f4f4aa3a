"""Sweeps of a run's settings. Address: `run` shows the form and its sweeps, `sweep` one of them."""

import streamlit as st

from core.services import sweeps
from core.settings import Settings
from pages.sections.runs.sweep import show_sweep
from pages.sections.runs.sweep_form import show_form
from pages.widgets import address
from pages.widgets.cached import current_settings
from pages.widgets.notices import shown_errors


def main(settings: Settings) -> None:
    """Draws the page."""
    key, run = address.text("sweep"), address.text("run")
    if key:
        sweep = sweeps.describe_sweep(settings, key)
        st.fragment(_live, run_every=None if sweep.ended else 2.0)(settings, key, sweep.phase)
    elif run:
        show_form(settings, run)
    else:
        st.switch_page("pages/runs.py")


def _live(settings: Settings, key: str, phase: str) -> None:
    """The sweep as it stands now. A new phase reruns the whole page, because other buttons apply."""
    with shown_errors():
        sweep = sweeps.describe_sweep(settings, key)
        show_sweep(settings, sweep)
        if sweep.phase != phase:
            st.rerun()


main(current_settings())
