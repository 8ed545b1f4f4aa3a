"""The plan card of the train page: what the run will do."""

from typing import Any

import streamlit as st

from core.errors import AppError
from core.figures.words.norms import norm_words
from core.figures.words.numbers import count, counted, duration, figure
from core.services import runs, training
from core.settings import Settings
from pages.sections.train import state
from pages.sections.train.check import show_check
from pages.sections.train.model import weights_words
from pages.sections.train.schedule import decay_words
from pages.sections.train.several import show_several
from pages.widgets.notices import show_error
from pages.widgets.text import code, escape, show_facts


def show_plan(
    settings: Settings, request: training.TrainRequest, plan: training.Plan, problem: AppError | None
) -> bool:
    """Draws the card. Returns whether `Start` was pressed. `problem`: why the form gives no plan."""
    with st.container(border=True, key="train-plan"):
        st.markdown("**What will happen**")
        _show_time(settings, plan)
        st.text_input(
            "Name",
            placeholder=plan.name,
            **state.setting("name", str(state.chosen().get("name", "")), _name_or_none, start="value"),
        )
        _show_facts(plan)
        _show_differences(plan)
        for warning in plan.warnings:
            st.caption(f":material/info: {escape(warning)}")
        if problem:
            show_error(problem)
        _show_blockers(plan)
        show_several()
        show_check(settings, request, is_possible=not (plan.blockers or problem))
        return st.button(
            "Start",
            type="primary",
            icon=":material/play_arrow:",
            disabled=bool(plan.blockers or problem),
            width="stretch",
            key="train-start",
        )


def _name_or_none(text: str) -> str | None:
    return text.strip() or None


def _show_time(settings: Settings, plan: training.Plan) -> None:
    """The duration and the device."""
    devices = runs.devices(settings)
    ahead = sum(slot.busy for slot in devices.slots) + len(devices.waiting)
    is_full = all(slot.busy for slot in devices.slots)
    if devices.cluster:
        ahead, is_full = devices.cluster.waiting, devices.cluster.waiting > 0
    time = f"About {duration(plan.seconds)}" if plan.seconds else "Time not known yet"
    waits = f", after {counted(ahead, 'other')}" if is_full else ""
    st.markdown(f"#### {time}")
    several = f", {plan.recipe.devices} GPUs" if plan.recipe.devices > 1 and plan.device.is_gpu else ""
    st.caption(f"on the {escape(plan.device.title)}{several}{waits} · {escape(plan.seconds_source)}")


def _show_facts(plan: training.Plan) -> None:
    recipe, data = plan.recipe, plan.data
    background = f", {count(data.background['train'])} of them background" if data.background["train"] else ""
    bare = data.without_objects
    every = counted(recipe.evaluate_every, "iteration")
    views = f" (test-time augmentation, {len(recipe.views)} views)" if len(recipe.views) > 1 else ""
    size = _sides(recipe.input_sizes)
    norms = norm_words(recipe)
    show_facts(
        {
            "Images": f"{count(plan.images)}{background}",
            "Without objects": f"{count(bare['background'])} background, {count(bare['unlabelled'])} unlabelled",
            "Objects": f"{count(plan.objects)} in {counted(len(data.classes), 'class', 'classes')}",
            "Length": f"{counted(recipe.iterations, 'iteration')}, {figure(plan.epochs)} epochs",
            "Learning rate": f"{figure(recipe.learning_rate)} at batch {recipe.batch}, {decay_words(recipe)}",
            "Starts from": weights_words(recipe.weights.kind, recipe.weights.value),
            "Frozen": counted(recipe.frozen_stages, "stage") if recipe.frozen_stages else "nothing",
            **({"Batch norm": norms} if norms else {}),
            "Input": f"{size} px"
            if size == str(recipe.test_size)
            else f"{size} px; validation and use {recipe.test_size} px",
            "Validation": f"{counted(data.images['val'], 'image')}{views}, every {every}",
            "Data": f"{_loaders(plan.loaders.processes)}{plan.loaders.reason}",
        }
    )


def _loaders(processes: int) -> str:
    return f"prepared by {counted(processes, 'process', 'processes')}, " if processes else "prepared "


def _sides(sides: tuple[int, ...]) -> str:
    return f"{min(sides)} to {max(sides)}" if len(sides) > 1 else str(sides[0])


def _show_differences(plan: training.Plan) -> None:
    if not plan.differences:
        st.caption("Same as the preset.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Differs from the preset:")
        st.button("Back to the preset", type="tertiary", icon=":material/undo:", on_click=state.forget)
    rows = [
        f"- {escape(difference.setting.replace('_', ' '))}: {_plain(difference.preset)} → {_plain(difference.chosen)}"
        for difference in plan.differences
    ]
    st.markdown("\n".join(rows))


def _plain(value: Any) -> str:
    """A setting's value; for a group of settings, those that are on."""
    if isinstance(value, dict):
        on = ", ".join(f"{name} {inner}" for name, inner in value.items() if inner)
        return code(on or "none")
    return code("none" if value is None or value == [] else str(value))


def _show_blockers(plan: training.Plan) -> None:
    for blocker in plan.blockers:
        show_error(AppError(blocker.message, blocker.remedy))
    if plan.data.reasons:
        st.page_link(
            "pages/dataset.py",
            label="Open the data set",
            icon=":material/photo_library:",
            query_params={"dataset": plan.data.dataset},
        )
