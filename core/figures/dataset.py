"""Charts of a data set version for the data-set page. Each function takes the labels and the theme."""

import numpy as np
import plotly.graph_objects as go

from core.figures.colours import ACCENT, class_colour
from core.figures.theme import sequential_scale, template
from core.figures.words.numbers import plain_text
from core.labels import statistics
from core.labels.label_set import LabelSet
from core.labels.statistics import Histogram

# Splits differ in lightness and pattern, because colour shows the class.
_SPLIT_OPACITY = {"train": 1.0, "val": 0.65, "test": 0.4, statistics.NO_SPLIT: 0.2}
_SPLIT_PATTERN = {"train": "", "val": "/", "test": ".", statistics.NO_SPLIT: "x"}
_SPLIT_WORDS = {"train": "Training", "val": "Validation", "test": "Test", statistics.NO_SPLIT: "No split"}
_USE_COLOURS = {"labelled": ACCENT, "background": "#8C959F", "unlabelled": "#D99A00"}


def objects_per_class(labels: LabelSet, dark: bool = False) -> go.Figure:
    """Stacked bars: objects of each class, by split."""
    table = statistics.objects_by_class_and_split(labels)
    colours = [class_colour(index) for index in range(len(table))]
    figure = _figure("Objects per class and split", dark)
    for split in table.columns[table.sum() > 0]:
        figure.add_bar(
            y=[plain_text(name) for name in table.index],
            x=table[split].tolist(),
            orientation="h",
            name=_SPLIT_WORDS[split],
            marker={
                "color": colours,
                "opacity": _SPLIT_OPACITY[split],
                "pattern": {"shape": _SPLIT_PATTERN[split], "size": 6, "solidity": 0.3},
            },
            hovertemplate=f"%{{y}}, {_SPLIT_WORDS[split].lower()}: %{{x:,}} objects<extra></extra>",
        )
    figure.update_layout(barmode="stack", legend_traceorder="normal", height=max(220, 110 + 28 * len(table)))
    figure.update_yaxes(autorange="reversed", type="category")
    return figure.update_xaxes(title="Objects")


def images_per_split(labels: LabelSet, dark: bool = False) -> go.Figure:
    """Stacked bars: images of each split, by use."""
    table = statistics.images_by_split_and_use(labels)
    table = table[table.sum(axis=1) > 0]
    figure = _figure("Images per split", dark)
    for use in table.columns[table.sum() > 0]:
        figure.add_bar(
            x=[_SPLIT_WORDS[split] for split in table.index],
            y=table[use].tolist(),
            name=use.capitalize(),
            marker_color=_USE_COLOURS[use],
            hovertemplate=f"%{{x}}: %{{y:,}} {use} images<extra></extra>",
        )
    return figure.update_layout(barmode="stack").update_yaxes(title="Images")


def box_sizes(labels: LabelSet, dark: bool = False) -> go.Figure:
    """Lines: the sizes of the boxes of each class, with COCO's limits between small, medium and large."""
    figure = _lines(statistics.box_sides(labels), "Box sizes", dark)
    for side, words in ((32, "small | medium"), (96, "medium | large")):
        _mark(figure, side, words)
    sides = [2**power for power in range(14)]
    return figure.update_xaxes(title="Square root of the area in px", type="log", tickvals=sides)


def box_shares(labels: LabelSet, dark: bool = False) -> go.Figure:
    """Lines: the sizes of the boxes of each class relative to their image."""
    figure = _lines(statistics.box_shares(labels), "Box sizes within the image", dark)
    return figure.update_xaxes(title="Square root of the share of the area", type="log", tickformat=".0%")


def box_aspects(labels: LabelSet, dark: bool = False) -> go.Figure:
    """Lines: the aspect ratios of the boxes of each class."""
    figure = _lines(statistics.box_aspects(labels), "Box shapes", dark)
    _mark(figure, 1, "high | wide")
    return figure.update_xaxes(title="Width over height", type="log")


def box_positions(labels: LabelSet, class_name: str = "", dark: bool = False) -> go.Figure:
    """A heat map: where in the image the boxes of a class (or of all) lie."""
    covered = statistics.box_positions(labels, class_name)
    cells = len(covered)
    middles = (np.arange(cells) + 0.5) / cells
    figure = _figure(f"Where {class_name or 'objects'} are in the image", dark)
    figure.add_heatmap(
        z=covered.astype(np.int64).tolist(),
        x=middles.tolist(),
        y=middles.tolist(),
        colorscale=sequential_scale(dark),
        colorbar={"thickness": 10, "title": {"text": "Boxes"}},
        hovertemplate="%{z:,} boxes<extra></extra>",
    )
    figure.update_xaxes(showticklabels=False, showgrid=False, constrain="domain")
    return figure.update_yaxes(showticklabels=False, showgrid=False, autorange="reversed", scaleanchor="x")


def objects_per_image(labels: LabelSet, dark: bool = False) -> go.Figure:
    """Bars: the number of images by their number of objects."""
    counts = statistics.objects_per_image(labels)
    figure = _figure("Objects per image", dark)
    figure.add_bar(
        x=counts.index.tolist(),
        y=counts.tolist(),
        marker_color=ACCENT,
        hovertemplate="%{y:,} images with %{x} objects<extra></extra>",
    )
    return figure.update_xaxes(title="Objects").update_yaxes(title="Images")


def _mark(figure: go.Figure, x: float, words: str) -> None:
    """Adds a dotted line with words above it, on a logarithmic axis."""
    figure.add_vline(x=x, line={"dash": "dot", "width": 1, "color": "#8C959F"})
    # On a logarithmic axis Plotly takes a line by its value, but an annotation by its logarithm.
    figure.add_annotation(x=np.log10(x), y=1, yref="paper", text=words, font={"size": 11}, showarrow=False)


def _lines(histogram: Histogram, title: str, dark: bool) -> go.Figure:
    middles = np.sqrt(histogram.edges[:-1] * histogram.edges[1:])
    figure = _figure(title, dark)
    for index, (name, counts) in enumerate(histogram.counts.items()):
        if counts.any():
            figure.add_scatter(
                x=middles.tolist(),
                y=counts.tolist(),
                mode="lines",
                name=plain_text(name),
                line={"shape": "hvh", "color": class_colour(index), "width": 2},
                hovertemplate="%{y:,} " + plain_text(name) + "<extra></extra>",
            )
    return figure.update_yaxes(title="Objects")


def _figure(title: str, dark: bool) -> go.Figure:
    return go.Figure(layout={"template": template(dark), "title": {"text": plain_text(title)}})
