"""The slices of an evaluation for the screen: a table, and bars of the difference to the whole.

Rates are in per cent. Titles may be folder names from users and are escaped for Plotly.
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
# More bars are hard to take in; the table has all slices.
_MOST_BARS: Final = 10
_LABEL_LENGTH: Final = 34


def slice_table(slices: Sequence[Slice], slicings: Sequence[Slicing]) -> pd.DataFrame:
    """One row per slice, in this order: `Slice`, `By`, rates in per cent (NaN for none), counts, `Remark`."""
    titles = {slicing.name: slicing.title for slicing in slicings}
    rows = [
        {
            "Slice": row.part.title,
            "By": titles[row.slicing],
            DIFFERENCE: _points(row.difference),
            "F1": _points(row.counts.f1 if row.counts.truths else None),
            "AP": _points(row.scores.ap),
            "Missed": row.counts.fn,
            "False positives": row.counts.fp,
            "Found": row.counts.tp,
            "Objects": row.counts.truths,
            "Images": row.images,
            "Precision": _points(row.counts.precision),
            "Recall": _points(row.counts.recall),
            "Remark": remark(row),
        }
        for row in slices
    ]
    columns = ["Slice", "By", DIFFERENCE, "F1", "AP", "Missed", "False positives", "Objects", "Images", "Found"]
    table = pd.DataFrame(rows, columns=[*columns, "Precision", "Recall", "Remark"])
    return table.astype(dict.fromkeys((DIFFERENCE, *SLICE_RATES), "float64"))


def remark(row: Slice) -> str:
    """The reason for missing or unreliable rates of a slice; "" for none."""
    if not row.counts.truths:
        return "no object: only false positives"
    if row.counts.truths < FEWEST_OBJECTS:
        return f"only {counted(row.counts.truths, 'object')}"
    return f"only {counted(row.images, 'image')}" if row.images < FEWEST_IMAGES else ""


def slice_figure(
    slices: Sequence[Slice], slicings: Sequence[Slicing], chosen: str = "", dark: bool = False
) -> go.Figure:
    """The difference of F1 to the whole in points, one bar per slice, the worst on top, without small slices.

    `customdata` of each bar is its key.
    """
    titles = {slicing.name: slicing.title for slicing in slicings}
    rows = [row for row in slices if row.difference is not None and not row.is_small][:_MOST_BARS]
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
    # Space for the numbers beside the longest bars.
    space = max(0.25 * (high - low), 1.0)
    figure.update_xaxes(
        range=[low - space if low < 0 else low, high + space if high > 0 else high],
        title="F1 against all, points",
        zeroline=True,
        zerolinecolor=text_colour(dark),
    )
    # No title: the text above on the tab says it.
    return figure.update_layout(
        template=template(dark),
        showlegend=False,
        height=70 + 26 * max(len(rows), 2),
        margin={"t": 8, "l": 8, "r": 16, "b": 44},
    )


def _hover(row: Slice) -> str:
    return (
        f"{plain_text(row.part.title)}<br>F1 {percent(row.counts.f1)}, recall {percent(row.counts.recall)}, "
        f"precision {percent(row.counts.precision)}<br>{count(row.counts.fn)} missed of {count(row.counts.truths)}, "
        f"{counted(row.counts.fp, 'false positive')}, {counted(row.images, 'image')}"
    )


def _short(title: str) -> str:
    """The title, or the end of a long one, which tells more of a folder."""
    return title if len(title) <= _LABEL_LENGTH else f"…{title[-_LABEL_LENGTH:]}"


def _points(rate: float | None) -> float | None:
    return None if rate is None else rate * 100
