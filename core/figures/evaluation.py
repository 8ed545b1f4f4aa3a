"""Figures of one evaluation: confusion matrix, precision against recall, AP of each class.

Arguments are 0 to 1, figures are in per cent. Class names come from users and are escaped, because Plotly reads markup.
"""

from collections.abc import Sequence
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from core.evaluation.scores.scores import ClassScores
from core.evaluation.thresholds.curves import ALL
from core.figures.colours import class_colour
from core.figures.confusion import confusion_figure, label
from core.figures.theme import template
from core.figures.words.numbers import NONE, count, percent

__all__ = ["class_ap_figure", "confusion_figure", "curve_layout", "precision_recall_figure", "text_colour"]

_MOST_LINES_WITH_LEGEND: Final = 16


def precision_recall_figure(curves: pd.DataFrame, names: Sequence[str], iou: float, dark: bool = False) -> go.Figure:
    """Precision against recall, one line per class and a thick one for their mean, from `precision_recall`."""
    figure = go.Figure()
    for key, curve in curves.groupby("category_id", sort=False):
        is_all = key == ALL
        name = "all classes" if is_all else label(names[int(key)])
        area = percent(float(curve["precision"].mean()))
        figure.add_scatter(
            x=curve["recall"] * 100,
            y=curve["precision"] * 100,
            mode="lines",
            name=name,
            line={"color": text_colour(dark) if is_all else class_colour(int(key)), "width": 3.5 if is_all else 1.5},
            hovertemplate=f"{name} (AP {area})<br>recall %{{x:.0f}}, precision %{{y:.1f}}<extra></extra>",
        )
    return curve_layout(figure, dark, f"Precision at each recall, IoU {iou:g}", "Recall", "Precision").update_layout(
        showlegend=len(figure.data) <= _MOST_LINES_WITH_LEGEND
    )


def class_ap_figure(per_class: Sequence[ClassScores], dark: bool = False) -> go.Figure:
    """AP of each class as bars, the lowest first, with AP50 as a mark. A class without objects is marked."""
    rows = sorted(per_class, key=lambda row: (row.ap is None, row.ap or 0.0))
    labels = [label(row.name) for row in rows]
    positions = list(range(len(rows)))
    figure = go.Figure()
    figure.add_bar(
        x=[(row.ap or 0.0) * 100 for row in rows],
        y=positions,
        orientation="h",
        name="AP",
        marker={"color": [class_colour(row.category_id) for row in rows]},
        text=["no objects" if row.ap is None else percent(row.ap) for row in rows],
        textposition="outside",
        cliponaxis=False,
        hovertext=[_class_words(row) for row in rows],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    figure.add_scatter(
        x=[None if row.ap50 is None else row.ap50 * 100 for row in rows],
        y=positions,
        mode="markers",
        name="AP50",
        marker={"symbol": "line-ns", "size": 14, "line": {"width": 2, "color": text_colour(dark)}},
        hoverinfo="skip",
    )
    figure.update_yaxes(tickmode="array", tickvals=positions, ticktext=labels, autorange="reversed", showgrid=False)
    figure.update_xaxes(range=[0, 105], title="AP (mark: AP50)")
    height = 110 + 30 * max(len(rows), 2)
    return figure.update_layout(
        template=template(dark), title="AP of each class, lowest first", showlegend=False, height=height
    )


def _class_words(row: ClassScores) -> str:
    if row.ap is None:
        return f"{label(row.name)}: no object of this class, so there is no AP ({NONE})"
    aps = f"AP {percent(row.ap)}, AP50 {percent(row.ap50)}, AP75 {percent(row.ap75)}"
    return f"{label(row.name)}: {aps}, {count(row.truths)} objects"


def curve_layout(figure: go.Figure, dark: bool, title: str, x_title: str, y_title: str) -> go.Figure:
    """Sets the layout that all curves of an evaluation share: both axes in per cent, the legend below."""
    figure.update_xaxes(title={"text": x_title, "standoff": 8}, range=[0, 101])
    figure.update_yaxes(title={"text": y_title, "standoff": 8}, range=[0, 101])
    # Below the axis title: the theme's position would cover it.
    legend = {"y": -0.26, "yanchor": "top"}
    return figure.update_layout(template=template(dark), title=title, height=380, hovermode="closest", legend=legend)


def text_colour(dark: bool) -> str:
    """The theme's colour of text, for lines that mark a value."""
    return str(template(dark).layout.font.color)
