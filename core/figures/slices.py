"""The slices of an evaluation in the numbers that people read: a table, and bars against the whole. For the pages.

Rates become per cent here, where they are shown. Titles may be the user's folder names: they are escaped for Plotly.
"""

from collections.abc import Sequence
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from core.evaluation.slices.slices import FEWEST_OBJECTS, FEWEST_PICTURES, Slice
from core.evaluation.slices.slicings import Slicing
from core.figures.colours import ACCENT, FALSE_POSITIVE
from core.figures.evaluation import text_colour
from core.figures.theme import template
from core.figures.words.numbers import count, counted, percent, plain_text

SLICE_RATES: Final = ("F1", "AP", "Precision", "Recall")
SLICE_COUNTS: Final = ("Missed", "False alarms", "Found", "Objects", "Pictures")
DIFFERENCE: Final = "± F1"
# As many bars as one takes in at a glance; the table has all.
_MOST_BARS: Final = 10
_LABEL_LENGTH: Final = 34


def slice_table(slices: Sequence[Slice], slicings: Sequence[Slicing]) -> pd.DataFrame:
    """One row a slice in the order given: `Slice`, `By`, rates in per cent (NaN for none), counts, `Remark`."""
    titles = {slicing.name: slicing.title for slicing in slicings}
    rows = [
        {
            "Slice": one.part.title,
            "By": titles[one.slicing],
            DIFFERENCE: _points(one.difference),
            "F1": _points(one.counts.f1 if one.counts.truths else None),
            "AP": _points(one.scores.ap),
            "Missed": one.counts.fn,
            "False alarms": one.counts.fp,
            "Found": one.counts.tp,
            "Objects": one.counts.truths,
            "Pictures": one.pictures,
            "Precision": _points(one.counts.precision),
            "Recall": _points(one.counts.recall),
            "Remark": remark(one),
        }
        for one in slices
    ]
    columns = ["Slice", "By", DIFFERENCE, "F1", "AP", "Missed", "False alarms", "Objects", "Pictures", "Found"]
    table = pd.DataFrame(rows, columns=[*columns, "Precision", "Recall", "Remark"])
    return table.astype(dict.fromkeys((DIFFERENCE, *SLICE_RATES), "float64"))


def remark(one: Slice) -> str:
    """Why a slice's rates are missing, or mean little; "" where neither."""
    if not one.counts.truths:
        return "no object: only false alarms"
    if one.counts.truths < FEWEST_OBJECTS:
        return f"only {counted(one.counts.truths, 'object')}"
    return f"only {counted(one.pictures, 'picture')}" if one.pictures < FEWEST_PICTURES else ""


def slice_figure(
    slices: Sequence[Slice], slicings: Sequence[Slicing], chosen: str = "", dark: bool = False
) -> go.Figure:
    """The difference of F1 to the whole in points, a bar a slice, the worst above; small slices are left to the table.

    `customdata` of each bar is its key.
    """
    titles = {slicing.name: slicing.title for slicing in slicings}
    rows = [one for one in slices if one.difference is not None and not one.is_small][:_MOST_BARS]
    values = [(one.difference or 0.0) * 100 for one in rows]
    figure = go.Figure()
    figure.add_bar(
        x=values,
        y=list(range(len(rows))),
        orientation="h",
        customdata=[[one.part.key] for one in rows],
        marker={
            "color": [FALSE_POSITIVE if value < 0 else ACCENT for value in values],
            "line": {
                "color": text_colour(dark),
                "width": [2 if one.part.key == chosen else 0 for one in rows],
            },
        },
        text=[f"{value:+.1f}" for value in values],
        textposition="outside",
        cliponaxis=False,
        hovertext=[f"{plain_text(titles[one.slicing])}: {_hover(one)}" for one in rows],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    labels = [plain_text(_short(one.part.title)) for one in rows]
    figure.update_yaxes(
        tickmode="array", tickvals=list(range(len(rows))), ticktext=labels, autorange="reversed", showgrid=False
    )
    low, high = min([0.0, *values]), max([0.0, *values])
    # Room for the numbers beside the longest bars.
    room = max(0.25 * (high - low), 1.0)
    figure.update_xaxes(
        range=[low - room if low < 0 else low, high + room if high > 0 else high],
        title="F1 against all, points",
        zeroline=True,
        zerolinecolor=text_colour(dark),
    )
    # Not "worst first" with a title of its own: the tab's words above say it.
    return figure.update_layout(
        template=template(dark),
        showlegend=False,
        height=70 + 26 * max(len(rows), 2),
        margin={"t": 8, "l": 8, "r": 16, "b": 44},
    )


def _hover(one: Slice) -> str:
    return (
        f"{plain_text(one.part.title)}<br>F1 {percent(one.counts.f1)}, recall {percent(one.counts.recall)}, "
        f"precision {percent(one.counts.precision)}<br>{count(one.counts.fn)} missed of {count(one.counts.truths)}, "
        f"{counted(one.counts.fp, 'false alarm')}, {counted(one.pictures, 'picture')}"
    )


def _short(title: str) -> str:
    """A long folder name by its end, which tells more."""
    return title if len(title) <= _LABEL_LENGTH else f"…{title[-_LABEL_LENGTH:]}"


def _points(rate: float | None) -> float | None:
    return None if rate is None else rate * 100
