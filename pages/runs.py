"""All runs: how each stands, several compared, and the trash.

Address: `q`, `dataset`, `phase`, `tag`, `archived` (1), `page`, `compare` (run ids), `trash` (1);
`group` shows the runs of one group only.
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
    show_undo(settings)
    known = runs.list_runs(settings, archived=True)
    if not known:
        _show_empty()
        show_trash(settings)
        return
    chosen = [run.run for run in choose_runs(known) if shows_archived() or not (run.archived and run.ended)]
    is_live = any(not run.ended for run in known)
    # Without a living run there may be a damaged ticket of a dead one.
    st.fragment(show_queue, run_every=2.0 if is_live else None)(settings)
    st.fragment(_show, run_every=1.5 if is_live else None)(settings, chosen, is_live, [known])
    show_trash(settings)


def _show(settings: Settings, chosen: list[str], is_live: bool, at_hand: list[list[RunSummary]]) -> None:
    """The chosen runs as they stand now; once the last has ended, the page is drawn without its clock.

    `at_hand` holds the list of all runs, for the first time only.
    """
    with shown_errors():
        known = at_hand.pop() if at_hand else runs.list_runs(settings, archived=True)
        picked = address.several("compare", [run.run for run in known])
        shown = [run for run in known if run.run in chosen or run.run in picked]
        if group := open_group(known):
            show_group(group)
            place = {run.run: number for number, run in enumerate(group.runs)}
            shown = sorted((run for run in known if run.run in place), key=lambda run: place[run.run])
        if not shown:
            st.caption("No run passes the filter.")
        show_list(settings, entries(shown, known, picked), picked)
        if len(picked) > 1:
            show_comparison(settings, picked)
        elif picked:
            st.caption("Tick a second run to compare the two.")
        if is_live and all(run.ended for run in known):
            st.rerun()


def _show_empty() -> None:
    st.subheader("No runs yet", anchor=False)
    st.markdown("A run trains one model on one data set, in the background: you may close the browser meanwhile.")
    st.page_link("pages/train.py", label="Train a model", icon=":material/model_training:")


main(current_settings())
