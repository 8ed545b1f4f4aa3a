"""One run or several of the same recipe: the choice in the plan card, and the start."""

from typing import Final

import streamlit as st

from core.services import training
from core.services.training import TrainRequest
from core.settings import Settings
from pages.widgets.actor import actor_of
from pages.widgets.progress import progress_bar

_KINDS: Final = {"one": "One run", "seeds": "Several seeds", "folds": "Folds"}
_HELP: Final = {
    "seeds": "The same training with different seeds: how much of the result is chance?",
    "folds": "Training and validation images are divided into this many parts. Each run validates on another part.",
}


def show_several() -> None:
    """The choice, kept in the session."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        kind = st.segmented_control(
            "Runs", list(_KINDS), default="one", format_func=_KINDS.__getitem__, required=True, key="train:runs"
        )
        if kind != "one":
            usual = 3 if kind == "seeds" else 5
            st.number_input("How many", 2, training.MOST_RUNS, usual, key=f"train:{kind}", width=110)
    if kind != "one":
        st.caption(_HELP[str(kind)])


def start(settings: Settings, request: TrainRequest) -> None:
    """Starts the chosen run or runs, and opens their page."""
    kind = str(st.session_state.get("train:runs") or "one")
    if kind == "one":
        st.switch_page(
            "pages/run.py", query_params={"run": training.start_run(settings, request, actor=actor_of(settings))}
        )
    number = int(st.session_state[f"train:{kind}"])
    if kind == "seeds":
        first = 1 if request.changes.seed is None else request.changes.seed
        key = training.start_seeds(settings, request, range(first, first + number), actor=actor_of(settings))
    else:
        with progress_bar("Dividing the images") as progress:
            key = training.start_folds(settings, request, number, progress, actor=actor_of(settings))
    st.switch_page("pages/runs.py", query_params={"group": key})
