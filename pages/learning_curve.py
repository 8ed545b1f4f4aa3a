"""The learning curve of a run: would more images help? Address: `run` (it began with) or `curve`, `class`."""

import streamlit as st

from core.services import training
from core.settings import Settings
from pages.sections.runs.learning_curve import show_curve, show_start
from pages.widgets import address
from pages.widgets.cached import current_settings
from pages.widgets.notices import shown_errors


def main(settings: Settings) -> None:
    """Draws the page."""
    key = address.text("curve") or address.text("run")
    if not key:
        st.switch_page("pages/runs.py")
    curve = training.learning_curve(settings, key)
    if not curve.group:
        show_start(settings, curve)
        return
    is_live = not curve.ended
    st.fragment(_live, run_every=2.0 if is_live else None)(settings, curve.group, is_live)


def _live(settings: Settings, key: str, was_live: bool) -> None:
    """The curve as it stands now. Once its last run has ended, the page reruns without its timer."""
    with shown_errors():
        curve = training.learning_curve(settings, key)
        show_curve(settings, curve)
        if was_live and curve.ended:
            st.rerun()


main(current_settings())
