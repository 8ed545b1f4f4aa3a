"""The check before a start, in the plan card."""

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
    """The buttons, and below them the progress or result of the last check."""
    with st.container(horizontal=True, gap="small"):
        if st.button(
            "Check first",
            icon=":material/speed:",
            key="train-check",
            disabled=not is_possible,
            help="Trains two steps on the largest and most crowded images, evaluates two images and writes a "
            "checkpoint, on the real device. Measures memory and time.",
        ):
            _start(settings, request, auto_batch=False)
        if st.button(
            "Find the largest batch",
            icon=":material/unfold_more:",
            type="tertiary",
            key="train-check-batch",
            disabled=not is_possible,
            help="The same check. It first finds the largest batch that fits and does not slow training down.",
        ):
            _start(settings, request, auto_batch=True)
    if _UNDER_WAY in st.session_state:
        key, asked = st.session_state[_UNDER_WAY]
        _show_last(settings, key, asked, request)


def _start(settings: Settings, request: TrainRequest, auto_batch: bool) -> None:
    if _UNDER_WAY in st.session_state:
        with suppress(NotFoundError):  # deleted with the workspace, or after later checks
            training.stop_preflight(settings, st.session_state[_UNDER_WAY][0], actor=actor_of(settings))
    key = training.start_preflight(settings, request, auto_batch, actor=actor_of(settings))
    st.session_state[_UNDER_WAY] = (key, request)


def _show_last(settings: Settings, key: str, asked: TrainRequest, request: TrainRequest) -> None:
    try:
        preflight = training.preflight_state(settings, key, asked)
    except NotFoundError:
        del st.session_state[_UNDER_WAY]
        return
    if not preflight.has_ended:
        st.fragment(_wait, run_every=1.0)(settings, key, asked)
    elif preflight.result:
        _show_result(preflight.result, asked, request)
    elif preflight.phase is Phase.STOPPED:
        st.caption("The check was cancelled.")
    else:
        show_error(AppError(f"The training would fail: {preflight.reason or preflight.phase}", preflight.remedy))
        if preflight.exception:
            st.code(preflight.exception, language=None, wrap_lines=True)


def _wait(settings: Settings, key: str, asked: TrainRequest) -> None:
    with shown_errors():
        preflight = training.preflight_state(settings, key, asked)
        if preflight.has_ended:
            st.rerun()
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="train-check-state"):
            doing = preflight.activity or preflight.reason or "starting"
            st.caption(f":material/hourglass_top: Checking: {escape(doing)}")
            st.space("stretch")
            if st.button("Cancel", type="tertiary", key="train-check-cancel"):
                training.stop_preflight(settings, key, actor=actor_of(settings))


def _show_result(preflight: Preflight, asked: TrainRequest, request: TrainRequest) -> None:
    measured = preflight.measured
    with st.container(border=True, gap="small", key="train-check-result"):
        st.markdown(
            f":material/task_alt: **It fits: {duration(preflight.seconds)}, done at about {_clock(preflight.seconds)}**"
        )
        if _without_names(request) not in (
            _without_names(asked),
            _without_names(training.with_batch(asked, preflight)),
        ):
            st.caption("The form has changed since this check. Check again.")
        show_facts(_facts(preflight))
        for warning in preflight.warnings:
            st.warning(escape(warning), icon=":material/warning:")
        if measured.batch_source:
            st.caption(f"A batch of {measured.batch} is the largest for this device. {escape(measured.batch_source)}")
            if preflight.recipe.batch != (request.changes.batch or 0):
                st.button(
                    f"Use batch {measured.batch}",
                    key="train-check-use",
                    on_click=state.choose,
                    args=("batch", measured.batch),
                )


def _facts(preflight: Preflight) -> dict[str, str]:
    measured = preflight.measured
    most_s = max(measured.step_s, measured.worst_step_s)
    share = f"{100 * measured.peak_mib / measured.memory_mib:.0f} %" if measured.memory_mib else "?"
    return {
        "Memory": f"{data_size(measured.peak_mib * _MIB)} at most, {share} of the memory of the {measured.device}",
        "Iteration": f"{duration(measured.step_s)} at batch {measured.batch}, {duration(most_s)} at most",
        "Evaluation": f"{figure(measured.picture_s)} s per image",
        "Checkpoint": (
            f"{data_size(measured.checkpoint_mib * _MIB)}, {data_size(measured.disk_free_mib * _MIB)} of the disk free"
        ),
    }


def _clock(seconds: float) -> str:
    """The time of day in `seconds` from now, with the date if it is not today."""
    now = datetime.now().astimezone()
    then = now + timedelta(seconds=seconds)
    return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%H:%M on %d %b}"


def _without_names(request: TrainRequest) -> TrainRequest:
    """The part of a request that the check depends on."""
    return replace(request, name="", changes=replace(request.changes, seed=None))
