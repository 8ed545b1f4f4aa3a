"""Delta AP by cause of mistake: bars that show their boxes, and checkboxes that repair causes."""

from typing import Any

import streamlit as st

from core.figures.causes import HELP, TITLES, causes_figure
from core.figures.words.numbers import percent
from core.services.evaluation import CAUSES, Cause, causes_of
from pages.sections.evaluate.state import EvaluationView, narrow
from pages.widgets import address
from pages.widgets.address import first_value
from pages.widgets.cached import is_dark
from pages.widgets.charts import show_chart

_HELP = (
    "Delta AP: the AP points gained if all mistakes of one cause were repaired (TIDE). "
    "The gains of several causes do not add up."
)


def show_causes(view: EvaluationView) -> None:
    """The bars, and below them the checkboxes with the resulting AP."""
    chosen = causes_of(address.several("repair", CAUSES))
    summary = view.summary(chosen)
    if summary["ap_at_iou"] is None:
        st.caption("These images have no objects, so they have no AP.")
        return
    _show_bars(view, summary)
    _show_repairs(view, summary, chosen)


def _show_bars(view: EvaluationView, summary: dict[str, Any]) -> None:
    current = view.filter.cause
    # A new key for each cause, as for the confusion matrix: Plotly keeps its selection.
    key = f"causes:{view.evaluation.id}:{current}:{view.score}:{view.iou}"
    figure = causes_figure(summary["causes"], is_dark(), current)
    show_chart(
        figure,
        key,
        figure.layout.height,
        _HELP,
        on_select=lambda: _choose_cause(key, current),
        selection_mode="points",
        config={"displayModeBar": False},
    )
    st.caption(
        f"Click a bar to see exactly its boxes with a score of at least {view.score:g}. AP points are of AP at "
        f"IoU {view.iou:g}, which counts detections of every score."
    )


def _choose_cause(key: str, current: str) -> None:
    points = st.session_state[key]["selection"]["points"]
    if not points:
        return
    (cause,) = points[0]["customdata"]
    narrow(**({} if cause == current else {"cause": cause}))


def _show_repairs(view: EvaluationView, summary: dict[str, Any], chosen: list[Cause]) -> None:
    perfect, repaired = summary["perfect"], summary["repaired"]
    after = f" → {percent(repaired['ap'])} without these mistakes" if repaired else ", as it is"
    st.markdown(
        f"**AP at IoU {view.iou:g}: {percent(summary['ap_at_iou'])}{after}**",
        help="Tick causes to see what AP would be if all their mistakes were repaired together.",
    )
    with st.container(horizontal=True, gap="small", key="evaluation-repairs"):
        for cause in CAUSES:
            st.checkbox(TITLES[cause], help=HELP[cause], **_ticked(cause, chosen))
    st.caption(
        f"Without false positives AP would gain {percent(perfect['precision'])} points, "
        f"without missed objects {percent(perfect['recall'])}."
    )


def _ticked(cause: Cause, chosen: list[Cause]) -> dict[str, Any]:
    """The arguments that bind a checkbox to the address's `repair`."""
    key = f"address:repair:{cause}"
    if st.session_state.get(key) != (cause in chosen):
        st.session_state[key] = cause in chosen
    return {"key": key, "on_change": _tick, "args": (cause,), **first_value(cause in chosen, "value")}


def _tick(cause: Cause) -> None:
    others = [name for name in address.several("repair", CAUSES) if name != cause]
    address.put({"repair": [*others, str(cause)] if st.session_state[f"address:repair:{cause}"] else others})
