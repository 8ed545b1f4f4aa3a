"""The charts of one run."""

from typing import Any, Final

import streamlit as st

from core.figures.curve_pen import Look, RunCurves
from core.figures.metric_names import SUMMARIES, loss_parts, title_of
from core.figures.runs import (
    ap_figure,
    learning_rate_figure,
    loss_figure,
    machine_figure,
    speed_figure,
    waiting_figure,
)
from core.services.runs import RunDescription
from core.training.metrics.comparable_loss import LOSS, has_later_heads
from pages.widgets.charts import show_chart
from pages.widgets.curve_look import choose_look, choose_metrics, show_parts

_LARGE: Final = 350
_SMALL: Final = 220
_LOSS: Final = "Training solid, validation dashed. Validation is measured without augmentation, at each evaluation."
WITHOUT_LATER_HEADS: Final = "Loss without the later box heads: their task gets harder as the model learns."
_WAITING: Final = "Share of each iteration spent waiting for its images. If it is high, use more data workers."
_MEMORY: Final = "Of the worker and its data loaders; on the GPU the peak since the previous point."
_PLAIN: Final[dict[str, Any]] = {"config": {"displayModeBar": False}}


def show_charts(run: RunDescription, curves: RunCurves) -> None:
    """Losses and AP large, the rest small."""
    if not curves.curves:
        st.info("The curves appear with the first iterations.", icon=":material/hourglass_top:")
        return
    look = choose_look(has_epochs=curves.iterations_per_epoch > 0)
    left, right = st.columns(2, gap="medium")
    with left:
        _show_loss(run, curves, look)
    with right:
        _show_ap(run, curves, look)
    _show_small(curves, look)


def _show_loss(run: RunDescription, curves: RunCurves, look: Look) -> None:
    is_cascade = has_later_heads(curves.curves)
    options = [*([LOSS] if is_cascade else []), *(f"loss/{part}" for part in ("total", *loss_parts(curves.curves)))]
    chart = st.container()
    with_parts = show_parts("loss", options[1:])
    metrics = (
        choose_metrics("Parts of the loss", "loss", options, options[:1], _part_name) if with_parts else options[:1]
    )
    turning = run.turned.iteration if run.turned else None
    figure = loss_figure(curves, look, [name.partition("/")[2] for name in metrics], turning)
    with chart:
        show_chart(figure, "run-loss", _LARGE, _LOSS)
        if is_cascade:
            st.caption(WITHOUT_LATER_HEADS)


def _part_name(metric: str) -> str:
    return title_of(metric).partition(": ")[2].capitalize() or title_of(metric)


def _show_ap(run: RunDescription, curves: RunCurves, look: Look) -> None:
    options = [*SUMMARIES, *(f"ap/{name}" for name in run.classes)]
    options = [name for name in options if name in curves.curves] or list(SUMMARIES)
    best = run.best.iteration if run.best else None
    chart = st.container()
    metrics = choose_metrics("Which AP", "ap", options, tuple(SUMMARIES))
    with chart:
        figure = ap_figure(curves, run.classes, look, metrics, best)
        show_chart(figure, "run-ap", _LARGE, "COCO's AP on the validation split, in per cent.")


def _show_small(curves: RunCurves, look: Look) -> None:
    load, memory, disk = ("cpu", "gpu"), ("memory_mib", "gpu_memory_mib"), ("disk_free_mib", "disk_used_mib")
    small = {
        "run-rate": (learning_rate_figure(curves, look), None),
        "run-speed": (speed_figure(curves, look), None),
        "run-waiting": (waiting_figure(curves, look), _WAITING),
        "run-load": (machine_figure(curves, load, "Load of the machine", "%", look), "All programs together."),
        "run-memory": (machine_figure(curves, memory, "Memory in use", "GiB", look), _MEMORY),
        "run-disk": (machine_figure(curves, disk, "Disk of the workspace", "GiB", look), None),
    }
    cells = (cell for _ in range(0, len(small), 3) for cell in st.columns(3, gap="medium"))
    for cell, (key, (figure, help)) in zip(cells, small.items(), strict=True):
        with cell:
            show_chart(figure, key, _SMALL, help, **_PLAIN)
