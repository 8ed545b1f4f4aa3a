"""Two evaluations side by side as a table, as figures and in words. A is the first, B the second. No streamlit.

Values come in as 0 to 1, per cent go out. Names are the user's: Plotly reads markup, so they are escaped.
"""

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from core.evaluation.intervals.intervals import Interval
from core.evaluation.intervals.paired import Paired
from core.evaluation.thresholds.curves import ALL
from core.figures.colours import ACCENT, FALSE_POSITIVE, TRUE_POSITIVE
from core.figures.theme import template
from core.figures.words.numbers import NONE, counted, percent, plain_text

A_COLOUR: Final = "#D99A00"
B_COLOUR: Final = ACCENT
TOO_FEW: Final = "too few images"
_ROW_PX: Final = 30
# The usual level of a test, as that of the intervals (core.evaluation.intervals.intervals.LEVEL).
_SURE_BELOW: Final = 0.05


def signed(share: float | None, digits: int = 1) -> str:
    """A difference in per cent with its sign: 0.036 -> `+3.6`."""
    return NONE if share is None else f"{share * 100:+.{digits}f}".replace("-", "−")


def plus_minus(interval: Interval) -> str:
    """What stands small beside a figure: `± 3.1`; "" without an interval."""
    return "" if interval.half_width is None else f"± {percent(interval.half_width)}"


def interval_words(interval: Interval, is_difference: bool = False) -> str:
    """The interval in per cent: `47.2 to 53.4`; why there is none where a figure has none."""
    if interval.low is None or interval.high is None:
        return NONE if interval.value is None else TOO_FEW
    form = signed if is_difference else percent
    return f"{form(interval.low)} to {form(interval.high)}"


def better_words(difference: Interval) -> str:
    """How sure it is in words: `B is better in 96 % of resamples`; whichever is better more often is named."""
    if difference.above is None:
        return ""
    if difference.above == 0.5:
        return "each is better in half of the resamples"
    name, share = ("B", difference.above) if difference.above > 0.5 else ("A", 1 - difference.above)
    # Never "100 %": the resamples that would say otherwise may just not have been drawn.
    shown = "more than 99.5" if share > 0.995 else f"{share * 100:.0f}"
    return f"{name} is better in {shown} % of resamples"


def paired_words(paired: Paired) -> str:
    """Which of the two is better image by image, as far as the sign test lets it be said, in one sentence."""
    images = counted(paired.images, "image")
    if not paired.better + paired.worse:
        return f"neither is better: both are equal on {images}"
    # The sentence is about whichever is better more often.
    name, better, worse = (
        ("A", paired.worse, paired.better) if paired.worse > paired.better else ("B", paired.better, paired.worse)
    )
    count = f"better on {better:,}, equal on {paired.equal:,}, worse on {worse:,}"
    if paired.p < _SURE_BELOW:
        return f"{name} is better image by image: {count} of {images} ({p_words(paired.p)})"
    verb = "does" if paired.images == 1 else "do"
    return f"{images} {verb} not say which is better: {name} is {count} ({p_words(paired.p)})"


def short_paired_words(paired: Paired) -> str:
    """The same in a cell of a table, without the test: `B on 9, A on 6`, the images on which each is better."""
    return f"B on {paired.better:,}, A on {paired.worse:,}"


def p_words(p: float) -> str:
    """`p = 0.021`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def difference_figure(rows: list[tuple[str, Interval]], dark: bool = False) -> go.Figure:
    """B minus A of each class as a point on its interval, B's largest gain first; coloured where 0 lies outside it."""
    known = sorted((row for row in rows if row[1].value is not None), key=lambda row: -(row[1].value or 0.0))
    places = list(range(len(known)))
    values = [(interval.value or 0.0) * 100 for _, interval in known]
    lows = [value if one.low is None else one.low * 100 for value, (_, one) in zip(values, known, strict=True)]
    highs = [value if one.high is None else one.high * 100 for value, (_, one) in zip(values, known, strict=True)]
    quiet = str(template(dark).layout.font.color)
    colours = [
        quiet if one.is_uncertain or low <= 0 <= high else TRUE_POSITIVE if low > 0 else FALSE_POSITIVE
        for low, high, (_, one) in zip(lows, highs, known, strict=True)
    ]
    is_uncertain = all(one.is_uncertain for _, one in known)
    figure = go.Figure()
    for place, low, high, colour in zip(places, lows, highs, colours, strict=True):
        line = {"color": colour, "width": 2}
        figure.add_scatter(x=[low, high], y=[place, place], mode="lines", line=line, hoverinfo="skip")
    figure.add_scatter(
        x=values,
        y=places,
        mode="markers",
        marker={"color": colours, "size": 9},
        hovertext=[
            f"{plain_text(name)}: {signed(one.value)} ({interval_words(one, True)})"
            + ("" if one.is_uncertain else f"; {better_words(one)}")
            for name, one in known
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    figure.add_vline(x=0, line={"color": quiet, "width": 1, "dash": "dot"})
    names = [plain_text(name) for name, _ in known]
    figure.update_yaxes(tickmode="array", tickvals=places, ticktext=names, range=[len(known) - 0.4, -0.6])
    figure.update_yaxes(showgrid=False, zeroline=False)
    figure.update_xaxes(title={"text": "AP points, B minus A", "standoff": 8}, zeroline=False, ticksuffix="")
    return figure.update_layout(
        template=template(dark),
        title="What B gained and lost" + ("" if is_uncertain else ", with 95 % intervals"),
        showlegend=False,
        height=110 + _ROW_PX * max(len(known), 2),
    )


def overlaid_precision_recall(
    a: pd.DataFrame, b: pd.DataFrame, iou: float, kind: str = "", dark: bool = False
) -> go.Figure:
    """Precision at each recall of the two, each from `precision_recall` and cut to one class or ALL.

    Args: kind is the class' name, "" for all classes.
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
    of = f"of {plain_text(kind)}" if kind else "of all classes"
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
