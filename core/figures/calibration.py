"""Figures on scores as probabilities, and on false positives in images without objects."""

from collections.abc import Sequence
from typing import Protocol

import pandas as pd
import plotly.graph_objects as go

from core.evaluation.thresholds.calibration import Background, Calibration
from core.figures.colours import ACCENT, FALSE_POSITIVE, TRUE_POSITIVE
from core.figures.evaluation import curve_layout, text_colour
from core.figures.words.numbers import count, percent


class ClassRow(Protocol):
    """A class with its temperature and offset, and its calibration error before and after (0 to 1)."""

    @property
    def name(self) -> str:
        """The name of the class."""

    @property
    def temperature(self) -> float:
        """Above 1 its scores were too sure, below 1 not sure enough."""

    @property
    def offset(self) -> float:
        """Above 0 its scores were too low, below 0 too high."""

    @property
    def detections(self) -> int:
        """Those that count."""

    @property
    def ece(self) -> float | None:
        """None without detections."""

    @property
    def ece_calibrated(self) -> float | None:
        """None if it could not be computed."""


def reliability_figure(calibration: Calibration, dark: bool = False, after: Calibration | None = None) -> go.Figure:
    """The share of right detections in each score interval as bars, against the diagonal of a calibrated detector.

    `after`: the same of calibrated scores, as a line.
    """
    bins = calibration.bins[calibration.bins["detections"] > 0]
    figure = go.Figure()
    figure.add_bar(
        x=(bins["low"] + bins["high"]) * 50,
        y=bins["precision"] * 100,
        width=9,
        name="right among them",
        marker={"color": ACCENT, "opacity": 0.75 if after is None else 0.35},
        hovertext=[
            f"scores {row.low:.1f} to {row.high:.1f}: {count(row.detections)} detections<br>"
            f"mean score {percent(row.confidence)}, right {percent(row.precision)} %"
            for row in bins.itertuples(index=False)
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    figure.add_scatter(
        x=bins["confidence"] * 100,
        y=bins["confidence"] * 100,
        mode="markers",
        name="mean score",
        marker={"symbol": "line-ew", "size": 16, "line": {"width": 2, "color": text_colour(dark)}},
        hoverinfo="skip",
    )
    if after is not None:
        _add_calibrated(figure, after)
    diagonal = {"color": text_colour(dark), "width": 1, "dash": "dot"}
    figure.add_scatter(
        x=[0, 100], y=[0, 100], mode="lines", name="calibrated", line=diagonal, hoverinfo="skip", showlegend=False
    )
    return curve_layout(figure, dark, "How often a detection of a score is right", "Score", "Per cent right")


def _add_calibrated(figure: go.Figure, after: Calibration) -> None:
    bins = after.bins[after.bins["detections"] > 0]
    figure.add_scatter(
        x=bins["confidence"] * 100,
        y=bins["precision"] * 100,
        mode="lines+markers",
        name="calibrated scores",
        line={"color": TRUE_POSITIVE, "width": 2},
        marker={"size": 8},
        hovertext=[
            f"calibrated scores {row.low:.1f} to {row.high:.1f}: {count(row.detections)} detections<br>"
            f"mean {percent(row.confidence)}, right {percent(row.precision)} %"
            for row in bins.itertuples(index=False)
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def effect_words(before: float | None, after: float | None) -> str:
    """What temperatures do to the calibration error (0 to 1), in a sentence; "" where it is not known."""
    if before is None or after is None:
        return ""
    was, now = percent(before), percent(after)
    if after < before:
        return f"Calibrated scores are off by **{now}** points on average, scores by {was}."
    return f"Temperatures do not help: calibrated scores are off by {now} points on average, scores by {was}."


def temperature_table(rows: Sequence[ClassRow]) -> pd.DataFrame:
    """One row per class: temperature, offset, detections, and both errors in per cent (NaN for none)."""
    return pd.DataFrame(
        {
            "Class": [row.name for row in rows],
            "Temperature": [row.temperature for row in rows],
            "Offset": [row.offset for row in rows],
            "Detections": [row.detections for row in rows],
            "Error": [_in_percent(row.ece) for row in rows],
            "Calibrated": [_in_percent(row.ece_calibrated) for row in rows],
        }
    )


def _in_percent(share: float | None) -> float:
    return float("nan") if share is None else share * 100


def background_figure(background: Background, score: float, dark: bool = False) -> go.Figure:
    """False positives per image without objects against the score threshold, with the current one marked."""
    curve = background.curve
    figure = go.Figure()
    figure.add_scatter(
        x=curve["score"],
        y=curve["per_picture"],
        mode="lines",
        line={"color": FALSE_POSITIVE, "width": 2, "shape": "hv"},
        customdata=curve["false_alarms"],
        hovertemplate="score %{x:.2f}: %{y:.2f} an image, %{customdata:,} in all<extra></extra>",
    )
    figure.add_vline(x=score, line={"color": text_colour(dark), "width": 1})
    curve_layout(
        figure, dark, "False positives per image without objects", "Score threshold", "False positives an image"
    )
    return figure.update_xaxes(range=[0, 1]).update_yaxes(range=None, rangemode="tozero")
