"""Charts of the effect of a recipe on its data, for the train page. Each takes values and the theme."""

from typing import Final

import plotly.graph_objects as go

from core.figures.colours import ACCENT, class_colour
from core.figures.theme import template
from core.figures.words.numbers import plain_text
from core.training.recipe.input_sizes import SizeShares
from core.training.recipe.sampling import Exposure

_QUIET: Final = "#8C959F"
_BACKGROUND: Final = "Background"
# A smaller limit is worse. Solid, dashed, dotted, so that colour is not the only sign.
_DASHES: Final = ("solid", "dash", "dot")
_LIMIT_COLOURS: Final = ("#D55E00", "#D99A00", "#0072B2")


def exposure_figure(exposure: Exposure, dark: bool = False) -> go.Figure:
    """Bars: the share of shown images with each class, as the data is (pale) and as the recipe samples it."""
    names = [plain_text(name) for name in exposure.classes]
    colours = [class_colour(index) for index in range(len(names))]
    before, after = list(exposure.plain), list(exposure.sampled)
    if exposure.plain_background:
        names, colours = [*names, _BACKGROUND], [*colours, _QUIET]
        before, after = [*before, exposure.plain_background], [*after, exposure.sampled_background]
    figure = go.Figure(layout={"template": template(dark), "title": {"text": "How often each class is seen"}})
    for shares, words, opacity in ((before, "As the data is", 0.35), (after, "As trained", 1.0)):
        figure.add_bar(
            y=names,
            x=shares,
            orientation="h",
            name=words,
            marker={"color": colours, "opacity": opacity},
            hovertemplate=f"%{{y}}, {words.lower()}: on %{{x:.1%}} of the images shown<extra></extra>",
        )
    figure.update_layout(
        barmode="group", bargap=0.3, height=110 + 34 * len(names), legend={"traceorder": "normal"}, showlegend=False
    )
    figure.update_yaxes(autorange="reversed", type="category")
    return figure.update_xaxes(
        title="Share of the images shown (pale: as the data is)", tickformat=".0%", rangemode="tozero"
    )


def input_size_figure(shares: SizeShares, dark: bool = False) -> go.Figure:
    """Lines: the share of objects smaller than each limit in the network, against the input size."""
    figure = go.Figure(layout={"template": template(dark), "title": {"text": "Objects too small to see"}})
    for (limit, values), dash, colour in zip(shares.below.items(), _DASHES, _LIMIT_COLOURS, strict=True):
        figure.add_scatter(
            x=shares.inputs,
            y=values,
            mode="lines",
            name=f"below {limit} px",
            line={"dash": dash, "color": colour, "width": 2},
            hovertemplate=f"At %{{x}} px: %{{y:.1%}} below {limit} px<extra></extra>",
        )
    figure.add_vline(x=shares.chosen, line={"color": ACCENT, "width": 1.5})
    figure.add_annotation(
        x=shares.chosen,
        y=1,
        yref="paper",
        text=f" {shares.chosen} px",
        showarrow=False,
        xanchor="left",
        font_color=ACCENT,
    )
    figure.update_layout(height=260, hovermode="x unified")
    figure.update_yaxes(title="Share of the objects", tickformat=".0%", rangemode="tozero")
    return figure.update_xaxes(title="Input size: short side in px")
