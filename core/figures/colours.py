"""The colours of classes, outcomes and states, the same on every page, chart and image.

Colour never carries a meaning alone: outcomes also differ in their line (missed is dashed), and classes are named.
"""

from typing import Final

# Okabe and Ito's set (2008) without its black, which vanishes on dark images and in the dark theme, then Paul Tol's
# "muted" set. Both stay distinct under the common colour-vision deficiencies.
CLASS_COLOURS: Final = (
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
    "#88CCEE",
    "#CC6677",
    "#DDCC77",
    "#44AA99",
    "#AA4499",
    "#999933",
    "#117733",
    "#882255",
    "#6F63BB",
)
TRUE_POSITIVE: Final = "#009E73"  # drawn solid
FALSE_POSITIVE: Final = "#D55E00"  # drawn solid
MISSED: Final = "#9B5DE5"  # drawn dashed
TRUTH: Final = "#FFFFFF"  # drawn with a dark edge
TRUTH_EDGE: Final = "#1F2328"
IGNORED: Final = "#8C959F"  # drawn hatched
ACCENT: Final = "#2F6FDE"

OUTCOME_COLOURS: Final = {
    "true_positive": TRUE_POSITIVE,
    "false_positive": FALSE_POSITIVE,
    "missed": MISSED,
    "truth": TRUTH,
}
STATE_COLOURS: Final = {
    "queued": "#8C959F",
    "starting": ACCENT,
    "running": ACCENT,
    "finished": "#0F8B8D",
    "stopped": "#D99A00",
    "failed": "#CF222E",
    "lost": "#CF222E",  # drawn hollow
    "damaged": "#D99A00",
}
SEVERITY_COLOURS: Final = {"blocks": "#CF222E", "fixed": "#0F8B8D", "look": "#D99A00"}


def class_colour(index: int) -> str:
    """The colour `#RRGGBB` of a class index; the sequence starts again after its last colour."""
    return CLASS_COLOURS[index % len(CLASS_COLOURS)]


def rgb(colour: str) -> tuple[int, int, int]:
    """`#RRGGBB` as red, green and blue, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def text_colour_on(colour: str) -> str:
    """Black or white, whichever is easier to read on `#RRGGBB`.

    Source: WCAG 2's relative luminance; above 0.179 black has the higher contrast.
    """
    shares = [value / 255 for value in rgb(colour)]
    linear = [share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if luminance > 0.179 else "#FFFFFF"
