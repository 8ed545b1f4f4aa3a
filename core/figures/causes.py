"""Delta AP of each cause of mistakes as clickable bars, and the causes in plain words."""

from collections.abc import Sequence
from typing import Any, Final

import plotly.graph_objects as go

from core.evaluation.matching.causes import Cause
from core.figures.colours import FALSE_POSITIVE, MISSED
from core.figures.theme import template
from core.figures.words.causes import HELP, TITLES, mistake_words
from core.figures.words.numbers import NONE, counted, percent

__all__ = ["HELP", "TITLES", "causes_figure", "mistake_words"]

_ROW_PX: Final = 34
# Space to the right of the longest bar for its numbers, as a share of the axis.
_SPACE: Final = 0.9


def causes_figure(causes: Sequence[dict[str, Any]], dark: bool = False, selected: str = "") -> go.Figure:
    """One bar per cause, the costliest first, with a clickable point in each row, whose `customdata` is the cause.

    Args: causes as in `core.services.evaluation.summary`; selected, the cause to highlight. Lengths are AP points.
    """
    rows = sorted(causes, key=lambda row: -(row["delta_ap"] or 0.0))
    positions = list(range(len(rows)))
    points = [(row["delta_ap"] or 0.0) * 100 for row in rows]
    figure = go.Figure()
    figure.add_bar(
        x=points,
        y=positions,
        orientation="h",
        marker={
            "color": [MISSED if row["cause"] == Cause.MISSED else FALSE_POSITIVE for row in rows],
            "opacity": [1.0 if selected in ("", row["cause"]) else 0.35 for row in rows],
        },
        text=[_bar_words(row) for row in rows],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    # As in the confusion matrix: a click takes the nearest point, so a short bar is as easy to hit as a long one.
    figure.add_scatter(
        x=[0.0] * len(rows),
        y=positions,
        mode="markers",
        marker={"size": 8, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=[[str(row["cause"])] for row in rows],
        hovertext=[_hover_words(row) for row in rows],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    labels = [TITLES[Cause(row["cause"])] for row in rows]
    figure.update_yaxes(
        tickmode="array",
        tickvals=positions,
        ticktext=[
            f"<b>{words}</b>" if row["cause"] == selected else words for words, row in zip(labels, rows, strict=True)
        ],
        range=[len(rows) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        ticklabelstandoff=6,
    )
    longest = max(points, default=0.0) or 1.0
    # No axis, because each bar has its number.
    figure.update_xaxes(
        range=[0, longest * (1 + _SPACE)], fixedrange=True, showgrid=False, zeroline=False, showticklabels=False
    )
    return figure.update_layout(
        template=template(dark),
        title="AP points lost to each cause",
        hovermode="closest",
        hoverdistance=-1,
        clickmode="event+select",
        dragmode=False,
        hoverlabel={"align": "left"},
        showlegend=False,
        height=36 + _ROW_PX * len(rows),
        margin={"b": 4},
    )


def _bar_words(row: dict[str, Any]) -> str:
    return f"{_points(row['delta_ap'])} · {_boxes(row)}"


def _hover_words(row: dict[str, Any]) -> str:
    cause = Cause(row["cause"])
    explained = row["objects"] if cause is not Cause.MISSED else 0
    why = f"<br>{counted(explained, 'missed object')} explained by them" if explained else ""
    cost = f"{_points(row['delta_ap'])} AP points if repaired"
    return f"<b>{TITLES[cause]}</b>: {_boxes(row)}, {cost}<br>{HELP[cause]}{why}"


def _points(delta: float | None) -> str:
    return NONE if delta is None else f"+{percent(delta)}"


def _boxes(row: dict[str, Any]) -> str:
    if row["cause"] == Cause.MISSED:
        return counted(row["count"], "object")
    return counted(row["count"], "box", "boxes")
