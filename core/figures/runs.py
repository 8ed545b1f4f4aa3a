"""The curves of one run as Plotly figures: losses, AP, learning rate, speed, machine.

A curve has at most `CURVE_POINTS` points (core.training.metrics.curves), so a figure of a long run costs the browser no
more than one of a short run.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from core.figures.colours import ACCENT, CLASS_COLOURS, FALSE_POSITIVE, TRUE_POSITIVE, class_colour
from core.figures.curve_pen import PLAIN, Curves, Look, Pen, RunCurves, Style, pen_for
from core.figures.metric_names import SUMMARIES, loss_parts, shown_values, title_of
from core.training.metrics.comparable_loss import LOSS, VALIDATION_LOSS, comparable_loss, has_later_heads
from core.training.metrics.curves import Curve

# The total of a cascade, beside the comparable loss.
_TOTAL: Final = "#6E7781"


def loss_figure(
    run: RunCurves, look: Look = PLAIN, parts: Sequence[str] = ("total",), rising_since: int | None = None
) -> go.Figure:
    """The loss or some of its parts, training solid and validation dashed, with a mark at the lowest validation loss.

    The total of a cascade gets no mark, because it rises while the model becomes better.
    Args: parts, `total`, `cls` and so on; "" is the comparable loss (core.training.metrics.comparable_loss).
    rising_since, the iteration after which validation got worse; None if it did not.
    """
    pen = pen_for(look, [run])
    is_cascade = has_later_heads(run.curves)
    for name in parts:
        train, validation = (loss_curve(run.curves, kind, name) for kind in (LOSS, VALIDATION_LOSS))
        label, colours = _loss_style(name, run.curves, is_beside="" in parts)
        if train is not None:
            pen.line(run, train, Style(name=label[0], colour=colours[0], better=-1))
        if validation is not None:
            pen.line(run, validation, Style(name=label[1], colour=colours[1], smooth=False, dash="dash", better=-1))
            if name == ("" if is_cascade else "total") and not look.best and np.isfinite(validation.values).any():
                pen.star(run, validation, int(np.nanargmin(validation.values)), "Lowest", colours[1])
    title = "Loss: where validation parts from training, overfitting begins"
    figure = pen.figure(title, "Loss", is_log=True)
    return _with_rise(figure, pen, run, rising_since)


def loss_curve(curves: Curves, kind: str, part: str) -> Curve | None:
    """A part of LOSS or VALIDATION_LOSS; "" is the comparable loss."""
    return curves.get(f"{kind}/{part}") if part else comparable_loss(curves, kind)


def ap_figure(
    run: RunCurves,
    classes: Sequence[str],
    look: Look = PLAIN,
    metrics: Sequence[str] = tuple(SUMMARIES),
    best_iteration: int | None = None,
) -> go.Figure:
    """Validation AP in per cent, of all classes or of some, in their usual colours, with the best point marked.

    Args: metrics, of `ap`, `ap50`, `ap75`, `ap/<class>`; best_iteration, that of the stored best checkpoint.
    """
    pen = pen_for(look, [run])
    colours = dict(zip(SUMMARIES, (TRUE_POSITIVE, ACCENT, "#6E7781"), strict=True))
    colours |= {f"ap/{name}": class_colour(index) for index, name in enumerate(classes)}
    for name, colour in colours.items():
        if name in metrics and name in run.curves:
            dash = "solid" if name in SUMMARIES else "dot"
            style = Style(name=title_of(name), colour=colour, smooth=False, dash=dash, better=1)
            pen.line(run, shown_values(name, run.curves[name]), style)
    if "ap" in metrics and "segm/ap" in run.curves:
        style = Style(name=title_of("segm/ap"), colour=TRUE_POSITIVE, smooth=False, dash="dash", better=1)
        pen.line(run, shown_values("segm/ap", run.curves["segm/ap"]), style)
    if "ap" in run.curves and "ap" in metrics and best_iteration is not None:
        curve = shown_values("ap", run.curves["ap"])
        for index in np.flatnonzero(curve.iterations == best_iteration):
            pen.star(run, curve, int(index), "Best", TRUE_POSITIVE)
    return pen.figure("Validation AP: the best point is the checkpoint that is kept", "AP").update_yaxes(range=[0, 100])


def learning_rate_figure(run: RunCurves, look: Look = PLAIN) -> go.Figure:
    """The learning rate with its warm-up, plateau and decay."""
    pen = pen_for(look, [run])
    if "lr" in run.curves:
        pen.line(run, run.curves["lr"], Style(name="Learning rate", colour=ACCENT, smooth=False))
    figure = pen.figure("Learning rate", "", is_log=True, showlegend=False)
    return figure if look.log else figure.update_yaxes(rangemode="tozero")


def speed_figure(run: RunCurves, look: Look = PLAIN) -> go.Figure:
    """Seconds per iteration, and how many of them the run waited for data."""
    pen = pen_for(look, [run])
    for name, title, colour in (("step_s", "Whole step", ACCENT), ("data_s", "Waiting for data", CLASS_COLOURS[0])):
        if name in run.curves:
            pen.line(run, run.curves[name], Style(name=title, colour=colour))
    return pen.figure("Seconds an iteration", "s", is_log=True)


def waiting_figure(run: RunCurves, look: Look = PLAIN) -> go.Figure:
    """The share of time that the run waited for data, in per cent."""
    pen = pen_for(look, [run])
    share = waiting_share(run.curves)
    if share is not None:
        pen.line(run, shown_values("waiting", share), Style(name="Waiting for data", colour=CLASS_COLOURS[0]))
    return pen.figure("Time spent waiting for data", "%", showlegend=False).update_yaxes(range=[0, 100])


def waiting_share(curves: Curves) -> Curve | None:
    """The share of time that the run waited for data, 0 to 1; None if it was not measured."""
    if "data_s" not in curves or "step_s" not in curves:
        return None
    data, step = curves["data_s"].means, curves["step_s"].means
    iterations, of_data, of_step = np.intersect1d(data.iterations, step.iterations, return_indices=True)
    whole = step.values[of_step]
    share = np.divide(data.values[of_data], whole, out=np.zeros_like(whole), where=whole > 0)
    return Curve(iterations=iterations, values=share, times=data.times[of_data])


def machine_figure(run: RunCurves, names: Sequence[str], title: str, unit: str, look: Look = PLAIN) -> go.Figure:
    """Metrics of the machine that share a unit."""
    pen = pen_for(look, [run])
    for index, name in enumerate(names):
        if name in run.curves:
            pen.line(run, shown_values(name, run.curves[name]), Style(name=title_of(name), colour=class_colour(index)))
    return pen.figure(title, unit, showlegend=True).update_yaxes(rangemode="tozero")


def _loss_style(name: str, curves: Curves, is_beside: bool) -> tuple[tuple[str, str], tuple[str, str]]:
    """Names and colours of training and validation. `is_beside`: the chart also has the comparable loss."""
    if name == "total" and is_beside:
        return ("Total", "Total, validation"), (_TOTAL, _TOTAL)
    if name in ("", "total"):
        return ("Training", "Validation"), (ACCENT, FALSE_POSITIVE)
    colour = class_colour(loss_parts(curves).index(name) if name in loss_parts(curves) else 0)
    title = title_of(f"loss/{name}")
    return (title, f"{title}, validation"), (colour, colour)


def _with_rise(figure: go.Figure, pen: Pen, run: RunCurves, since: int | None) -> go.Figure:
    """Adds a line at the iteration after which validation got worse."""
    curve = run.curves.get("val_loss/total")
    if curve is None or since is None:
        return figure
    # In a long run the iteration is the end of a stretch, which may not be a point of the curve.
    time = np.interp([since], curve.iterations, curve.times)
    x = pen.x_of(run, np.array([since]), time)[0]
    words = {"annotation_text": "Validation loss rises", "annotation_position": "top left"}
    return figure.add_vline(x=float(x), line={"color": FALSE_POSITIVE, "width": 1, "dash": "dot"}, **words)
