"""Calibration of the scores as probabilities, and false positives on images without objects."""

from typing import Any, Final

import streamlit as st

from core.figures.calibration import background_figure, reliability_figure
from core.figures.words.numbers import count, counted, figure, percent
from pages.sections.evaluate.state import EvaluationView
from pages.widgets.cached import is_dark

_PLAIN: Final = {"displayModeBar": False}


def show_calibration(view: EvaluationView, summary: dict[str, Any]) -> None:
    """The reliability diagram, the calibration error in total and by class, and false positives on empty images."""
    chosen = view.filter.category_id
    calibration = view.evaluation.calibration(view.iou, chosen if chosen >= 0 else None)
    background = summary["background"]
    with st.container(horizontal=True, gap="medium", key="calibration-tiles"):
        with st.container(width=200, gap=None):
            st.metric("Calibration error", percent(calibration.ece))
            of = f"of {view.names[chosen]}, " if chosen >= 0 else ""
            st.caption(f"{of}{counted(int(calibration.bins['detections'].sum()), 'detection')}")
        with st.container(width=220, gap=None):
            st.metric("False positives per empty image", figure(background["per_picture"]))
            st.caption(
                f"{count(background['false_alarms'])} on {counted(background['pictures'], 'image')} without objects"
            )
    if calibration.ece is None:
        st.caption("There are no detections, so there is no calibration.")
    else:
        st.plotly_chart(reliability_figure(calibration, is_dark()), theme=None, key="reliability", config=_PLAIN)
        st.caption(
            "Bars below the diagonal: scores are too high for the precision. The calibration error is the mean "
            "distance to the diagonal, weighted by detections, over all scores at this IoU."
        )
    if chosen < 0 and len(view.names) > 1:
        errors = summary["calibration"]["per_class"]
        rows = [{"Class": row["name"], "Calibration error": percent(row["ece"])} for row in errors]
        st.dataframe(rows, hide_index=True, key="calibration-classes")
    if background["pictures"]:
        drawn = background_figure(view.evaluation.background(), view.score, is_dark())
        st.plotly_chart(drawn, theme=None, key="background-alarms", config=_PLAIN)
    else:
        st.caption("Every image has objects, so there are no empty images to count false positives on.")
