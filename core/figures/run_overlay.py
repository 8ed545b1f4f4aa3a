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

# With more runs the values as they were would hide the smooth lines.
_FAINT_UP_TO: Final = 3
# As classes, with the accent first and without the yellow, which a line on white would lose.
_COLOURS: Final = (ACCENT, *(colour for colour in CLASS_COLOURS if colour != "#F0E442"))
_SPARSE: Final = ("ap", "val_loss")
_MACHINE: Final = ("lr", "step_s", "waiting", "memory_mib", "gpu_memory_mib", "cpu", "gpu", "disk_free_mib")


def comparable_metrics(runs: Sequence[RunCurves], classes: Sequence[str]) -> list[str]:
    """What can be laid over each other: AP, AP of each class, the loss and its parts, and the rest, as they occur.

    `classes` gives the order of the classes. A loss stands for training and validation both. `loss` is the comparable
    one (core.training.metrics.comparable_loss), where one of the runs is of a cascade; without any it is `loss/total`.
    """
    found = {name for run in runs for name in run.curves}
    if any(has_later_heads(run.curves) for run in runs):
        found.add(LOSS)
    if found.issuperset(("data_s", "step_s")):
        found.add("waiting")
    losses = [f"loss/{part}" for part in ("total", *loss_parts(found))]
    named = [*SUMMARIES, *(f"ap/{name}" for name in classes), LOSS, *losses, *_MACHINE]
    return [name for name in dict.fromkeys(named) if name in found or name.replace("loss/", "val_loss/") in found]


def run_colour(index: int) -> str:
    """The colour of the run at a place in the comparison."""
    return _COLOURS[index % len(_COLOURS)]


def overlay_figure(runs: Mapping[str, RunCurves], metric: str, look: Look = PLAIN) -> go.Figure:
    """One metric of several runs, by run name, each from its own start; of a loss, validation too, dashed."""
    pen = pen_for(look, runs.values())
    better = 1 if metric.startswith("ap") else -1 if _is_loss(metric) else 0
    faint = len(runs) <= _FAINT_UP_TO
    for index, (name, run) in enumerate(runs.items()):
        for place, own in enumerate(_together(metric)):
            curve = _curve(run, own)
            if curve is not None:
                label = f"{name}, validation" if place else name
                dense = not own.startswith(_SPARSE)
                style = Style(
                    name=label,
                    colour=run_colour(index),
                    smooth=dense,
                    dash="dash" if place else "solid",
                    better=better,
                    faint=faint,
                )
                pen.line(run, shown_values(own, curve), style)
    title = title_of(metric)
    if _is_loss(metric):
        title += ", validation dashed"
    # One key for all charts stands above them: twenty names would fill each.
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
