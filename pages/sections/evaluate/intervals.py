"""Error bars of an evaluation, and the choice of another evaluation to compare it with.

A button computes what takes longer than a second.
"""

from typing import Any, Final

import streamlit as st

from core.evaluation.intervals.files import ErrorBars
from core.figures.words.numbers import duration, percent
from core.services import evaluation
from core.services.evaluation import EvaluationRow
from core.settings import Settings
from pages.sections.evaluate.report import show_report
from pages.sections.evaluate.state import EvaluationView
from pages.sections.evaluate.threshold_rule import show_basis
from pages.widgets import address
from pages.widgets.actor import actor_of
from pages.widgets.progress import progress_bar

_AT_ONCE_S: Final = 1.0


def bars_of(settings: Settings, view: EvaluationView) -> ErrorBars | None:
    """The stored error bars, or new ones if that takes at most a second; else None."""
    stored = evaluation.kept_error_bars(settings, view.evaluation)
    if stored is not None or evaluation.expected_seconds(settings, view.evaluation) > _AT_ONCE_S:
        return stored
    with progress_bar("Error bars") as progress:
        return evaluation.error_bars(settings, view.evaluation, progress, actor=actor_of(settings))


def show_next_steps(settings: Settings, view: EvaluationView, summary: dict[str, Any], has_bars: bool) -> None:
    """The line below the figures: their basis, *Compute error bars* if needed, *Compare with* and *Report*."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="evaluation-next"):
        show_basis(view, summary)
        st.space("stretch")
        if not has_bars:
            _show_button(settings, view)
        _show_compare_with(settings, view)
        show_report(settings, view)


def _show_button(settings: Settings, view: EvaluationView) -> None:
    time = duration(max(2.0, round(evaluation.expected_seconds(settings, view.evaluation))))
    if not st.button(
        "Compute error bars",
        icon=":material/error_med:",
        key="error-bars",
        help=f"AP on 1,000 draws of the images: about {time}, once. The result is stored.",
    ):
        return
    with progress_bar("Error bars") as progress:
        evaluation.error_bars(settings, view.evaluation, progress, actor=actor_of(settings))
    st.rerun()


def _show_compare_with(settings: Settings, view: EvaluationView) -> None:
    others = {row.id: row for row in evaluation.list_evaluations(settings) if _may_fit(row, view)}
    if not others:
        return
    key = f"compare-with:{view.evaluation.id}"
    st.selectbox(
        "Compare with",
        list(others),
        index=None,
        format_func=lambda key: _with_ap(others[key]),
        placeholder="Compare with …",
        label_visibility="collapsed",
        width=320,
        key=key,
        on_change=lambda: address.put({"against": st.session_state[key], "image": None, "page": None}),
    )


def _with_ap(row: EvaluationRow) -> str:
    return f"{row.name} · {'sealed' if row.sealed else f'AP {percent(row.ap)}'}"


def _may_fit(row: EvaluationRow, view: EvaluationView) -> bool:
    """Whether it may have the same images, by their number; the comparison checks the rest."""
    is_other = row.id != view.evaluation.id and row.phase == "finished"
    return is_other and row.images == len(view.evaluation.truth.images)
