"""Figures on scores as probabilities, and on false positives in images without objects."""

import plotly.graph_objects as go

from core.evaluation.thresholds.calibration import Background, Calibration
from core.figures.colours import ACCENT, FALSE_POSITIVE
from core.figures.evaluation import curve_layout, text_colour
from core.figures.words.numbers import count, percent


def reliability_figure(calibration: Calibration, dark: bool = False) -> go.Figure:
    """The share of right detections in each score interval as bars, against the diagonal of a calibrated detector."""
    bins = calibration.bins[calibration.bins["detections"] > 0]
    figure = go.Figure()
    figure.add_bar(
        x=(bins["low"] + bins["high"]) * 50,
        y=bins["precision"] * 100,
        width=9,
        name="right among them",
        marker={"color": ACCENT, "opacity": 0.75},
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
    diagonal = {"color": text_colour(dark), "width": 1, "dash": "dot"}
    figure.add_scatter(
        x=[0, 100], y=[0, 100], mode="lines", name="calibrated", line=diagonal, hoverinfo="skip", showlegend=False
    )
    return curve_layout(figure, dark, "How often a detection of a score is right", "Score", "Per cent right")


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
