"""The head of a run's page: how it stands, why, and what can be done. Imported by pages/run.py."""

from typing import Any, Literal

import streamlit as st

from core.desk import runs
from core.errors import AppError
from core.figures.words import ago, duration
from core.settings import Settings
from pages.widgets.markup import escape
from pages.widgets.notices import show_error
from pages.widgets.phase import show_phase
from pages.widgets.run_keeping import show_keeping
from pages.widgets.run_notes import show_notes


def show_header(settings: Settings, run: dict[str, Any]) -> None:
    """Name, phase and buttons, and for a run that went wrong what happened and what to do."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(escape(run["name"]), anchor=False, width="content")
        show_phase(run["phase"])
        st.space("stretch")
        _show_actions(settings, run)
    st.caption(_origin(run))
    show_notes(settings, run)
    if run["phase"] in ("failed", "lost"):
        _show_failure(run)
    elif run["reason"]:
        st.caption(f":material/info: {escape(run['reason'])}")


def _origin(run: dict[str, Any]) -> str:
    parts = [f"{run['dataset_name']} {run['version']}", run["model_title"], run["device"]]
    started = f"started {ago(run['started'])}" if run["started"] else ""
    took = f"took {duration(run['updated'] - run['started'])}" if run["ended"] and run["started"] else ""
    return " · ".join(escape(part) for part in [*parts, started, took] if part)


def _show_actions(settings: Settings, run: dict[str, Any]) -> None:
    key = run["run"]
    if not run["ended"]:
        if st.button("Stop", icon=":material/stop_circle:", key="run-stop", help="A checkpoint is written first."):
            runs.stop(settings, key)
            st.toast("The run was asked to stop; it writes a checkpoint first.")
        with st.popover("Kill", icon=":material/cancel:"):
            st.markdown("Ends the run at once. What came after the last checkpoint is lost.")
            if st.button("Kill the run", type="primary", key="run-kill"):
                runs.kill(settings, key)
                st.rerun()
    elif run["phase"] != "finished":
        is_wanted = run["phase"] in ("lost", "failed")
        if st.button("Resume", icon=":material/resume:", type=_emphasis(is_wanted), key="run-resume"):
            runs.resume(settings, key)
            st.rerun()
    kind = _emphasis(run["phase"] == "finished")
    unused = not run["checkpoints"]
    if st.button("Evaluate", icon=":material/fact_check:", type=kind, key="run-evaluate", disabled=unused):
        st.switch_page("pages/evaluate.py", query_params={"of": key})
    again = "Train again with this recipe, changed as you like."
    if st.button("Clone", icon=":material/content_copy:", key="run-clone", help=again, disabled=not run["recipe"]):
        st.switch_page("pages/train.py", query_params={"clone": key})
    show_keeping(settings, run)


def _emphasis(is_next_step: bool) -> Literal["primary", "secondary"]:
    return "primary" if is_next_step else "secondary"


def _show_failure(run: dict[str, Any]) -> None:
    show_error(AppError(run["reason"] or "Nobody knows why it ended.", run["remedy"]))
    if run["exception"]:
        st.code(run["exception"], language=None, wrap_lines=True)
