"""Draws curves of runs: along an axis, smoothed or not, as values or as the best so far."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from core.figures.theme import template
from core.training.metrics.curves import Curve, Floats

Curves = Mapping[str, Curve]

AXES: Final = ("iterations", "epochs", "time")
# Up to here points are drawn too, because each is one validation.
_FEW_POINTS: Final = 30
_MOST_SMOOTHING: Final = 0.99
# The axis takes the largest unit of which the longest run has two.
_UNITS: Final = (("Days", 86400.0), ("Hours", 3600.0), ("Minutes", 60.0), ("Seconds", 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Options for drawing curves: `x`, one of AXES; `smoothing`, 0 (none) to 0.99; `best`, the best value so far."""

    x: str = "iterations"
    smoothing: float = 0.0
    log: bool = False
    best: bool = False
    dark: bool = False


PLAIN: Final = Look()


@dataclass(frozen=True, slots=True)
class RunCurves:
    """The curves of one run by metric, and its iterations per epoch, 0 if unknown."""

    curves: Curves
    iterations_per_epoch: float = 0.0

    @property
    def began(self) -> float:
        """The Unix time of the run's first value."""
        return min((float(curve.times[0]) for curve in self.curves.values() if len(curve.times)), default=0.0)

    @property
    def seconds(self) -> float:
        """The seconds from the first value to the last."""
        return max((float(curve.times[-1]) for curve in self.curves.values() if len(curve.times)), default=0.0) - (
            self.began
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """The style of a line. `better` is -1 if less is better, 1 if more is, 0 if neither."""

    name: str
    colour: str
    smooth: bool = True
    dash: str = "solid"
    better: int = 0
    faint: bool = True  # whether the raw values are drawn behind a smoothed line


@dataclass(slots=True)
class Pen:
    """Collects the lines of one figure. Times are in units of `unit_s` seconds from the start of each run."""

    look: Look
    unit_s: float = 1.0
    traces: list[dict[str, Any]] = field(default_factory=list)

    def line(self, run: RunCurves, curve: Curve, style: Style) -> None:
        """Adds one line. A smoothed or best-so-far line has the raw values behind it, faintly."""
        if self.look.best and style.better:
            self._behind(run, curve, style)
            best = np.maximum if style.better > 0 else np.minimum
            values = best.accumulate(curve.values)
            self._trace(run, curve.iterations, values, curve.times, style, {"line.shape": "hv"})
        elif self.look.smoothing > 0 and style.smooth and len(curve.values) > 2:
            self._behind(run, curve, style)
            means = curve.means
            values = smoothed(means.values, min(self.look.smoothing, _MOST_SMOOTHING), means.counts)
            self._trace(run, means.iterations, values, means.times, style, {})
        else:
            mode = "lines+markers" if len(curve.values) <= _FEW_POINTS else "lines"
            self._trace(run, curve.iterations, curve.values, curve.times, style, {"mode": mode})

    def star(self, run: RunCurves, curve: Curve, index: int, name: str, colour: str) -> None:
        """Marks one point of a curve, by name."""
        point = slice(index, index + 1)
        marker = {"color": colour, "size": 11, "symbol": "star"}
        text = {"text": [name], "textposition": "top center"}
        options = {"mode": "markers+text", "marker": marker, "showlegend": False, "hoverinfo": "skip", **text}
        self._trace(
            run,
            curve.iterations[point],
            curve.values[point],
            curve.times[point],
            Style(name=name, colour=colour),
            options,
        )

    def figure(self, title: str, unit: str, is_log: bool = False, **layout: Any) -> go.Figure:
        """The lines drawn so far as a figure."""
        x = {"epochs": "Epochs", "time": f"{unit_name(self.unit_s)} since the start"}.get(self.look.x, "Iterations")
        axis = {"title": {"text": unit}, "type": "log" if self.look.log and is_log else "linear"}
        about = {"title": {"text": title}, "hovermode": "x unified", "uirevision": "keep", **layout}
        about |= {"template": template(self.look.dark), "xaxis": {"title": {"text": x}}, "yaxis": axis}
        # No validation: for twenty runs Plotly's checks and copies would take longer than the rest of the page.
        return go.Figure(data=self.traces, layout=about, _validate=False)

    def x_of(self, run: RunCurves, iterations: npt.NDArray[Any], times: npt.NDArray[Any]) -> Floats:
        """(N,) positions on the x-axis of (N,) iterations at (N,) Unix times."""
        if self.look.x == "time":
            return (times - run.began) / self.unit_s
        if self.look.x == "epochs" and run.iterations_per_epoch > 0:
            return np.asarray(iterations / run.iterations_per_epoch)
        return iterations.astype(np.float64)

    def _behind(self, run: RunCurves, curve: Curve, style: Style) -> None:
        if style.faint:
            options = {"opacity": 0.25, "showlegend": False, "hoverinfo": "skip"}
            self._trace(run, curve.iterations, curve.values, curve.times, style, options)

    def _trace(
        self, run: RunCurves, iterations: Any, values: Any, times: Any, style: Style, options: dict[str, Any]
    ) -> None:
        shape = {"shape": options.pop("line.shape")} if "line.shape" in options else {}
        line = {"color": style.colour, "width": 2, "dash": style.dash, **shape}
        # Not Scattergl: a page may have more charts than browsers have WebGL contexts, and 2,000 points are few.
        trace = {"type": "scatter", "mode": "lines", "name": style.name, "line": line, **options}
        self.traces.append({**trace, "x": self.x_of(run, iterations, times), "y": values})


def pen_for(look: Look, runs: Iterable[RunCurves]) -> Pen:
    """A pen with a unit of time that suits the longest of the runs."""
    # Only for time: `seconds` reads all curves of a run.
    longest = max((run.seconds for run in runs), default=0.0) if look.x == "time" else 0.0
    return Pen(look, next((unit_s for _, unit_s in _UNITS if longest >= 2 * unit_s), 1.0))


def unit_name(unit_s: float) -> str:
    """The name of the unit of `unit_s` seconds."""
    return next(name for name, seconds in _UNITS if seconds == unit_s)


def smoothed(values: Floats, weight: float, counts: npt.NDArray[np.int64] | None = None) -> Floats:
    """(N,) exponential moving average of (N,) values, without a bias towards 0 at the start.

    Args: weight, 0 to below 1; counts (N,), the number of values that each is the mean of and weighs as much as.
    Source: TensorBoard's smoothing, with the correction of Adam.
    """
    kept = np.full(len(values), weight) if counts is None else weight ** counts.astype(np.float64)
    result, average, bias = np.empty_like(values), 0.0, 1.0
    for index, (value, share) in enumerate(zip(values.tolist(), kept.tolist(), strict=True)):
        average = share * average + (1 - share) * value
        bias *= share
        result[index] = average / (1 - bias)
    return result
