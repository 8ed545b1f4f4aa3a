"""The threshold explorer: a rule, its point on the curves, and the button that stores it with the model.

Address: the rule as `by`, `at` (a rate, 0 to 1), `miss` and `alarm` (costs).
"""

from collections.abc import Callable
from typing import Final

import streamlit as st

from core.errors import AppError
from core.evaluation.thresholds.curves import ALL
from core.evaluation.thresholds.rules import RULES, ThresholdRule
from core.figures.evaluation import precision_recall_figure
from core.figures.thresholds import (
    TABLE_COUNTS,
    TABLE_RATES,
    missing_words,
    point_words,
    reason_words,
    rule_words,
    threshold_figure,
    threshold_table,
)
from core.figures.words.numbers import NONE, ago
from core.services import evaluation as services
from core.services.evaluation import Thresholds
from pages.sections.evaluate.state import EvaluationView, number_text
from pages.sections.evaluate.validation_link import show_validation_link
from pages.widgets import address
from pages.widgets.actor import actor_of
from pages.widgets.cached import current_settings, is_dark
from pages.widgets.notices import show_error
from pages.widgets.text import escape

_TITLES: Final = {
    "f1": "Best F1",
    "recall": "Recall of at least",
    "precision": "Precision of at least",
    "cost": "Lowest cost",
}
# So that all columns fit into half a window of 1280 px.
_WIDTHS_PX: Final = {"Score": 48, "Precision": 66, "Recall": 52, "F1": 44, "False positives": 84, "Missed": 56}
_REFUSED: Final = "threshold:refused"  # message and remedy of a refused click, for the next run
_LOWEST: Final = 0.01
_DEAREST: Final = 1e6
_USUAL: Final = ThresholdRule()


def show_explorer(view: EvaluationView) -> None:
    """The rule, the curves with its point, the resulting table, and precision against recall."""
    evaluation, dark = view.evaluation, is_dark()
    may_choose = not services.why_not_to_choose(evaluation)
    if may_choose:
        thresholds: Thresholds | None = services.suggest_threshold(evaluation, _choose_rule(), view.iou)
    else:
        thresholds = services.stored_threshold(evaluation, view.iou)
    _show_curves(view, thresholds)
    if thresholds is None:
        _show_where_to_choose(view)
    else:
        _show_chosen(view, thresholds)
        _show_table(view, thresholds)
    recalls = precision_recall_figure(evaluation.precision_recall(view.iou), view.names, view.iou, dark)
    st.plotly_chart(recalls, theme=None, key="precision-recall")


def _choose_rule() -> ThresholdRule:
    """Draws the fields of the rule. Returns the rule of the address."""
    by = address.choice("by", RULES, _USUAL.by)
    rate = address.number("at", _USUAL.at, _LOWEST, 1.0)
    miss = address.number("miss", _USUAL.miss_cost, _LOWEST, _DEAREST)
    false_positive = address.number("alarm", _USUAL.false_alarm_cost, _LOWEST, _DEAREST)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="threshold-rule"):
        st.selectbox(
            "Choose the threshold by",
            RULES,
            format_func=lambda rule: _TITLES.get(rule, rule),
            width=200,
            help="Choose it on validation, store it with the model, then report it on test.",
            **address.bound("by", by, _unless(_USUAL.by), among=RULES),
        )
        if by in ("recall", "precision"):
            bound = address.bound("at", rate, _unless(_USUAL.at), start="value")
            st.slider(by.capitalize(), _LOWEST, 1.0, step=0.01, format="percent", width=200, **bound)
        if by == "cost":
            for title, name, value in (
                ("A miss costs", "miss", miss),
                ("A false positive costs", "alarm", false_positive),
            ):
                st.number_input(
                    title,
                    _LOWEST,
                    _DEAREST,
                    step=1.0,
                    width=140,
                    **address.bound(name, value, _unless(1.0), start="value"),
                )
    return ThresholdRule(by=by, at=rate, miss_cost=miss, false_alarm_cost=false_positive)


def _unless(usual: str | float) -> Callable[[str | float], str | None]:
    """The function that writes a field into the address; None for its usual value."""
    return lambda value: None if value == usual else f"{value:g}" if isinstance(value, float) else str(value)


def _show_curves(view: EvaluationView, thresholds: Thresholds | None) -> None:
    evaluation = view.evaluation
    category = view.filter.category_id if view.filter.category_id >= 0 else ALL
    point, rule = (thresholds.of(category), thresholds.rule) if thresholds else (None, None)
    name = "" if category == ALL else view.names[category]
    curves = evaluation.threshold_curves(view.iou)
    figure = threshold_figure(curves, view.score, point, rule, category, name, is_dark())
    # A new key for each score: Plotly keeps its selection, and a second click on a point would only clear it.
    key = f"thresholds:{evaluation.id}:{category}:{view.score}:{view.iou}"
    st.plotly_chart(
        figure,
        theme=None,
        key=key,
        on_select=lambda: _take_point(view, key),
        selection_mode="points",
        config={"displayModeBar": False},
    )
    st.caption("Click a point of a curve to set the score. Counts, matrix and images follow.")


def _take_point(view: EvaluationView, key: str) -> None:
    points = st.session_state[key]["selection"]["points"]
    if points:
        address.put({"score": number_text(view.evaluation.score)(float(points[0]["customdata"][0])), "page": None})


def _show_chosen(view: EvaluationView, thresholds: Thresholds) -> None:
    """The chosen threshold in words, the stored one, and the button that stores it."""
    evaluation, together = view.evaluation, thresholds.together
    stored = evaluation.stored
    if together.score is None:
        st.warning(escape(reason_words(together, thresholds.rule)), icon=":material/info:")
    elif thresholds.is_stored and stored is not None:
        st.markdown(
            f"**Stored threshold {together.score:.2f}**, chosen on validation by {escape(rule_words(stored.rule))}. "
            f"Here it gives {escape(point_words(together.counts))}."
        )
    else:
        words = escape(rule_words(thresholds.rule))
        st.markdown(f"**Score {together.score:.2f}** by {words}: {escape(point_words(together.counts))}.")
    if refused := st.session_state.pop(_REFUSED, None):
        show_error(AppError(*refused))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="threshold-actions"):
        if together.score is not None and together.score != view.score:
            st.button(
                "Show its images",
                icon=":material/visibility:",
                key="threshold-show",
                on_click=address.put,
                args=({"score": number_text(evaluation.score)(together.score), "page": None},),
            )
        if not thresholds.is_stored:
            _show_store(view, thresholds)


def _show_store(view: EvaluationView, thresholds: Thresholds) -> None:
    stored = view.evaluation.stored
    if view.evaluation.subject is None:
        st.caption("This evaluation is of files, so there is no model to store a threshold with.")
        return
    is_same = stored is not None and (stored.score, stored.rule) == (thresholds.together.score, thresholds.rule)
    can_store = thresholds.together.score is not None
    if can_store and not is_same:
        st.button(
            "Store with the model",
            icon=":material/bookmark_add:",
            type="primary",
            key="threshold-store",
            on_click=_store,
            # The revision that the user sees; it may have changed when the click arrives.
            args=(view, thresholds, stored.revision if stored else 0),
        )
    if stored is not None:
        words = f"{stored.score:.2f}, by {escape(rule_words(stored.rule))}, {ago(stored.chosen)}"
        st.caption(f":material/bookmark: Stored: {words}", width="content")


def _store(view: EvaluationView, thresholds: Thresholds, seen: int) -> None:
    try:
        services.store_threshold(
            current_settings(), view.evaluation, thresholds, seen, actor=actor_of(current_settings())
        )
    except AppError as error:
        st.session_state[_REFUSED] = (error.message, error.remedy)


def _show_where_to_choose(view: EvaluationView) -> None:
    """Says that no threshold is stored, with a link to the evaluation on which to choose one."""
    st.info("No threshold is stored with this model. Choose it on validation; this page then reports it.")
    show_validation_link(view, "Choose it on validation")


def _show_table(view: EvaluationView, thresholds: Thresholds) -> None:
    table = threshold_table(thresholds.points, thresholds.each)
    formats = {"Score": "%.2f"} | dict.fromkeys(TABLE_RATES, "%.1f") | dict.fromkeys(TABLE_COUNTS, "localized")
    columns = {
        title: st.column_config.NumberColumn(format=form, width=_WIDTHS_PX[title]) for title, form in formats.items()
    }
    st.dataframe(table, hide_index=True, column_config=columns, placeholder=NONE, key="threshold-table")
    notes = [
        *missing_words(thresholds.points, thresholds.rule),
        *services.notes_on_stored(view.evaluation, thresholds),
    ]
    for note in notes:
        st.caption(f":material/info: {escape(note)}")
