"""Where the model is worse than on the whole, each slice of images or objects a click away."""

import streamlit as st

from core.evaluation.slices.slices import FEWEST_IMAGES, FEWEST_OBJECTS, Slice
from core.figures.slices import DIFFERENCE, SLICE_COUNTS, SLICE_RATES, slice_figure, slice_table
from core.services import evaluation
from pages.sections.evaluate.state import EvaluationView, narrow
from pages.widgets import address
from pages.widgets.cached import is_dark

_OUTCOME_OF_COLUMN = {"Found": "true_positive", "False positives": "false_positive", "Missed": "missed"}


def show_slices(view: EvaluationView) -> None:
    """Bars of the worst slices, and all of them in a table; a click shows exactly their boxes or images."""
    slicings = view.evaluation.slicings()
    if not slicings:
        st.caption("All images and objects are alike in size, number and place: there is nothing to compare.")
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
        f"Worst first. Slices with fewer than {FEWEST_OBJECTS} objects or {FEWEST_IMAGES} images stand last and "
        "have no bar: chance alone moves them by several points. A found object counts in its slice, a false positive "
        "by its own box. AP counts all scores and IoUs; objects cut by the edge have none."
    )


def _show_bars(view: EvaluationView, slices: list[Slice], by: str) -> None:
    if all(slice_result.is_small for slice_result in slices):
        return
    chosen = view.filter.slice
    # A new key with each slice: Plotly keeps its own selection.
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
        # A bar's one value comes as a list of it; by Streamlit's version as itself.
        data = points[0]["customdata"]
        wanted = str(data[0] if isinstance(data, list) else data)
        narrow(**({} if wanted == current else {"slice": wanted}))


def _show_table(view: EvaluationView, slices: list[Slice], by: str) -> None:
    table = slice_table(slices, view.evaluation.slicings())
    rates = {title: st.column_config.NumberColumn(format="%.1f", width=62) for title in SLICE_RATES}
    counts = {title: st.column_config.NumberColumn(format="localized", width=76) for title in SLICE_COUNTS}
    points = {DIFFERENCE: st.column_config.NumberColumn(format="%+.1f", width=62, help="F1 against all, points")}
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
