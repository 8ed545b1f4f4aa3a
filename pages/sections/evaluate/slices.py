"""Slices of images or objects on which the model is worse than overall; a click shows each."""

import streamlit as st

from core.evaluation.slices.slices import FEWEST_IMAGES, FEWEST_OBJECTS, Slice
from core.figures.slices import DIFFERENCE, SLICE_COUNTS, SLICE_RATES, slice_figure, slice_table
from core.services import evaluation
from pages.sections.evaluate.state import EvaluationView, narrow
from pages.widgets import address
from pages.widgets.cached import is_dark

_OUTCOME_OF_COLUMN = {"Found": "true_positive", "False positives": "false_positive", "Missed": "missed"}


def show_slices(view: EvaluationView) -> None:
    """Bars of the worst slices, and a table of all; a click shows exactly their boxes or images."""
    slicings = view.evaluation.slicings()
    if not slicings:
        st.caption("All images and objects are alike in size, number and place, so there are no slices.")
        return
    titles = {slicing.name: slicing.title for slicing in slicings}
    by = address.choice("cut", list(titles))
    st.pills(
        "Cut by",
        list(titles),
        format_func=lambda name: titles.get(name, name),
        label_visibility="collapsed",
        **address.bound("cut", by or None, start="default"),
    )
    with st.spinner("Scoring the slices …"):
        slices = evaluation.score_slices(view.evaluation, view.score, view.iou, by)
    _show_bars(view, slices, by)
    _show_table(view, slices, by)
    st.caption(
        f"Worst first. Slices with fewer than {FEWEST_OBJECTS} objects or {FEWEST_IMAGES} images come last and have no "
        "bar: chance alone moves them by several points. A found object counts in the slice of its truth, a false "
        "positive in that of its box. AP counts all scores and IoUs; objects cut by the edge have no AP."
    )


def _show_bars(view: EvaluationView, slices: list[Slice], by: str) -> None:
    if all(slice_result.is_small for slice_result in slices):
        return
    chosen = view.filter.slice
    # A new key for each slice: Plotly keeps its selection.
    key = f"slices:{view.evaluation.id}:{chosen}:{by}:{view.score}:{view.iou}"
    st.plotly_chart(
        slice_figure(slices, view.evaluation.slicings(), chosen, is_dark()),
        theme=None,
        key=key,
        on_select=lambda: _choose_bar(key, chosen),
        selection_mode="points",
        config={"displayModeBar": False},
    )


def _choose_bar(key: str, current: str) -> None:
    points = st.session_state[key]["selection"]["points"]
    if points:
        # A single value arrives as a list or bare, depending on Streamlit's version.
        data = points[0]["customdata"]
        wanted = str(data[0] if isinstance(data, list) else data)
        narrow(**({} if wanted == current else {"slice": wanted}))


def _show_table(view: EvaluationView, slices: list[Slice], by: str) -> None:
    table = slice_table(slices, view.evaluation.slicings())
    rates = {title: st.column_config.NumberColumn(format="%.1f", width=62) for title in SLICE_RATES}
    counts = {title: st.column_config.NumberColumn(format="localized", width=76) for title in SLICE_COUNTS}
    points = {
        DIFFERENCE: st.column_config.NumberColumn(format="%+.1f", width=62, help="F1 minus the F1 of all, in points")
    }
    chosen = view.filter
    key = f"slice-table:{view.evaluation.id}:{chosen.slice}:{chosen.outcome}:{by}:{view.score}:{view.iou}"
    st.dataframe(
        table.drop(columns=[*(["By"] if by else []), *([] if table["Remark"].any() else ["Remark"])]),
        hide_index=True,
        column_config=rates | counts | points,
        key=key,
        on_select=lambda: _choose_count(key, slices),
        selection_mode="single-cell",
    )


def _choose_count(key: str, slices: list[Slice]) -> None:
    cells = st.session_state[key]["selection"]["cells"]
    if cells:
        row, column = cells[0]
        outcome = _OUTCOME_OF_COLUMN.get(str(column), "")
        narrow(slice=slices[int(row)].part.key, **({"outcome": outcome} if outcome else {}))
