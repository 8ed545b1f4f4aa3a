"""The tabs of an evaluation, with the confusion matrix and the class table; a click shows images."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation.intervals.files import ErrorBars
from core.figures.class_table import COUNT_COLUMNS, MASK_COLUMNS, RATE_COLUMNS, class_table, with_error_bars
from core.figures.evaluation import confusion_figure
from pages.sections.evaluate.calibration import show_calibration
from pages.sections.evaluate.causes import show_causes
from pages.sections.evaluate.label_issues import show_label_issues
from pages.sections.evaluate.slices import show_slices
from pages.sections.evaluate.state import EvaluationView, narrow
from pages.sections.evaluate.threshold_explorer import show_explorer
from pages.widgets import address
from pages.widgets.cached import is_dark
from pages.widgets.notices import shown_errors
from pages.widgets.text import escape

# Short, so that they fit into half of a window of 1280 px.
TABS: Final = ("Matrix", "Causes", "Classes", "Slices", "Thresholds", "Calibration", "Label issues")
# In links of earlier versions.
_FORMER_TABS: Final = {"Suspects": "Label issues"}
_OUTCOME_OF_COLUMN = {"Found": "true_positive", "False positives": "false_positive", "Missed": "missed"}


def show_tabs(view: EvaluationView, summary: dict[str, Any], bars: ErrorBars | None = None) -> None:
    """One tab at a time; only the open one is computed."""
    # In the address, so that the tab stays open while the user opens an image and returns.
    tab = address.bound(
        "tab", address.choice("tab", TABS, TABS[0], _FORMER_TABS), lambda tab: None if tab == TABS[0] else tab
    )
    contents: tuple[Callable[[], None], ...] = (
        lambda: _show_matrix(view, summary),
        lambda: show_causes(view),
        lambda: _show_classes(view, summary, bars),
        lambda: show_slices(view),
        lambda: show_explorer(view),
        lambda: show_calibration(view, summary),
        lambda: show_label_issues(view),
    )
    for pane, show in zip(st.tabs(TABS, **tab), contents, strict=True):
        if pane.open:
            with pane, shown_errors():
                show()


def _show_matrix(view: EvaluationView, summary: dict[str, Any]) -> None:
    counts = np.array(summary["confusion"]["matrix"], dtype=np.int64)
    cell = view.filter.cell
    # A new key for each cell: Plotly keeps its selection, and a second click on a cell would only clear it.
    key = f"matrix:{view.evaluation.id}:{cell}:{view.score}:{view.iou}"
    st.plotly_chart(
        confusion_figure(counts, view.names, is_dark(), cell),
        theme=None,
        key=key,
        on_select=lambda: _choose_cell(key, cell),
        selection_mode="points",
        config={"displayModeBar": False},
    )
    st.caption("Click a cell to see exactly these boxes; click it again to see all.")


def _choose_cell(key: str, current: tuple[int, int] | None) -> None:
    points = st.session_state[key]["selection"]["points"]
    if not points:
        return
    truth, predicted = points[0]["customdata"]
    narrow(**({} if (truth, predicted) == current else {"cell": f"{truth}:{predicted}"}))


def _show_classes(view: EvaluationView, summary: dict[str, Any], bars: ErrorBars | None) -> None:
    table = with_error_bars(class_table(summary), bars)
    rates = {title: st.column_config.NumberColumn(format="%.1f", width=62) for title in RATE_COLUMNS}
    rates |= {title: st.column_config.NumberColumn(format="%.1f", width=78) for title in MASK_COLUMNS}
    counts = {title: st.column_config.NumberColumn(format="localized", width=76) for title in COUNT_COLUMNS}
    chosen = view.filter
    key = f"classes:{view.evaluation.id}:{chosen.category_id}:{chosen.outcome}:{view.score}:{view.iou}"
    st.dataframe(
        table if table["Remark"].any() else table.drop(columns="Remark"),
        hide_index=True,
        column_config=rates | counts,
        key=key,
        on_select=lambda: _choose_count(key, table),
        selection_mode="single-cell",
    )
    st.caption("In per cent. Click a class or a count to see its images.")
    for note in summary["notes"]:
        st.caption(f":material/info: {escape(note)}")


def _choose_count(key: str, table: pd.DataFrame) -> None:
    cells = st.session_state[key]["selection"]["cells"]
    if not cells:
        return
    row, column = cells[0]
    outcome = _OUTCOME_OF_COLUMN.get(str(column), "")
    narrow(**{"class": str(table.loc[int(row), "Class"]), **({"outcome": outcome} if outcome else {})})
