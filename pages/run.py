"""One run, live while it trains, and its results. Address: `run`."""

import streamlit as st

from core.errors import DamagedFileError
from core.services import runs
from core.settings import Settings
from pages.sections.runs.environment import show_environment
from pages.sections.runs.header import show_header
from pages.sections.runs.live import show_live
from pages.sections.runs.weights import show_weights
from pages.widgets import address
from pages.widgets.cached import current_settings
from pages.widgets.damage import show_instead, show_side_damage
from pages.widgets.notices import shown_errors


def main(settings: Settings) -> None:
    """Draws the page."""
    key = address.text("run")
    if not key:
        st.switch_page("pages/runs.py")
    try:
        run = runs.describe_run(settings, key)
    except DamagedFileError as error:
        show_instead(settings, "run", key, error)
        return
    show_header(settings, run)
    show_side_damage(settings, "run", run.run, run.damaged)
    st.fragment(_live, run_every=None if run.ended else 1.0)(settings, key, run.phase)
    show_weights(run)
    show_environment(run)


def _live(settings: Settings, key: str, phase: str) -> None:
    """The run as it stands now. A new phase reruns the whole page, because other buttons apply."""
    with shown_errors():
        run = show_live(settings, key)
        if run.phase != phase:
            st.rerun()


main(current_settings())
