"""The trials of a sweep as Plotly figures: their history, and AP by each setting."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import plotly.graph_objects as go

from core.figures.colours import ACCENT, FALSE_POSITIVE, TRUE_POSITIVE
from core.figures.theme import template
from core.training.recipe.search_space import Span, title_of, value_words, words_of_values

_QUIET: Final = "#8C959F"
# Choices are so far apart on the axis, and one half of it is left at its ends.
_STEP: Final = 1.0
# Stretches of a logarithmic axis, and what is left at its ends, in decades.
_TICKS: Final = 4
_ROOM: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPoint:
    """A trial to draw. `ap` is 0 to 1; `is_whole` is False for one that was ended early."""

    number: int  # 0: the settings that there were
    values: Mapping[str, float]
    ap: float
    is_whole: bool


def history_figure(points: Sequence[TrialPoint], dark: bool = False) -> go.Figure:
    """AP of each trial in turn, the best so far, and the base as a line to beat; AP in per cent."""
    traces: list[dict[str, Any]] = []
    whole = [point for point in points if point.is_whole]
    best, tops = 0.0, []
    for point in whole:
        best = max(best, point.ap)
        tops.append(100 * best)
    if len(whole) > 1:
        steps = {"x": [point.number for point in whole], "y": tops}
        line = {"color": TRUE_POSITIVE, "width": 2, "shape": "hv"}
        traces.append({"type": "scatter", "name": "Best so far", "mode": "lines", "line": line, **steps})
    traces += _markers(points, [float(point.number) for point in points])
    figure = _figure(traces, "AP of the trials: the star is what you have", dark)
    figure.update_xaxes(title={"text": "Trial"}, tickformat="d", dtick=max(1, len(points) // 10))
    base = next((point for point in points if point.number == 0), None)
    if base:
        figure.add_hline(y=100 * base.ap, line={"color": FALSE_POSITIVE, "width": 1, "dash": "dot"})
    return figure


def setting_figure(points: Sequence[TrialPoint], span: Span, dark: bool = False) -> go.Figure:
    """AP by the value of one setting: all trials, whatever their other settings; AP in per cent."""
    if span.choices:
        places = {value: index * _STEP for index, value in enumerate(span.choices)}
        x = [places.get(point.values[span.name], -_STEP) for point in points]
    else:
        x = [point.values[span.name] for point in points]
    figure = _figure(_markers(points, x), f"AP by {title_of(span.name)}", dark)
    figure.update_layout(showlegend=False)
    if span.choices:
        words = [value_words(span.name, value) for value in span.choices]
        ends = [-_STEP / 2, (len(words) - 1) * _STEP + _STEP / 2]
        return figure.update_xaxes(tickvals=list(places.values()), ticktext=words, range=ends)
    if not span.by_ratio:
        return figure
    # Plotly labels a logarithmic axis of one decade with single digits.
    ticks = [span.low * (span.high / span.low) ** (step / _TICKS) for step in range(_TICKS + 1)]
    ends = [math.log10(span.low) - _ROOM, math.log10(span.high) + _ROOM]
    return figure.update_xaxes(type="log", tickvals=ticks, ticktext=[f"{tick:.2g}" for tick in ticks], range=ends)


def _markers(points: Sequence[TrialPoint], x: Sequence[float]) -> list[dict[str, Any]]:
    """The base as a star, whole trials filled, those that were ended early hollow."""
    kinds = {
        "What you have": (lambda point: point.number == 0, {"symbol": "star", "size": 14, "color": FALSE_POSITIVE}),
        "Trial": (lambda point: point.number > 0 and point.is_whole, {"size": 9, "color": ACCENT}),
        "Ended early": (lambda point: not point.is_whole, {"symbol": "circle-open", "size": 8, "color": _QUIET}),
    }
    traces = []
    for name, (belongs, marker) in kinds.items():
        mine = [(place, point) for place, point in zip(x, points, strict=True) if belongs(point)]
        if mine:
            traces.append(
                {
                    "type": "scatter",
                    "name": name,
                    "mode": "markers",
                    "x": [place for place, _ in mine],
                    "y": [100 * point.ap for _, point in mine],
                    "marker": marker,
                    "text": [f"Trial {point.number}: {words_of_values(point.values)}" for _, point in mine],
                    "hovertemplate": "%{text}<br>AP %{y:.1f}<extra></extra>",
                }
            )
    return traces


def _figure(traces: list[dict[str, Any]], title: str, dark: bool) -> go.Figure:
    layout = {
        "title": {"text": title},
        "template": template(dark),
        "yaxis": {"title": {"text": "AP"}},
        "uirevision": "keep",
    }
    return go.Figure(data=traces, layout=layout)
