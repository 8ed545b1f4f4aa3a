"""The check before a start, in the card that says what will happen."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import streamlit as st

from core.errors import AppError, NotFoundError
from core.figures.words.numbers import data_size, duration, figure
from core.services import training
from core.services.training import Preflight, TrainRequest
from core.settings import Settings
from core.training.run.status import Phase
from pages.sections.train import state
from pages.widgets.actor import actor_of
from pages.widgets.notices import show_error, shown_errors
from pages.widgets.text import escape, show_facts

_UNDER_WAY: Final = "train:check"
_MIB: Final = 2**20


def show_check(settings: Settings, request: TrainRequest, is_possible: bool) -> None:
    """The buttons, and below them the check that was started last: how it stands, or what it found."""
    with st.container(horizontal=True, gap="small"):
        if st.button(
            "Check first",
            icon=":material/speed:",
            key="train-check",
            disabled=not is_possible,
            help="Two steps on the largest and most crowded images, an evaluation of two and a checkpoint, on the "
            "device itself: is there room, and how long will it take?",
        ):
            _start(settings, request, auto_batch=False)
        if st.button(
            "Find the largest batch",
            icon=":material/unfold_more:",
            type="tertiary",
            key="train-check-batch",
            disabled=not is_possible,
            help="The same check, which first looks for the largest batch that fits and costs no time.",
        ):
            _start(settings, request, auto_batch=True)
    if _UNDER_WAY in st.session_state:
        key, asked = st.session_state[_UNDER_WAY]
        _show_last(settings, key, asked, request)


def _start(settings: Settings, request: TrainRequest, auto_batch: bool) -> None:
    if _UNDER_WAY in st.session_state:
        with suppress(NotFoundError):  # swept away, with the workspace or by later checks
            training.stop_preflight(settings, st.session_state[_UNDER_WAY][0], actor=actor_of(settings))
    key = training.start_preflight(settings, request, auto_batch, actor=actor_of(settings))
    st.session_state[_UNDER_WAY] = (key, request)


def _show_last(settings: Settings, key: str, asked: TrainRequest, request: TrainRequest) -> None:
    try:
        found = training.preflight_state(settings, key, asked)
    except NotFoundError:
        del st.session_state[_UNDER_WAY]
        return
    if not found.has_ended:
        st.fragment(_wait, run_every=1.0)(settings, key, asked)
    elif found.result:
        _show_result(found.result, asked, request)
    elif found.phase is Phase.STOPPED:
        st.caption("The check was cancelled.")
    else:
        show_error(AppError(f"The training would fail: {found.reason or found.phase}", found.remedy))
        if found.exception:
            st.code(found.exception, language=None, wrap_lines=True)


def _wait(settings: Settings, key: str, asked: TrainRequest) -> None:
    with shown_errors():
        found = training.preflight_state(settings, key, asked)
        if found.has_ended:
            st.rerun()
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="train-check-state"):
            doing = found.activity or found.reason or "starting"
            st.caption(f":material/hourglass_top: Checking: {escape(doing)}")
            st.space("stretch")
            if st.button("Cancel", type="tertiary", key="train-check-cancel"):
                training.stop_preflight(settings, key, actor=actor_of(settings))


def _show_result(found: Preflight, asked: TrainRequest, request: TrainRequest) -> None:
    measured = found.measured
    with st.container(border=True, gap="small", key="train-check-result"):
        st.markdown(
            f":material/task_alt: **It fits: {duration(found.seconds)}, done at about {_clock(found.seconds)}**"
        )
        if _without_names(request) not in (_without_names(asked), _without_names(training.with_batch(asked, found))):
            st.caption("The form has changed since this check.")
        show_facts(_facts(found))
        for warning in found.warnings:
            st.warning(escape(warning), icon=":material/warning:")
        if measured.batch_source:
            st.caption(f"A batch of {measured.batch} is the largest to take here. {escape(measured.batch_source)}")
            if found.recipe.batch != (request.changes.batch or 0):
                st.button(
                    f"Use batch {measured.batch}",
                    key="train-check-use",
                    on_click=state.choose,
                    args=("batch", measured.batch),
                )


def _facts(found: Preflight) -> dict[str, str]:
    measured = found.measured
    most_s = max(measured.step_s, measured.worst_step_s)
    share = f"{100 * measured.peak_mib / measured.memory_mib:.0f} %" if measured.memory_mib else "?"
    return {
        "Memory": f"{data_size(measured.peak_mib * _MIB)} at most, {share} of what there is on the {measured.device}",
        "Iteration": f"{duration(measured.step_s)} at batch {measured.batch}, {duration(most_s)} at most",
        "Evaluation": f"{figure(measured.picture_s)} s an image",
        "Checkpoint": (
            f"{data_size(measured.checkpoint_mib * _MIB)}, {data_size(measured.disk_free_mib * _MIB)} of the disk free"
        ),
    }


def _clock(seconds: float) -> str:
    """The time of day in so many seconds, with the day where that is another one."""
    now = datetime.now().astimezone()
    then = now + timedelta(seconds=seconds)
    return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%H:%M on %d %b}"


def _without_names(request: TrainRequest) -> TrainRequest:
    """What of a request decides the check."""
    return replace(request, name="", changes=replace(request.changes, seed=None))
