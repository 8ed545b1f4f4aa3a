"""Calibration of the scores as probabilities before and after temperatures, and false positives on empty images."""

from typing import Any, Final

import streamlit as st

from core.errors import AppError
from core.evaluation.thresholds.calibration import Calibration
from core.figures.calibration import background_figure, effect_words, reliability_figure, temperature_table
from core.figures.words.numbers import NONE, ago, count, counted, figure, percent
from core.services import evaluation as services
from core.services.evaluation import CalibratedScores
from pages.sections.evaluate.state import EvaluationView
from pages.sections.evaluate.validation_link import show_validation_link
from pages.widgets.actor import actor_of
from pages.widgets.cached import current_settings, is_dark
from pages.widgets.notices import show_error
from pages.widgets.text import escape

_PLAIN: Final = {"displayModeBar": False}
_REFUSED: Final = "calibration:refused"  # message and remedy of a refused click, for the next run
_HELP: Final = (
    "A temperature draws the scores of a class towards 50 % (above 1) or away from it (below 1), an offset raises them "
    "(above 0) or lowers them (below 0), so that of all detections with a calibrated score of 0.8 about 80 % are "
    "right. Ranking, AP and thresholds stay on the score."
)
# So that all columns fit into half a window of 1280 px.
_WIDTHS_PX: Final = {"Temperature": 92, "Offset": 60, "Detections": 80, "Error": 56, "Calibrated": 76}
_FORMATS: Final = {
    "Temperature": "%.2f",
    "Offset": "%+.2f",
    "Detections": "localized",
    "Error": "%.1f",
    "Calibrated": "%.1f",
}


def show_calibration(view: EvaluationView, summary: dict[str, Any]) -> None:
    """The error before and after, the reliability diagram, temperatures by class, false positives on empty images."""
    chosen = view.filter.category_id
    scores = _scores_of(view)
    before, after = services.calibration_before_after(
        view.evaluation, scores, view.iou, chosen if chosen >= 0 else None
    )
    _show_tiles(view, scores, before, after)
    if before.ece is None:
        st.caption("There are no detections, so there is no calibration.")
    else:
        st.plotly_chart(reliability_figure(before, is_dark(), after), theme=None, key="reliability", config=_PLAIN)
        st.caption(
            "Bars below the diagonal: scores are too high for the precision. The calibration error is the mean "
            "distance to the diagonal, weighted by detections, over all scores at this IoU."
        )
        _show_temperatures(view, scores, before, after)
    _show_background(view, summary["background"])


def _show_background(view: EvaluationView, background: dict[str, Any]) -> None:
    if background["pictures"]:
        with st.container(gap=None, key="background-tile"):
            st.metric("False positives per empty image", figure(background["per_picture"]))
            st.caption(
                f"{count(background['false_alarms'])} on {counted(background['pictures'], 'image')} without objects"
            )
        drawn = background_figure(view.evaluation.background(), view.score, is_dark())
        st.plotly_chart(drawn, theme=None, key="background-alarms", config=_PLAIN)
    else:
        st.caption("Every image has objects, so there are no empty images to count false positives on.")


def _scores_of(view: EvaluationView) -> CalibratedScores | None:
    """Calibrated scores by temperatures fitted here, if that is validation, else by those stored with the model."""
    if services.why_not_to_choose(view.evaluation):
        return services.stored_temperatures(view.evaluation)
    with st.spinner("Fitting temperatures …"):
        has_detections = view.evaluation.cross_calibration() is not None
        return services.fit_temperatures(view.evaluation) if has_detections else None


def _show_tiles(
    view: EvaluationView, scores: CalibratedScores | None, before: Calibration, after: Calibration | None
) -> None:
    chosen = view.filter.category_id
    with st.container(horizontal=True, gap="medium", key="calibration-tiles"):
        with st.container(width=150, gap=None):
            st.metric("Calibration error", percent(before.ece))
            of = f"of {escape(view.names[chosen])}, " if chosen >= 0 else ""
            st.caption(f"{of}{counted(int(before.bins['detections'].sum()), 'detection')}")
        if scores is not None and after is not None:
            with st.container(width=150, gap=None):
                st.metric("Calibrated", percent(after.ece), help=_HELP)
                st.caption("by the stored temperatures" if scores.is_stored else f"across {scores.folds} folds")


def _show_temperatures(
    view: EvaluationView, scores: CalibratedScores | None, before: Calibration, after: Calibration | None
) -> None:
    """The effect in words, the button that stores the temperatures, and a row per class."""
    st.markdown("**Temperatures**", help=_HELP)
    if scores is None:
        _show_where_to_fit(view)
        return
    if words := effect_words(before.ece, after.ece if after else None):
        st.markdown(words)
    if not scores.is_stored:
        _show_store(view, helps=after is not None and (after.ece or 0.0) < (before.ece or 0.0))
    rows = services.calibration_by_class(view.evaluation, scores, view.iou)
    columns = {
        title: st.column_config.NumberColumn(format=form, width=_WIDTHS_PX[title]) for title, form in _FORMATS.items()
    }
    st.dataframe(
        temperature_table(rows), hide_index=True, column_config=columns, placeholder=NONE, key="calibration-classes"
    )
    if not scores.is_stored and after is not None:
        st.caption("In per cent. Each image is calibrated by temperatures that were fitted without it.")
    for note in services.notes_on_calibration(view.evaluation, scores, view.iou):
        st.caption(f":material/info: {escape(note)}")


def _show_store(view: EvaluationView, helps: bool) -> None:
    stored = view.evaluation.temperatures
    if refused := st.session_state.pop(_REFUSED, None):
        show_error(AppError(*refused))
    if view.evaluation.subject is None:
        st.caption("This evaluation is of files, so there is no model to store temperatures with.")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="calibration-actions"):
        if stored is None or stored.evaluation != view.evaluation.id:
            st.button(
                "Store with the model",
                icon=":material/bookmark_add:",
                type="primary" if helps else "secondary",
                key="calibration-store",
                on_click=_store,
                # The revision that the user sees; it may have changed when the click arrives.
                args=(view, stored.revision if stored else 0),
            )
        if stored is not None:
            words = f"fitted on {escape(stored.evaluation)}, {ago(stored.fitted)}"
            st.caption(f":material/bookmark: Stored: {words}", width="content")


def _store(view: EvaluationView, seen: int) -> None:
    try:
        services.store_temperatures(current_settings(), view.evaluation, seen, actor=actor_of(current_settings()))
    except AppError as error:
        st.session_state[_REFUSED] = (error.message, error.remedy)


def _show_where_to_fit(view: EvaluationView) -> None:
    """Says that no temperatures are stored, with a link to the evaluation on which to fit them."""
    st.info("No temperatures are stored with this model. Fit them on validation; this page then shows their effect.")
    show_validation_link(view, "Fit them on validation", tab="Calibration")
