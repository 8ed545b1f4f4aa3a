"""All runs with their phase, the comparison of several, and the trash.

Address: `q`, `dataset`, `phase`, `tag`, `archived` (1), `page`, `compare` (run ids), `trash` (1);
`group` shows only the runs of that group.
"""

import streamlit as st

from core.services import runs
from core.services.runs import RunSummary
from core.settings import Settings
from pages.sections.runs.comparison import show_comparison
from pages.sections.runs.group import entries, open_group, show_group
from pages.sections.runs.keeping import show_trash, show_undo
from pages.sections.runs.listing import choose_runs, show_list, shows_archived
from pages.sections.runs.queue import show_queue
from pages.widgets import address
from pages.widgets.cached import current_settings
from pages.widgets.notices import shown_errors


def main(settings: Settings) -> None:
    """Draws the page."""
    show_undo(settings)
    all_runs = runs.list_runs(settings, archived=True)
    if not all_runs:
        _show_empty()
        show_trash(settings)
        return
    chosen = [run.run for run in choose_runs(all_runs) if shows_archived() or not (run.archived and run.ended)]
    is_live = any(not run.ended for run in all_runs)
    # Without an active run the queue may still hold a damaged ticket.
    st.fragment(show_queue, run_every=2.0 if is_live else None)(settings)
    st.fragment(_show, run_every=1.5 if is_live else None)(settings, chosen, is_live, [all_runs])
    show_trash(settings)


def _show(settings: Settings, chosen: list[str], is_live: bool, at_hand: list[list[RunSummary]]) -> None:
    """The chosen runs as they stand now. Once the last one has ended, the page reruns without its timer.

    `at_hand` holds the list of all runs for the first call, and is empty afterwards.
    """
    with shown_errors():
        all_runs = at_hand.pop() if at_hand else runs.list_runs(settings, archived=True)
        picked = address.several("compare", [run.run for run in all_runs])
        listed = [run for run in all_runs if run.run in chosen or run.run in picked]
        if group := open_group(all_runs):
            show_group(group)
            order = {run.run: number for number, run in enumerate(group.runs)}
            listed = sorted((run for run in all_runs if run.run in order), key=lambda run: order[run.run])
        if not listed:
            st.caption("No run passes the filter.")
        show_list(settings, entries(listed, all_runs, picked), picked)
        if len(picked) > 1:
            show_comparison(settings, picked)
        elif picked:
            st.caption("Tick a second run to compare the two.")
        if is_live and all(run.ended for run in all_runs):
            st.rerun()


def _show_empty() -> None:
    st.subheader("No runs yet", anchor=False)
    st.markdown("A run trains one model on one data set, in the background: you can close the browser meanwhile.")
    st.page_link("pages/train.py", label="Train a model", icon=":material/model_training:")


main(current_settings())
