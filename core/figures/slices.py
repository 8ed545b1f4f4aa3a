"""The slices of an evaluation in the numbers that people read: a table, and bars against the whole. For the pages.

Rates become per cent here, where they are shown. Titles may be the user's folder names: they are escaped for Plotly.
"""

from collections.abc import Sequence
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from core.evaluation.slices.slices import FEWEST_IMAGES, FEWEST_OBJECTS, Slice
from core.evaluation.slices.slicings import Slicing
from core.figures.colours import ACCENT, FALSE_POSITIVE
from core.figures.evaluation import text_colour
from core.figures.theme import template
from core.figures.words.numbers import count, counted, percent, plain_text

SLICE_RATES: Final = ("F1", "AP", "Precision", "Recall")
SLICE_COUNTS: Final = ("Missed", "False positives", "Found", "Objects", "Images")
DIFFERENCE: Final = "± F1"
# As many bars as one takes in at a glance; the table has all.
_MOST_BARS: Final = 10
_LABEL_LENGTH: Final = 34


def slice_table(slices: Sequence[Slice], slicings: Sequence[Slicing]) -> pd.DataFrame:
    """One row a slice in the order given: `Slice`, `By`, rates in per cent (NaN for none), counts, `Remark`."""
    titles = {slicing.name: slicing.title for slicing in slicings}
    rows = [
        {
            "Slice": slice_result.part.title,
            "By": titles[slice_result.slicing],
            DIFFERENCE: _points(slice_result.difference),
            "F1": _points(slice_result.counts.f1 if slice_result.counts.truths else None),
            "AP": _points(slice_result.scores.ap),
            "Missed": slice_result.counts.fn,
            "False positives": slice_result.counts.fp,
            "Found": slice_result.counts.tp,
            "Objects": slice_result.counts.truths,
            "Images": slice_result.images,
            "Precision": _points(slice_result.counts.precision),
            "Recall": _points(slice_result.counts.recall),
            "Remark": remark(slice_result),
        }
        for slice_result in slices
    ]
    columns = ["Slice", "By", DIFFERENCE, "F1", "AP", "Missed", "False positives", "Objects", "Images", "Found"]
    table = pd.DataFrame(rows, columns=[*columns, "Precision", "Recall", "Remark"])
    return table.astype(dict.fromkeys((DIFFERENCE, *SLICE_RATES), "float64"))


def remark(one: Slice) -> str:
    """Why a slice's rates are missing, or mean little; "" where neither."""
    if not one.counts.truths:
        return "no object: only false positives"
    if one.counts.truths < FEWEST_OBJECTS:
        return f"only {counted(one.counts.truths, 'object')}"
    return f"only {counted(one.images, 'image')}" if one.images < FEWEST_IMAGES else ""


def slice_figure(
    slices: Sequence[Slice], slicings: Sequence[Slicing], chosen: str = "", dark: bool = False
) -> go.Figure:
    """The difference of F1 to the whole in points, a bar a slice, the worst above; small slices are left to the table.

    `customdata` of each bar is its key.
    """
    titles = {slicing.name: slicing.title for slicing in slicings}
    rows = [
        slice_result for slice_result in slices if slice_result.difference is not None and not slice_result.is_small
    ][:_MOST_BARS]
    values = [(row.difference or 0.0) * 100 for row in rows]
    figure = go.Figure()
    figure.add_bar(
        x=values,
        y=list(range(len(rows))),
        orientation="h",
        customdata=[[row.part.key] for row in rows],
        marker={
            "color": [FALSE_POSITIVE if value < 0 else ACCENT for value in values],
            "line": {
                "color": text_colour(dark),
                "width": [2 if row.part.key == chosen else 0 for row in rows],
            },
        },
        text=[f"{value:+.1f}" for value in values],
        textposition="outside",
        cliponaxis=False,
        hovertext=[f"{plain_text(titles[row.slicing])}: {_hover(row)}" for row in rows],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    labels = [plain_text(_short(row.part.title)) for row in rows]
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
        f"{counted(one.counts.fp, 'false positive')}, {counted(one.images, 'image')}"
    )


def _short(title: str) -> str:
    """A long folder name by its end, which tells more."""
    return title if len(title) <= _LABEL_LENGTH else f"…{title[-_LABEL_LENGTH:]}"


def _points(rate: float | None) -> float | None:
    return None if rate is None else rate * 100
