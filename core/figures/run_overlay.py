"""One metric of several runs as a Plotly figure."""

from collections.abc import Mapping, Sequence
from typing import Final

import plotly.graph_objects as go

from core.figures.colours import ACCENT, CLASS_COLOURS
from core.figures.curve_pen import PLAIN, Look, RunCurves, Style, pen_for
from core.figures.metric_names import SUMMARIES, is_percent, loss_parts, shown_values, title_of
from core.figures.runs import loss_curve, waiting_share
from core.training.metrics.comparable_loss import LOSS, VALIDATION_LOSS, has_later_heads
from core.training.metrics.curves import Curve

# With more runs the raw values would hide the smoothed lines.
_FAINT_UP_TO: Final = 3
# The colours of classes, with the accent first and without yellow, which is hard to see as a line on white.
_COLOURS: Final = (ACCENT, *(colour for colour in CLASS_COLOURS if colour != "#F0E442"))
_SPARSE: Final = ("ap", "val_loss")
_MACHINE: Final = ("lr", "step_s", "waiting", "memory_mib", "gpu_memory_mib", "cpu", "gpu", "disk_free_mib")


def comparable_metrics(runs: Sequence[RunCurves], classes: Sequence[str]) -> list[str]:
    """The metrics of the runs that can be compared: AP, AP of each class, the loss and its parts, then the others.

    `classes` gives the order of the classes. A loss stands for both training and validation. `loss` is the comparable
    loss (core.training.metrics.comparable_loss) if one of the runs is a cascade; otherwise there is only `loss/total`.
    """
    present = {name for run in runs for name in run.curves}
    if any(has_later_heads(run.curves) for run in runs):
        present.add(LOSS)
    if present.issuperset(("data_s", "step_s")):
        present.add("waiting")
    losses = [f"loss/{part}" for part in ("total", *loss_parts(present))]
    named = [*SUMMARIES, *(f"ap/{name}" for name in classes), LOSS, *losses, *_MACHINE]
    return [name for name in dict.fromkeys(named) if name in present or name.replace("loss/", "val_loss/") in present]


def run_colour(index: int) -> str:
    """The colour of the run with this index in the comparison."""
    return _COLOURS[index % len(_COLOURS)]


def overlay_figure(runs: Mapping[str, RunCurves], metric: str, look: Look = PLAIN) -> go.Figure:
    """One metric of several runs, by run name, each from its start. For a loss also validation, dashed."""
    pen = pen_for(look, runs.values())
    better = 1 if metric.startswith("ap") else -1 if _is_loss(metric) else 0
    faint = len(runs) <= _FAINT_UP_TO
    for index, (name, run) in enumerate(runs.items()):
        for is_validation, part in enumerate(_together(metric)):
            curve = _curve(run, part)
            if curve is not None:
                label = f"{name}, validation" if is_validation else name
                dense = not part.startswith(_SPARSE)
                style = Style(
                    name=label,
                    colour=run_colour(index),
                    smooth=dense,
                    dash="dash" if is_validation else "solid",
                    better=better,
                    faint=faint,
                )
                pen.line(run, shown_values(part, curve), style)
    title = title_of(metric)
    if _is_loss(metric):
        title += ", validation dashed"
    # The page has one legend for all charts, because twenty names would fill each chart.
    figure = pen.figure(title, "", is_log=not is_percent(metric), showlegend=False)
    return figure.update_yaxes(rangemode="normal" if look.log else "tozero")


def _together(metric: str) -> tuple[str, ...]:
    return (metric, f"val_{metric}") if _is_loss(metric) else (metric,)


def _is_loss(metric: str) -> bool:
    return metric == LOSS or metric.startswith(f"{LOSS}/")


def _curve(run: RunCurves, metric: str) -> Curve | None:
    if metric in (LOSS, VALIDATION_LOSS):
        return loss_curve(run.curves, metric, "")
    return waiting_share(run.curves) if metric == "waiting" else run.curves.get(metric)
