"""The menu that gives an ended run more iterations."""

from typing import Any

import streamlit as st

from core.figures.words.numbers import count
from core.services import training
from core.settings import Settings


def show_extend(settings: Settings, run: dict[str, Any]) -> None:
    """How much longer, and the button; nothing for a run that cannot be extended."""
    if run["phase"] not in ("finished", "stopped") or not run["checkpoints"]:
        return
    with st.popover("Extend", icon=":material/more_time:", key="run-extend"):
        more = st.number_input(
            "More iterations", 1, 10_000_000, max(1, run["of_iterations"] // 2), step=50, key="run-extend-by"
        )
        planned = run["iteration"] if run["phase"] == "finished" else run["of_iterations"]
        st.caption(
            f"It goes on from its last checkpoint and ends at iteration {count(planned + more)}. No second warm-up; "
            "the learning rate goes on as it was last, and decay that is still ahead moves along. Patience counts anew."
        )
        if st.button("Extend the run", type="primary", key="run-extend-start"):
            training.extend_run(settings, run["run"], more)
            st.rerun()
