"""The threshold explorer: rates against score, a point in words, and the table of chosen thresholds.

Arguments are 0 to 1, figures, words and tables are in per cent.
"""

from collections.abc import Sequence
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from core.evaluation.matching.outcomes import Counts
from core.evaluation.thresholds.curves import ALL
from core.evaluation.thresholds.rules import OperatingPoint, Reason, ThresholdRule
from core.figures.colours import ACCENT, FALSE_POSITIVE, MISSED
from core.figures.confusion import label
from core.figures.evaluation import curve_layout, text_colour
from core.figures.words.numbers import count, percent

_LINES: Final = (
    ("precision", "Precision", FALSE_POSITIVE, "dash", 2),
    ("recall", "Recall", MISSED, "dot", 2),
    ("f1", "F1", ACCENT, "solid", 3),
)
TABLE_RATES: Final = ("Precision", "Recall", "F1")
TABLE_COUNTS: Final = ("False positives", "Missed")


def threshold_figure(
    curves: pd.DataFrame,
    score: float,
    point: OperatingPoint | None = None,
    rule: ThresholdRule | None = None,
    category_id: int = ALL,
    name: str = "",
    dark: bool = False,
) -> go.Figure:
    """Precision, recall and F1 against the score threshold, from `threshold_curves`, with the current `score` marked.

    Marks `point` as the choice of `rule`. `name` is that of the class, "" for all. Each step of the lines is a
    clickable point, whose `customdata` is [score].
    """
    figure = go.Figure()
    curve = curves[curves["category_id"] == category_id]
    for column, title, colour, dash, width in _LINES:
        line = {"color": colour, "dash": dash, "width": width}
        figure.add_scatter(
            x=curve["score"], y=curve[column] * 100, mode="lines", name=title, line=line, hoverinfo="skip"
        )
    figure.add_vline(x=score, line={"color": text_colour(dark), "width": 1})
    if rule is not None and rule.by in ("recall", "precision"):
        figure.add_hline(y=rule.at * 100, line={"color": text_colour(dark), "width": 1, "dash": "dot"}, opacity=0.5)
    if point is not None and point.score is not None:
        ruled = "recall" if rule and rule.by == "recall" else "precision" if rule and rule.by == "precision" else "f1"
        figure.add_scatter(
            x=[point.score],
            y=[(getattr(point.counts, ruled) or 0.0) * 100],
            mode="markers",
            name=f"chosen, at {point.score:.2f}",
            marker={"color": ACCENT, "size": 12, "symbol": "diamond", "line": {"color": text_colour(dark), "width": 1}},
            hoverinfo="skip",
        )
    for column, *_ in _LINES:
        figure.add_trace(_click_points(curve.dropna(subset=[column]), column))
    of = f", {label(name)} alone" if name else ""
    curve_layout(figure, dark, f"What a score threshold keeps{of}", "Score threshold", "Per cent")
    # A click anywhere takes the nearest point.
    figure.update_layout(clickmode="event+select", hovermode="closest", hoverdistance=-1, dragmode=False)
    return figure.update_xaxes(range=[0, 1], fixedrange=True).update_yaxes(fixedrange=True)


def rule_words(rule: ThresholdRule) -> str:
    """The rule in words, such as `recall of at least 90 %`."""
    if rule.by == "f1":
        return "best F1"
    if rule.by == "cost":
        return f"lowest cost, a miss {rule.miss_cost:g} and a false positive {rule.false_alarm_cost:g}"
    return f"{rule.by} of at least {percent(rule.at, 0)} %"


def point_words(counts: Counts) -> str:
    """Rates and counts at a threshold, in words."""
    rates = f"precision {percent(counts.precision)}, recall {percent(counts.recall)}, F1 {percent(counts.f1)}"
    return f"{rates} ({count(counts.tp)} found, {count(counts.fp)} false positives, {count(counts.fn)} missed)"


def missing_words(points: Sequence[OperatingPoint], rule: ThresholdRule) -> list[str]:
    """Why some classes have no threshold, one sentence per reason, without all classes together."""
    classes = [point for point in points if point.counts.category_id != ALL]
    beyond = [point for point in classes if point.reason is Reason.OUT_OF_REACH]
    words = [f"{point.counts.name} (at most {percent(point.most)})" for point in beyond]
    sentences = [f"No threshold gives that {rule.by} for {', '.join(words)}."] if words else []
    for reason, sentence in ((Reason.NO_OBJECTS, "No objects here"), (Reason.NOTHING_FOUND, "No object is found")):
        names = [point.counts.name for point in classes if point.reason is reason]
        if names:
            sentences.append(f"{sentence}, so no threshold: {', '.join(names)}.")
    return sentences


def reason_words(point: OperatingPoint, rule: ThresholdRule) -> str:
    """Why all classes together have no threshold."""
    if point.reason is Reason.OUT_OF_REACH:
        return f"No threshold gives a {rule.by} of {percent(rule.at, 0)} %: the most is {percent(point.most)} %."
    return "There are no objects here." if point.reason is Reason.NO_OBJECTS else "No object is found at any score."


def threshold_table(points: Sequence[OperatingPoint], each: Counts) -> pd.DataFrame:
    """A row for all classes at one score, one for all at their thresholds (`each`), then one per class.

    Columns: `Class, Score`, TABLE_RATES in per cent, TABLE_COUNTS; empty without a threshold.
    """
    together, *classes = points
    rows = [_row("All, at one score", together)]
    if len(classes) > 1:
        rows.append(_row("All, each at its own", OperatingPoint(float("nan"), each)))
    rows += [_row(point.counts.name, point) for point in classes]
    table = pd.DataFrame(rows, columns=["Class", "Score", *TABLE_RATES, *TABLE_COUNTS])
    return table.astype(dict.fromkeys(("Score", *TABLE_RATES), "float64") | dict.fromkeys(TABLE_COUNTS, "Int64"))


def _row(title: str, point: OperatingPoint) -> dict[str, str | float | int | None]:
    counts = point.counts
    if point.score is None:
        return {"Class": title}
    rates = (counts.precision, counts.recall, counts.f1)
    return {
        "Class": title,
        "Score": point.score,
        **{name: None if rate is None else rate * 100 for name, rate in zip(TABLE_RATES, rates, strict=True)},
        **dict(zip(TABLE_COUNTS, (counts.fp, counts.fn), strict=True)),
    }


def _click_points(curve: pd.DataFrame, column: str) -> go.Scatter:
    """An invisible point at each step of a line, because a line alone reports no clicks."""
    counted = [
        Counts(category_id=ALL, name="", tp=row.tp, fp=row.fp, fn=row.fn) for row in curve.itertuples(index=False)
    ]
    words = [
        f"score {score:.2f}<br>{point_words(counts).replace(' (', '<br>(')}"
        for score, counts in zip(curve["score"], counted, strict=True)
    ]
    return go.Scatter(
        x=curve["score"],
        y=curve[column] * 100,
        mode="markers",
        showlegend=False,
        # Tiny: for Plotly all points within their size of a click are equally near, and the next step is 4 px away.
        marker={"size": 2, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        # As a list: an array would arrive as an object by index.
        customdata=curve[["score"]].to_numpy().tolist(),
        hovertext=words,
        hovertemplate="%{hovertext}<extra></extra>",
    )
