"""The confusion matrix as a heat map with clickable cells. Pages import it from core.figures.evaluation."""

from collections.abc import Sequence
from html import escape
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from core.figures.colours import ACCENT, FALSE_POSITIVE, MISSED, rgb
from core.figures.theme import sequential_scale, template
from core.figures.words.numbers import count, percent

# Between the classes and the background, in cells.
_GAP: Final = 0.2
# With more classes the numbers do not fit into the cells; hovering still shows them.
_MOST_CLASSES_WITH_TEXT: Final = 24
_LONGEST_LABEL: Final = 24
# The width of all cells on a page of 1280 px, beside the names at the left; the size of one character and one line.
_USUAL_WIDTH_PX: Final = 310
_CHARACTER_PX: Final = 7
_LINE_PX: Final = 16


def confusion_figure(
    matrix: npt.NDArray[np.int64], names: Sequence[str], dark: bool = False, selected: tuple[int, int] | None = None
) -> go.Figure:
    """The confusion matrix with a clickable point in each cell, whose `customdata` is [truth class, predicted class].

    Args: matrix (K + 1, K + 1) of `confusion_matrix`; names of the K classes; selected, a cell to frame.
    Colour is the share of the row, the number is the count. Class K stands for the background.
    """
    classes = len(names)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    figure = go.Figure()
    spans = (
        (slice(0, classes), slice(0, classes)),
        (slice(0, classes), slice(classes, None)),
        (slice(classes, None), slice(0, classes)),
    )
    scales = (_main_scale(dark), _scale(MISSED, dark), _scale(FALSE_POSITIVE, dark))
    for (rows, columns), scale in zip(spans, scales, strict=True):
        figure.add_trace(_heat_map(matrix, shares, rows, columns, scale, classes))
    figure.add_trace(_click_points(matrix, shares, names))
    at = [*range(classes), classes + _GAP]
    labels = [label(name) for name in names]
    axis: dict[str, Any] = {
        "tickmode": "array",
        "tickvals": at,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }
    ends = [-0.5, classes + _GAP + 0.5]
    angle, below_px = _below(names)
    predicted = labels if angle else [text.replace(" ", "<br>") for text in labels]
    figure.update_xaxes(
        title={"text": "Predicted as", "standoff": 12},
        ticktext=[*predicted, "<i>missed</i>"],
        tickangle=angle,
        range=ends,
        side="bottom",
        **axis,
    )
    figure.update_yaxes(
        title={"text": "Truth", "standoff": 12}, ticktext=[*labels, "<i>background</i>"], range=ends[::-1], **axis
    )
    # A heat map alone reports no clicks. A click takes the nearest of the points on top.
    figure.update_layout(
        template=template(dark),
        title="What was found, mixed up and missed",
        hovermode="closest",
        hoverdistance=-1,
        clickmode="event+select",
        dragmode=False,
        showlegend=False,
        height=min(130 + 46 * (classes + 1) + below_px, 760),
    )
    if selected is not None:
        y, x = (at[index] for index in selected)
        frame = {"color": ACCENT, "width": 3}
        figure.add_shape(type="rect", x0=x - 0.5, x1=x + 0.5, y0=y - 0.5, y1=y + 0.5, line=frame)
    return figure


def _below(names: Sequence[str]) -> tuple[int, int]:
    """The angle of the names below the matrix, 0 (one word per line) or -90 degrees, and their height in px.

    Plotly would tilt them, which is hard to read.
    """
    labels = [name[:_LONGEST_LABEL] for name in names]
    words = [word for name in labels for word in (*name.split(), "missed")]
    room_px = _USUAL_WIDTH_PX / (len(names) + 1 + _GAP)
    if max((len(word) for word in words), default=0) * _CHARACTER_PX <= room_px:
        return 0, _LINE_PX * max((len(name.split()) for name in labels), default=1)
    return -90, round(_CHARACTER_PX * max(len("missed"), *(len(name) for name in labels)))


def label(name: str) -> str:
    """A class name for a text of Plotly: shortened and escaped."""
    return escape(name if len(name) <= _LONGEST_LABEL else name[: _LONGEST_LABEL - 1] + "…")


def _heat_map(
    matrix: npt.NDArray[np.int64],
    shares: npt.NDArray[np.float64],
    rows: slice,
    columns: slice,
    scale: list[list[float | str]],
    classes: int,
) -> go.Heatmap:
    counts = matrix[rows, columns]
    return go.Heatmap(
        z=shares[rows, columns],
        y0=rows.start + (_GAP if rows.start == classes else 0),
        x0=columns.start + (_GAP if columns.start == classes else 0),
        dx=1,
        dy=1,
        zmin=0,
        zmax=1,
        colorscale=scale,
        showscale=False,
        xgap=2,
        ygap=2,
        hoverinfo="skip",
        text=[[count(int(value)) if value else "" for value in row] for row in counts],
        texttemplate="%{text}" if classes <= _MOST_CLASSES_WITH_TEXT else "",
    )


def _click_points(matrix: npt.NDArray[np.int64], shares: npt.NDArray[np.float64], names: Sequence[str]) -> go.Scatter:
    """A small, invisible point in each of (K + 1, K + 1) cells. Large points miss clicks at their edges."""
    classes = len(names)
    cells = [(row, column) for row in range(classes + 1) for column in range(classes + 1)][:-1]
    return go.Scatter(
        x=[column + (_GAP if column == classes else 0) for _, column in cells],
        y=[row + (_GAP if row == classes else 0) for row, _ in cells],
        mode="markers",
        marker={"size": 8, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=[list(cell) for cell in cells],
        hovertext=[_cell_words(matrix, shares, names, *cell) for cell in cells],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _cell_words(
    matrix: npt.NDArray[np.int64], shares: npt.NDArray[np.float64], names: Sequence[str], row: int, column: int
) -> str:
    number, share, classes = count(int(matrix[row, column])), percent(float(shares[row, column])), len(names)
    if row == classes:
        return f"{number} false positives of {label(names[column])} on background ({share} % of these)"
    of = f"{number} of {count(int(matrix[row].sum()))} {label(names[row])}"
    if column == classes:
        return f"{of} missed ({share} %)"
    return f"{of} {'found' if row == column else f'taken for {label(names[column])}'} ({share} %)"


def _main_scale(dark: bool) -> list[list[float | str]]:
    return [[0.0, _faint(ACCENT, dark)], *sequential_scale(dark)[1:]]


def _scale(colour: str, dark: bool) -> list[list[float | str]]:
    """A scale from faint to full colour, for the cells of the background."""
    return [[0.0, _faint(colour, dark)], [1.0, colour]]


def _faint(colour: str, dark: bool) -> str:
    """A faint tint of the colour. Opaque, because Plotly ignores transparency when it colours the numbers."""
    page = 20 if dark else 255
    red, green, blue = (round(0.95 * page + 0.05 * value) for value in rgb(colour))
    return f"rgb({red},{green},{blue})"
