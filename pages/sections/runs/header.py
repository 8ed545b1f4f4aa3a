"""The header of a run's page: phase, reason and actions."""

from typing import Literal

import streamlit as st

from core.errors import DamagedFileError
from core.figures.words.numbers import ago, count, data_size, duration
from core.services import runs, training
from core.services.runs import RunDescription
from core.settings import Settings
from pages.sections.runs.environment import show_repeat
from pages.sections.runs.failure import show_failure, show_past
from pages.sections.runs.further import show_further
from pages.sections.runs.group import show_everything, show_membership
from pages.sections.runs.keeping import show_keeping
from pages.sections.runs.notes import show_notes
from pages.widgets.actor import actor_of
from pages.widgets.badges import show_phase
from pages.widgets.text import escape


def show_header(settings: Settings, run: RunDescription) -> None:
    """Name, phase and buttons; for a failed run also the cause and the repair."""
    repair = _find_repair(settings, run) if run.phase in ("failed", "lost") else None
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(escape(run.name), anchor=False, width="content")
        show_phase(run.phase)
        st.space("stretch")
        _show_actions(settings, run, repair)
    st.caption(_origin(run))
    show_membership(run)
    show_past(run)
    if run.note is not None:
        show_notes(settings, run)
    if repair:
        show_failure(settings, run, repair)
    elif run.reason:
        st.caption(f":material/info: {escape(run.reason)}")


def _find_repair(settings: Settings, run: RunDescription) -> training.Repair | None:
    try:
        return training.repair(settings, run.run)
    except DamagedFileError:
        return None  # the page shows the damage


def _origin(run: RunDescription) -> str:
    parts = [f"{run.dataset_name} {run.version}", run.model_title, run.device]
    by = f" by {run.actor.name}" if run.actor else ""
    started = f"started {ago(run.started)}{by}" if run.started else ""
    took = f"took {duration(run.updated - run.started)}" if run.ended and run.started else ""
    size = f"{data_size(run.bytes)} on disk"
    return " · ".join(escape(part) for part in [*parts, started, took, size] if part)


def _show_actions(settings: Settings, run: RunDescription, repair: training.Repair | None) -> None:
    key = run.run
    if run.phase == "queued":
        if st.button("Cancel", icon=":material/close:", key="run-cancel", help="Takes it out of the queue."):
            runs.cancel_waiting(settings, key, actor=actor_of(settings))
            st.toast("The run was taken out of the queue.")
    elif not run.ended:
        if st.button("Stop", icon=":material/stop_circle:", key="run-stop", help="A checkpoint is written first."):
            runs.stop(settings, key, actor=actor_of(settings))
            st.toast("The run is stopping. It writes a checkpoint first.")
        with st.popover("Kill", icon=":material/cancel:"):
            st.markdown("Ends the run at once. Everything after the last checkpoint is lost.")
            if st.button("Kill the run", type="primary", key="run-kill"):
                runs.kill(settings, key, actor=actor_of(settings))
                st.rerun()
    elif run.phase != "finished":
        # If a changed recipe is offered, resuming with the same one would usually fail again.
        is_wanted = repair is not None and not repair.changes
        if st.button("Resume", icon=":material/resume:", type=_emphasis(is_wanted), key="run-resume"):
            runs.resume(settings, key, actor=actor_of(settings))
            st.rerun()
    _show_extend(settings, run)
    kind = _emphasis(run.phase == "finished")
    unused = not run.checkpoints
    if st.button("Evaluate", icon=":material/fact_check:", type=kind, key="run-evaluate", disabled=unused):
        st.switch_page("pages/evaluate.py", query_params={"of": key})
    again = "Fill the train page with this recipe."
    if st.button("Clone", icon=":material/content_copy:", key="run-clone", help=again, disabled=not run.recipe):
        st.switch_page("pages/train.py", query_params={"clone": key})
    show_everything(settings, run)
    show_further(run)
    show_repeat(settings, run)
    show_keeping(settings, run)


def _emphasis(is_next_step: bool) -> Literal["primary", "secondary"]:
    return "primary" if is_next_step else "secondary"


def _show_extend(settings: Settings, run: RunDescription) -> None:
    """The number of iterations and the button; nothing for a run that cannot be extended."""
    if run.phase not in ("finished", "stopped") or not run.checkpoints:
        return
    with st.popover("Extend", icon=":material/more_time:", key="run-extend"):
        more = st.number_input(
            "More iterations", 1, 10_000_000, max(1, run.of_iterations // 2), step=50, key="run-extend-by"
        )
        planned = run.iteration if run.phase == "finished" else run.of_iterations
        st.caption(
            f"It continues from its last checkpoint to iteration {count(planned + more)}. There is no second warm-up. "
            "The learning rate stays at its last value; a decay still to come moves along. Patience starts again."
        )
        if st.button("Extend the run", type="primary", key="run-extend-start"):
            training.extend_run(settings, run.run, more, actor=actor_of(settings))
            st.rerun()
