"""The learning curve as a Plotly figure: AP against the number of training images, with its range over the seeds."""

from collections.abc import Sequence
from typing import Any, Final

import plotly.graph_objects as go

from core.figures.colours import ACCENT, class_colour
from core.figures.theme import template
from core.figures.words.numbers import plain_text
from core.training.metrics.more_images import FACTOR, ClassCurve

ALL_CLASSES: Final = "All classes"
# Above and below the bars: as a share of their height, and at least so many AP.
_ROOM: Final = 0.25
_LEAST_ROOM: Final = 2.0


def learning_curve_figure(rows: Sequence[ClassCurve], dark: bool = False) -> go.Figure:
    """A line for each row: means over the seeds with bars from the lowest to the highest; AP in per cent.

    A dotted line leads to twice the images where an estimate has an interval, which is a bar in the class's colour. The
    x-axis is logarithmic: each step to the right of the same width doubles the images.
    """
    traces: list[dict[str, Any]] = []
    for row in rows:
        measured = [level for level in row.levels if level.mean is not None and level.images]
        if not measured:
            continue
        colour = class_colour(row.index) if row.index >= 0 else ACCENT
        name = plain_text(row.name) or ALL_CLASSES
        means = [100 * (level.mean or 0) for level in measured]
        traces.append(
            {
                "type": "scatter",
                "name": name,
                "mode": "lines+markers",
                "x": [level.images for level in measured],
                "y": means,
                "line": {"color": colour, "width": 3 if row.index < 0 else 2},
                "marker": {"size": 8},
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "array": [100 * (level.high or 0) - mean for level, mean in zip(measured, means, strict=True)],
                    "arrayminus": [mean - 100 * (level.low or 0) for level, mean in zip(measured, means, strict=True)],
                    "color": colour,
                    "thickness": 1.5,
                },
                "hovertemplate": f"{name}: %{{y:.1f}} AP with %{{x:,.0f}} images<extra></extra>",
            }
        )
        if row.gain.low is not None and measured[-1].share == 1.0:
            traces.append(_ahead(row, measured[-1].images, means[-1], name, colour))
    numbers = sorted({round(x) for trace in traces for x in trace["x"]})
    layout = {
        "title": {"text": "AP by the number of training images: a line that still rises asks for more"},
        "template": template(dark),
        "xaxis": {
            "title": {"text": "Training images" if all(row.index < 0 for row in rows) else "Images with the class"},
            "type": "log",
            "tickvals": numbers if len(numbers) <= 6 else None,
            "ticktext": [f"{number:,}" for number in numbers] if len(numbers) <= 6 else None,
        },
        "yaxis": {"title": {"text": "AP"}, "range": _range(traces)},
        "uirevision": "keep",
    }
    return go.Figure(data=traces, layout=layout)


def _ahead(row: ClassCurve, images: float, ap: float, name: str, colour: str) -> dict[str, Any]:
    """The dotted line to twice the images, with the interval of the estimate as a bar."""
    gain = row.gain
    middle, low, high = (100 * (value or 0) for value in (gain.value, gain.low, gain.high))
    return {
        "type": "scatter",
        "name": f"{name}, estimated",
        "showlegend": False,
        "mode": "lines+markers",
        "x": [images, FACTOR * images],
        "y": [ap, ap + middle],
        "line": {"color": colour, "width": 1.5, "dash": "dot"},
        "marker": {"size": [0, 8], "symbol": "circle-open"},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [0, high - middle],
            "arrayminus": [0, middle - low],
            "color": colour,
            "thickness": 1,
        },
        "hovertemplate": f"{name}, estimated: %{{y:.1f}} AP with %{{x:,.0f}} images<extra></extra>",
    }


def _range(traces: Sequence[dict[str, Any]]) -> list[float]:
    """The AP axis in per cent: around the bars, so that a small rise is seen, and within 0 to 100."""
    tops, ends = [], []
    for trace in traces:
        bars = trace["error_y"]
        for y, up, down in zip(trace["y"], bars["array"], bars["arrayminus"], strict=True):
            tops.append(y + up)
            ends.append(y - down)
    if not tops:
        return [0.0, 100.0]
    room = max(_LEAST_ROOM, _ROOM * (max(tops) - min(ends)))
    return [max(0.0, min(ends) - room), min(100.0, max(tops) + room)]
