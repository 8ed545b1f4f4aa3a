"""Figures and words that compare two evaluations. A is the first, B the second.

Arguments are 0 to 1, figures and words are in per cent. Names come from users and are escaped, because Plotly reads
markup.
"""

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from core.evaluation.intervals.intervals import Interval
from core.evaluation.intervals.paired import Paired
from core.evaluation.thresholds.curves import ALL
from core.figures.colours import ACCENT, FALSE_POSITIVE, TRUE_POSITIVE
from core.figures.theme import template
from core.figures.words.numbers import NONE, counted, percent, plain_text, signed

A_COLOUR: Final = "#D99A00"
B_COLOUR: Final = ACCENT
TOO_FEW: Final = "too few images"
_ROW_PX: Final = 30
# The usual level of a test, which matches that of the intervals (core.evaluation.intervals.intervals.LEVEL).
_SURE_BELOW: Final = 0.05


def plus_minus(interval: Interval) -> str:
    """Half the interval: `± 3.1`; "" without an interval."""
    return "" if interval.half_width is None else f"± {percent(interval.half_width)}"


def interval_words(interval: Interval, is_difference: bool = False) -> str:
    """The interval in per cent: `47.2 to 53.4`; TOO_FEW for a figure without one."""
    if interval.low is None or interval.high is None:
        return NONE if interval.value is None else TOO_FEW
    form = signed if is_difference else percent
    return f"{form(interval.low)} to {form(interval.high)}"


def better_words(difference: Interval) -> str:
    """The certainty of a difference: `B is better in 96 % of resamples`, for whichever is better more often."""
    if difference.above is None:
        return ""
    if difference.above == 0.5:
        return "each is better in half of the resamples"
    name, share = ("B", difference.above) if difference.above > 0.5 else ("A", 1 - difference.above)
    # Never "100 %": a resample with the opposite result may just not have been drawn.
    share_words = "more than 99.5" if share > 0.995 else f"{share * 100:.0f}"
    return f"{name} is better in {share_words} % of resamples"


def paired_words(paired: Paired) -> str:
    """One sentence on which of the two is better image by image, according to the sign test."""
    images = counted(paired.images, "image")
    if not paired.better + paired.worse:
        return f"neither is better: both are equal on {images}"
    # The sentence names whichever is better more often.
    name, better, worse = (
        ("A", paired.worse, paired.better) if paired.worse > paired.better else ("B", paired.better, paired.worse)
    )
    count = f"better on {better:,}, equal on {paired.equal:,}, worse on {worse:,}"
    if paired.p < _SURE_BELOW:
        return f"{name} is better image by image: {count} of {images} ({p_words(paired.p)})"
    verb = "does" if paired.images == 1 else "do"
    return f"{images} {verb} not say which is better: {name} is {count} ({p_words(paired.p)})"


def short_paired_words(paired: Paired) -> str:
    """The numbers of images on which each is better, for a cell of a table: `B on 9, A on 6`."""
    return f"B on {paired.better:,}, A on {paired.worse:,}"


def p_words(p: float) -> str:
    """A p-value: `p = 0.021`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def difference_figure(rows: list[tuple[str, Interval]], dark: bool = False) -> go.Figure:
    """B minus A of each class as a point on its interval, the largest gain first; coloured if 0 lies outside."""
    defined = sorted((row for row in rows if row[1].value is not None), key=lambda row: -(row[1].value or 0.0))
    intervals = [interval for _, interval in defined]
    positions = list(range(len(defined)))
    values = [(interval.value or 0.0) * 100 for interval in intervals]
    lows = [
        value if interval.low is None else interval.low * 100 for value, interval in zip(values, intervals, strict=True)
    ]
    highs = [
        value if interval.high is None else interval.high * 100
        for value, interval in zip(values, intervals, strict=True)
    ]
    quiet = str(template(dark).layout.font.color)
    colours = [
        quiet if interval.is_uncertain or low <= 0 <= high else TRUE_POSITIVE if low > 0 else FALSE_POSITIVE
        for low, high, interval in zip(lows, highs, intervals, strict=True)
    ]
    is_uncertain = all(interval.is_uncertain for interval in intervals)
    figure = go.Figure()
    for position, low, high, colour in zip(positions, lows, highs, colours, strict=True):
        line = {"color": colour, "width": 2}
        figure.add_scatter(x=[low, high], y=[position, position], mode="lines", line=line, hoverinfo="skip")
    figure.add_scatter(
        x=values,
        y=positions,
        mode="markers",
        marker={"color": colours, "size": 9},
        hovertext=[
            f"{plain_text(name)}: {signed(interval.value)} ({interval_words(interval, True)})"
            + ("" if interval.is_uncertain else f"; {better_words(interval)}")
            for name, interval in defined
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    figure.add_vline(x=0, line={"color": quiet, "width": 1, "dash": "dot"})
    names = [plain_text(name) for name, _ in defined]
    figure.update_yaxes(tickmode="array", tickvals=positions, ticktext=names, range=[len(defined) - 0.4, -0.6])
    figure.update_yaxes(showgrid=False, zeroline=False)
    figure.update_xaxes(title={"text": "AP points, B minus A", "standoff": 8}, zeroline=False, ticksuffix="")
    return figure.update_layout(
        template=template(dark),
        title="What B gained and lost" + ("" if is_uncertain else ", with 95 % intervals"),
        showlegend=False,
        height=110 + _ROW_PX * max(len(defined), 2),
    )


def overlaid_precision_recall(
    a: pd.DataFrame, b: pd.DataFrame, iou: float, class_name: str = "", dark: bool = False
) -> go.Figure:
    """Precision at each recall of both, each the rows of one class (or ALL) of `precision_recall`.

    Args: class_name, "" for all classes.
    """
    figure = go.Figure()
    for name, curve, colour, dash in (("A", a, A_COLOUR, "dash"), ("B", b, B_COLOUR, "solid")):
        area = percent(float(curve["precision"].mean())) if len(curve) else NONE
        figure.add_scatter(
            x=curve["recall"] * 100,
            y=curve["precision"] * 100,
            mode="lines",
            name=f"{name}, AP {area}",
            line={"color": colour, "width": 3, "dash": dash},
            hovertemplate=f"{name}<br>recall %{{x:.0f}}, precision %{{y:.1f}}<extra></extra>",
        )
    of = f"of {plain_text(class_name)}" if class_name else "of all classes"
    figure.update_xaxes(title={"text": "Recall", "standoff": 8}, range=[0, 101])
    figure.update_yaxes(title={"text": "Precision", "standoff": 8}, range=[0, 101])
    return figure.update_layout(
        template=template(dark),
        title=f"Precision at each recall {of}, IoU {iou:g}",
        height=380,
        legend={"y": -0.26, "yanchor": "top"},
    )


def curve_of(curves: pd.DataFrame, category_id: int = ALL) -> pd.DataFrame:
    """The rows of one class of `precision_recall`."""
    return curves[curves["category_id"] == category_id]
