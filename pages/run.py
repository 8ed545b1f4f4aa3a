"""One run: live while it runs, and what became of it. Address: `run`."""

import streamlit as st

from core.desk import runs
from core.figures.runs import Look
from core.settings import Settings
from pages.widgets import address
from pages.widgets.cached import settings
from pages.widgets.notices import shown_errors
from pages.widgets.run_header import show_header
from pages.widgets.run_live import choose_look, show_live


def main(here: Settings) -> None:
    key = address.text("run")
    if not key:
        st.switch_page("pages/runs.py")
    run = runs.describe_run(here, key)
    show_header(here, run)
    look = choose_look()
    if run["ended"]:
        show_live(here, key, look)
    else:
        st.fragment(_live, run_every=1.0)(here, key, look, run["phase"])


def _live(here: Settings, key: str, look: Look, phase: str) -> None:
    """One second of a run; a new phase draws the whole page, with other buttons, and after the end without a clock."""
    with shown_errors():
        run = show_live(here, key, look)
        if run["phase"] != phase:
            st.rerun()


main(settings())
