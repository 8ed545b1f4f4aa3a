"""The light and the dark Plotly template of all figures.

Backgrounds are transparent, so a figure has the background of the page. Text and grid have the colours of the theme.
"""

from functools import lru_cache
from typing import Final

import plotly.graph_objects as go

from core.figures.colours import ACCENT, CLASS_COLOURS

FONT: Final = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif'
MARGINS: Final = {"l": 48, "r": 12, "t": 36, "b": 40}
_TRANSPARENT: Final = "rgba(0,0,0,0)"
# One hue from the background to the accent, so that 0 looks like the page.
_SEQUENTIAL: Final = {
    False: ((0.0, "rgba(47,111,222,0.04)"), (0.5, "#8FB2EE"), (1.0, "#12438F")),
    True: ((0.0, "rgba(110,160,255,0.06)"), (0.5, "#2F6FDE"), (1.0, "#BBD3FF")),
}


@lru_cache(maxsize=2)
def template(dark: bool = False) -> go.layout.Template:
    """The template of the light or the dark theme. Callers share it and must not change it."""
    text, quiet = ("#E6EDF3", "#30363D") if dark else ("#1F2328", "#DDE1E6")
    axis = {
        "gridcolor": quiet,
        "linecolor": quiet,
        "zerolinecolor": quiet,
        "ticks": "",
        "automargin": True,
        "title": {"font": {"size": 13}},
    }
    surface = "#161B22" if dark else "#FFFFFF"
    layout = go.Layout(
        paper_bgcolor=_TRANSPARENT,
        plot_bgcolor=_TRANSPARENT,
        font={"family": FONT, "size": 13, "color": text},
        title={"font": {"size": 14}, "x": 0, "xanchor": "left", "y": 0.98, "yanchor": "top"},
        margin=MARGINS,
        colorway=[ACCENT, *CLASS_COLOURS],
        colorscale={"sequential": sequential_scale(dark)},
        xaxis=axis,
        yaxis=axis,
        legend={
            "orientation": "h",
            "x": 1,
            "xanchor": "right",
            "y": 1.01,
            "yanchor": "bottom",
            "bgcolor": _TRANSPARENT,
        },
        hoverlabel={"font": {"family": FONT, "color": text}, "bgcolor": surface, "bordercolor": quiet},
        bargap=0.25,
    )
    return go.layout.Template(layout=layout)


def sequential_scale(dark: bool = False) -> list[list[float | str]]:
    """The colour scale of heat maps: [[position 0 to 1, colour], …]."""
    return [[position, colour] for position, colour in _SEQUENTIAL[dark]]
