"""What a run was made with, as a folded card, and the button that runs it again."""

import pandas as pd
import streamlit as st

from core.figures.words.numbers import count, counted
from core.services.runs import EnvironmentStart, RunDescription
from core.services.training import repeat_run
from core.settings import Settings
from pages.widgets.actor import actor_of
from pages.widgets.text import escape, show_facts


def show_repeat(settings: Settings, run: RunDescription) -> None:
    """The button that starts the same recipe on the same data version with the same seed, and goes to the new run."""
    again = "Train again with the same recipe, data version and seed."
    if st.button("Repeat", icon=":material/replay:", key="run-repeat", help=again, disabled=not run.recipe):
        st.switch_page("pages/run.py", query_params={"run": repeat_run(settings, run.run, actor=actor_of(settings))})


def show_environment(run: RunDescription) -> None:
    """The card, folded to one line; nothing before the worker has started."""
    starts = run.environment
    if not starts:
        return
    last = starts[-1]
    packages = last["packages"]
    words = f"PyTorch {packages.get('torch', '')}, seed {last['seed']}, {last['device']}"
    with st.expander(f"**Made with** · {escape(words)}", icon=":material/package_2:", key="run-environment"):
        if len(starts) > 1:
            at = ", ".join(count(start["iteration"]) for start in starts[1:])
            st.caption(f"It was not the same from beginning to end: it changed at iteration {at}. Shown is the last.")
        show_facts(
            {
                "Data": f"content hash {last['data_hash'][:16] or 'unknown'}",
                "Program": _program(last),
                "Python": f"{last['python']} on {last['platform']}",
                "CUDA": last["cuda"] or "not used",
                "Threads": counted(last["threads"], "thread"),
            }
        )
        names = sorted(packages)
        table = pd.DataFrame({"Package": names, "Version": [packages[name] for name in names]})
        st.dataframe(table, hide_index=True, height="content")


def _program(start: EnvironmentStart) -> str:
    """Version and revision. A start that was noted before 0.12 has no version."""
    revision = start["git"] or "no clone, so no revision is known"
    return f"Detdesk {start['version']}, {revision}" if start.get("version") else revision
