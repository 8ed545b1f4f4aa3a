"""The environment of a run as a folded card, and the button that repeats the run."""

import pandas as pd
import streamlit as st

from core.figures.words.numbers import count, counted
from core.services.runs import EnvironmentStart, RunDescription
from core.services.training import repeat_run
from core.settings import Settings
from pages.widgets.actor import actor_of
from pages.widgets.text import escape, show_facts


def show_repeat(settings: Settings, run: RunDescription) -> None:
    """The button that starts a run with the same recipe, data version and seed, and opens it."""
    again = "Train again with the same recipe, data version and seed."
    if st.button("Repeat", icon=":material/replay:", key="run-repeat", help=again, disabled=not run.recipe):
        st.switch_page("pages/run.py", query_params={"run": repeat_run(settings, run.run, actor=actor_of(settings))})


def show_environment(run: RunDescription) -> None:
    """The card, folded to one line; nothing before the worker starts."""
    starts = run.environment
    if not starts:
        return
    last = starts[-1]
    packages = last["packages"]
    words = f"PyTorch {packages.get('torch', '')}, seed {last['seed']}, {last['device']}"
    with st.expander(f"**Made with** · {escape(words)}", icon=":material/package_2:", key="run-environment"):
        if len(starts) > 1:
            at = ", ".join(count(start["iteration"]) for start in starts[1:])
            st.caption(f"The environment changed at iteration {at}. This is the last one.")
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
    """Version and revision. Starts recorded before 0.12 have no version."""
    revision = start["git"] or "unknown revision: not a git clone"
    return f"Detdesk {start['version']}, {revision}" if start.get("version") else revision
