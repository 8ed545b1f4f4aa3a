"""Classes and curves of two evaluations; a click on a count shows its images."""

from typing import Any, Final

import pandas as pd
import streamlit as st

from core.evaluation.thresholds.curves import ALL
from core.figures.comparison import (
    better_words,
    curve_of,
    difference_figure,
    interval_words,
    overlaid_precision_recall,
    short_paired_words,
    signed,
)
from core.figures.words.numbers import percent
from core.services.evaluation import CHANGES, Differences, paired_notes, paired_of
from pages.sections.compare.state import Compared
from pages.widgets import address
from pages.widgets.cached import is_dark
from pages.widgets.text import escape

_CHANGE_OF_COLUMN: Final = {"Won": "won", "Lost": "lost"}
# px; a narrow window cuts off the last column, which the chart repeats on hover.
_WIDTHS: Final = {"Class": 112, "AP, A": 50, "AP, B": 50, "B − A": 54, "95 % interval": 98, "Won": 48, "Lost": 48}


def show_tabs(compared: Compared, differences: Differences | None) -> None:
    """One tab at a time; only the open one is computed."""
    classes, curves = st.tabs(["Classes", "Curves"], key="comparison-tab", on_change="rerun")
    if classes.open:
        with classes:
            _show_classes(compared, differences)
    if curves.open:
        with curves:
            _show_curves(compared)


def _show_classes(compared: Compared, differences: Differences | None) -> None:
    if differences is None:
        st.caption("Compute the difference above to compare the classes.")
        return
    rows = differences.rows[1:]
    figure = difference_figure([(name, ap.by) for name, _, ap, _ in rows], is_dark())
    st.plotly_chart(figure, theme=None, key="differences", config={"displayModeBar": False})
    table = _table(compared, differences)
    key = f"compare-classes:{compared.change}:{compared.view.filter.category_id}"
    st.dataframe(
        table,
        hide_index=True,
        key=key,
        column_config={name: st.column_config.Column(width=width) for name, width in _WIDTHS.items()},
        on_select=lambda: _choose(key, table),
        selection_mode="single-cell",
    )
    st.caption("AP in per cent, counts of objects. Click a class or a count to see its images.")
    view = compared.view
    paired = paired_of(compared.comparison, differences, view.score, view.iou)
    # The verdict above has the note on all classes.
    for note in paired_notes(differences, [None, *paired[1:]], view.score, view.iou):
        st.caption(f":material/info: {escape(note)}")


def _table(compared: Compared, differences: Differences) -> pd.DataFrame:
    moved = compared.comparison.moved(compared.view.score, compared.view.iou)
    counts = {change: moved.loc[moved["change"] == change, "category_id"].value_counts() for change in CHANGES}
    paired = paired_of(compared.comparison, differences, compared.view.score, compared.view.iou)
    rows: list[dict[str, Any]] = []
    for (name, _, ap, _), (_, key, _), class_pair in zip(
        differences.rows[1:], compared.comparison.classes, paired[1:], strict=True
    ):
        rows.append(
            {
                "Class": name,
                "AP, A": percent(ap.a),
                "AP, B": percent(ap.b),
                "B − A": signed(ap.by.value),
                "95 % interval": interval_words(ap.by, is_difference=True),
                "Won": int(counts["won"].get(key, 0)),
                "Lost": int(counts["lost"].get(key, 0)),
                "In words": short_paired_words(class_pair) if class_pair else better_words(ap.by),
            }
        )
    table = pd.DataFrame(rows)
    # Without the column if it would only say "too few images": it would push the words beyond the edge.
    return table.drop(columns="95 % interval") if all(paired[1:]) and rows else table


def _choose(key: str, table: pd.DataFrame) -> None:
    cells = st.session_state[key]["selection"]["cells"]
    if not cells:
        return
    row, column = cells[0]
    change = _CHANGE_OF_COLUMN.get(str(column))
    address.put({"class": str(table.loc[int(row), "Class"]), "change": change, "image": None, "page": None})


def _show_curves(compared: Compared) -> None:
    comparison, view = compared.comparison, compared.view
    keys = {key: other for _, key, other in comparison.classes}
    category_id = view.filter.category_id
    mine, theirs = (category_id, keys[category_id]) if category_id in keys else (ALL, ALL)
    figure = overlaid_precision_recall(
        curve_of(comparison.a.precision_recall(view.iou), mine),
        curve_of(comparison.b.precision_recall(view.iou), theirs),
        view.iou,
        view.names[category_id] if mine != ALL else "",
        is_dark(),
    )
    st.plotly_chart(figure, theme=None, key="compare-curves")
