"""A curve as small as a word: an SVG for a line of text."""

from collections.abc import Sequence
from html import escape
from typing import Final

from core.figures.colours import TRUE_POSITIVE

_WIDTH: Final = 96
_HEIGHT: Final = 24
_EDGE: Final = 3


def sparkline(values: Sequence[float], title: str, colour: str = TRUE_POSITIVE) -> str:
    """The values from left to right as SVG, scaled from the lowest to the highest, with the last one marked.

    "" for fewer than two values. `title` is the text on hover and for screen readers.
    """
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    step, span = (_WIDTH - 2 * _EDGE) / (len(values) - 1), (high - low) or 1.0
    points = [
        (_EDGE + index * step, _HEIGHT - _EDGE - (value - low) / span * (_HEIGHT - 2 * _EDGE))
        for index, value in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return (
        f'<svg role="img" aria-label="{escape(title)}" width="{_WIDTH}" height="{_HEIGHT}" style="display:block">'
        f"<title>{escape(title)}</title>"
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5" stroke-linejoin="round"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/></svg>'
    )
