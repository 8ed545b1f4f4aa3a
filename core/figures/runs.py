"""The curves of runs as Plotly figures: losses, AP, learning rate, seconds a step; one run, or several overlaid.

A curve has at most `CURVE_POINTS` points (core.training.curves), so that a figure costs the browser the same however
long the run was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from core.figures.colours import ACCENT, CLASS_COLOURS, FALSE_POSITIVE, TRUE_POSITIVE, class_colour
from core.figures.theme import template
from core.training.curves import Curve

Curves = Mapping[str, Curve]

LOSS: Final = "loss/total"
VALIDATION_LOSS: Final = "val_loss/total"
_AP_TITLES: Final = {"ap": "AP", "ap50": "AP50", "ap75": "AP75"}
_TITLES: Final = {
    "loss/total": "Training loss",
    "val_loss/total": "Validation loss",
    "lr": "Learning rate",
    "step_s": "Seconds an iteration",
    "data_s": "Of which waiting for data",
    "memory_mib": "Memory in MiB",
    "gpu_memory_mib": "GPU memory in MiB",
    "cpu": "CPU in %",
    "gpu": "GPU in %",
}
_PERCENT: Final = ("ap", "ap50", "ap75", "cpu", "gpu")
# Up to here each point is drawn as such: an evaluation is an event.
_FEW_POINTS: Final = 30


@dataclass(frozen=True, slots=True)
class Look:
    """How curves are drawn. `x` is iterations, epochs or minutes; `smoothing` 0 (none) to 0.99."""

    smoothing: float = 0.0
    log: bool = False
    x: str = "iterations"
    iterations_per_epoch: float = 1.0
    dark: bool = False


PLAIN: Final = Look()


def loss_figure(curves: Curves, look: Look = PLAIN) -> go.Figure:
    """Total loss in training and validation; the point where validation is lowest is marked."""
    title = "Loss: where the two part, the model begins to learn by heart"
    pen = _pen(curves, look, title, "Loss", logarithmic=True)
    if LOSS in curves:
        pen.line(curves[LOSS], "Training", ACCENT)
    if VALIDATION_LOSS in curves:
        curve = curves[VALIDATION_LOSS]
        pen.line(curve, "Validation", FALSE_POSITIVE, smooth=False)
        pen.star(curve, int(curve.values.argmin()), "Lowest", FALSE_POSITIVE)
    return pen.figure


def loss_parts_figure(curves: Curves, look: Look = PLAIN, validation: bool = False) -> go.Figure:
    """Each part of the loss (classification, boxes, proposals), in training or in validation."""
    prefix, where = ("val_loss/", "validation") if validation else ("loss/", "training")
    pen = _pen(curves, look, f"Parts of the {where} loss", "Loss", logarithmic=True)
    names = sorted(name for name in curves if name.startswith(prefix) and not name.endswith("/total"))
    for index, name in enumerate(names):
        pen.line(curves[name], name.removeprefix(prefix), class_colour(index), smooth=not validation)
    return pen.figure


def ap_figure(curves: Curves, best_iteration: int | None = None, look: Look = PLAIN) -> go.Figure:
    """AP, AP50 and AP75 on validation, in per cent, with the best checkpoint marked."""
    pen = _pen(curves, look, "Validation AP: the best point is the checkpoint that is kept", "AP")
    for (name, title), colour in zip(_AP_TITLES.items(), (TRUE_POSITIVE, *CLASS_COLOURS[:2]), strict=True):
        if name in curves:
            pen.line(_shown(name, curves[name]), title, colour, smooth=False)
    if "ap" in curves and best_iteration is not None:
        curve = _shown("ap", curves["ap"])
        for index in np.flatnonzero(curve.iterations == best_iteration):
            pen.star(curve, int(index), "Best", TRUE_POSITIVE)
    return pen.figure.update_yaxes(range=[0, 100])


def class_ap_figure(curves: Curves, classes: list[str], look: Look = PLAIN) -> go.Figure:
    """AP of each class on validation, in per cent, in the colours that classes have everywhere."""
    pen = _pen(curves, look, "Validation AP by class", "AP")
    for index, name in enumerate(classes):
        if f"ap/{name}" in curves:
            pen.line(_shown("ap", curves[f"ap/{name}"]), name, class_colour(index), smooth=False)
    return pen.figure.update_yaxes(range=[0, 100])


def learning_rate_figure(curves: Curves, look: Look = PLAIN) -> go.Figure:
    """The learning rate: warm-up, plateau, decay."""
    pen = _pen(curves, look, "Learning rate", "", logarithmic=True)
    if "lr" in curves:
        pen.line(curves["lr"], "Learning rate", ACCENT, smooth=False)
    return pen.figure.update_layout(showlegend=False)


def speed_figure(curves: Curves, look: Look = PLAIN) -> go.Figure:
    """Seconds an iteration, and how many of them were spent waiting for data."""
    pen = _pen(curves, look, "Seconds an iteration", "s", logarithmic=True)
    for name, title, colour in (("step_s", "Whole step", ACCENT), ("data_s", "Waiting for data", CLASS_COLOURS[0])):
        if name in curves:
            pen.line(curves[name], title, colour)
    return pen.figure


def machine_figure(curves: Curves, names: tuple[str, ...], look: Look = PLAIN) -> go.Figure:
    """Use of the machine: some of memory_mib, gpu_memory_mib, cpu, gpu, which share a unit."""
    pen = _pen(curves, look, "Use of the machine", "")
    for index, name in enumerate(name for name in names if name in curves):
        pen.line(_shown(name, curves[name]), _TITLES.get(name, name), class_colour(index))
    return pen.figure.update_yaxes(rangemode="tozero")


def overlay_figure(runs: Mapping[str, Curves], metric: str, look: Look = PLAIN) -> go.Figure:
    """One metric of several runs, by run name; minutes count from each run's own start. AP in per cent."""
    title = _AP_TITLES.get(metric) or _TITLES.get(metric, metric)
    pen = _pen({}, look, f"{title} of {len(runs)} runs", title, logarithmic=not _is_percent(metric))
    dense = not _is_percent(metric) and not metric.startswith("val_loss")
    for index, (run, curves) in enumerate(runs.items()):
        if metric in curves:
            own = replace(pen, origin=_origin(curves))
            own.line(_shown(metric, curves[metric]), run, class_colour(index), smooth=dense)
    return pen.figure.update_layout(showlegend=True)


def smoothed(values: npt.NDArray[np.float64], weight: float) -> npt.NDArray[np.float64]:
    """The exponential moving average of (N,) values, `weight` 0 to below 1, without a bias towards 0 at the start.

    Source: TensorBoard's smoothing; the correction is Adam's.
    """
    result, average = np.empty_like(values), 0.0
    for index, value in enumerate(values):
        average = weight * average + (1 - weight) * float(value)
        result[index] = average / (1 - weight ** (index + 1))
    return result


@dataclass(frozen=True, slots=True)
class _Pen:
    """Draws the curves of one run into a figure; `origin` is the Unix time at which its minutes begin."""

    figure: go.Figure
    look: Look
    origin: float

    def line(self, curve: Curve, name: str, colour: str, smooth: bool = True) -> None:
        """One line; where it is smoothed, the values as they were stand faintly behind it."""
        mode = "lines+markers" if len(curve.values) <= _FEW_POINTS else "lines"
        if smooth and self.look.smoothing > 0 and len(curve.values) > 2:
            self._trace(curve, name, colour, {"opacity": 0.25, "showlegend": False, "hoverinfo": "skip"})
            values = smoothed(curve.values, min(self.look.smoothing, 0.99))
            curve, mode = Curve(curve.iterations, values, curve.times), "lines"
        self._trace(curve, name, colour, {"mode": mode})

    def star(self, curve: Curve, index: int, name: str, colour: str) -> None:
        """Mark one point of a curve, by name."""
        here = slice(index, index + 1)
        point = Curve(curve.iterations[here], curve.values[here], curve.times[here])
        marker = {"color": colour, "size": 11, "symbol": "star"}
        options = {"mode": "markers+text", "text": [name], "textposition": "top center", "marker": marker}
        self._trace(point, name, colour, {**options, "showlegend": False, "hoverinfo": "skip"})

    def _trace(self, curve: Curve, name: str, colour: str, options: dict[str, Any]) -> None:
        line = {"color": colour, "width": 2}
        # Not Scattergl: a page may hold more charts than browsers give WebGL contexts, and 2,000 points are few.
        trace = go.Scatter(x=self._x(curve), y=curve.values, name=name, line=line, **{"mode": "lines", **options})
        self.figure.add_trace(trace)

    def _x(self, curve: Curve) -> npt.NDArray[np.float64]:
        if self.look.x == "minutes":
            return (curve.times - self.origin) / 60
        if self.look.x == "epochs":
            return curve.iterations / max(self.look.iterations_per_epoch, 1e-9)
        return curve.iterations.astype(np.float64)


def _pen(curves: Curves, look: Look, title: str, unit: str, logarithmic: bool = False) -> _Pen:
    axis = {"epochs": "Epochs", "minutes": "Minutes since the start"}.get(look.x, "Iterations")
    figure = go.Figure(layout={"template": template(look.dark), "hovermode": "x unified", "uirevision": "keep"})
    figure.update_layout(title=title, xaxis_title=axis, yaxis_title=unit)
    figure.update_yaxes(type="log" if look.log and logarithmic else "linear")
    return _Pen(figure, look, _origin(curves))


def _origin(curves: Curves) -> float:
    return min((float(curve.times[0]) for curve in curves.values() if len(curve.times)), default=0.0)


def _is_percent(metric: str) -> bool:
    return metric in _PERCENT or metric.startswith("ap/")


def _shown(metric: str, curve: Curve) -> Curve:
    """Shares of 0 to 1 become per cent here, where they are shown."""
    return Curve(curve.iterations, curve.values * 100, curve.times) if _is_percent(metric) else curve
