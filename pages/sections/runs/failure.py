"""The failure of a run, and the button that starts it again with a changed recipe."""

from typing import Any

import streamlit as st

from core.errors import AppError
from core.figures.words.numbers import count
from core.services import training
from core.services.runs import RunDescription
from core.settings import Settings
from core.training.recipe.diff import plain_value
from core.training.recipe.recipe import model_of
from pages.widgets.actor import actor_of
from pages.widgets.notices import show_error
from pages.widgets.text import code, escape


def show_failure(settings: Settings, run: RunDescription, repair: training.Repair) -> None:
    """The cause, the changed settings, the button that starts again with them, and the folded exception."""
    show_error(AppError(run.reason or "The run ended for an unknown reason.", run.remedy))
    _show_way_by_hand(settings, run)
    if repair.changes:
        with st.container(border=True, key="run-repair"):
            _show_repair(settings, run, repair)
    if run.exception:
        with st.expander("Last exception", icon=":material/bug_report:"):
            st.code(run.exception, language=None, wrap_lines=True)


def _show_way_by_hand(settings: Settings, run: RunDescription) -> None:
    """A link for a run that ended because its published weights could not be had."""
    recipe = run.recipe
    if recipe is None or run.iteration or recipe.weights.kind != "zoo":
        return
    if training.has_downloaded(settings, model_of(recipe)):
        return
    st.page_link(
        "pages/weights.py",
        label="Bring the weights by hand",
        icon=":material/download:",
        query_params={"model": recipe.model},
    )


def show_past(run: RunDescription) -> None:
    """The failed run that this run repairs, and the automatic retries of this run."""
    origin = run.repaired_from
    if origin:
        start = (
            f"continues from iteration {count(origin.iteration)}" if origin.iteration else "starts from the beginning"
        )
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(f":material/healing: Repairs a failed run, and {start}. {escape(origin.cause)}")
            st.page_link("pages/run.py", label="Open the failed run", query_params={"run": origin.run})
    for retry in run.retries:
        at = f"at iteration {count(retry.iteration)}" if retry.iteration else "at the beginning"
        st.caption(f":material/autorenew: Retried automatically {at}. {escape(retry.cause)} {escape(retry.change)}")


def _show_repair(settings: Settings, run: RunDescription, repair: training.Repair) -> None:
    st.markdown("**What should make it work**")
    rows = [
        f"| {escape(_title(change.setting))} | {_value(change.before)} | {_value(change.after)} |"
        for change in repair.changes
    ]
    st.markdown("\n".join(["| Setting | Now | Then |", "|---|---|---|", *rows]))
    st.caption(escape(repair.words))
    if repair.repaired_by:
        label = "Open the run that was started with this"
        st.page_link("pages/run.py", label=label, icon=":material/healing:", query_params={"run": repair.repaired_by})
    elif st.button("Start again with this", type="primary", icon=":material/healing:", key="run-relaunch"):
        st.switch_page(
            "pages/run.py", query_params={"run": training.relaunch(settings, run.run, actor=actor_of(settings))}
        )


def _title(setting: str) -> str:
    return (
        setting.removeprefix("overrides.").replace("_", " ")
        if setting.islower()
        else setting.removeprefix("overrides.")
    )


def _value(value: Any) -> str:
    return code(plain_value(value))
