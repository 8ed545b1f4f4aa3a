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
from core.training.recipe.cascade_losses import later_heads
from pages.widgets.charts import show_chart
from pages.widgets.curve_look import choose_look, choose_metrics

_LARGE: Final = 350
_SMALL: Final = 220
_LOSS: Final = "Training solid, validation dashed. Validation is computed without augmentation, at each evaluation."
_CASCADE: Final = (
    " With this model the total may rise while the model becomes better: its later box heads learn from what the ones "
    "before place well, which is ever more. Look at proposals and stage 1."
)
_WAITING: Final = "Of each iteration, until its pictures are there. Much of it calls for more data workers."
_MEMORY: Final = "Of the worker and its data loaders; on the GPU the peak since the point before."
_PLAIN: Final[dict[str, Any]] = {"config": {"displayModeBar": False}}


def show_charts(run: dict[str, Any], curves: RunCurves) -> None:
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


def _show_loss(run: dict[str, Any], curves: RunCurves, look: Look) -> None:
    parts = [f"loss/{part}" for part in ("total", *loss_parts(curves.curves))]
    place = st.container()
    shown = choose_metrics("Parts of the loss", "loss", parts, parts[:1], _part_name)
    turning = run["turned"]["iteration"] if run["turned"] else None
    figure = loss_figure(curves, look, [name.partition("/")[2] for name in shown], turning)
    help_text = _LOSS + _CASCADE if later_heads(curves.curves) else _LOSS
    with place:
        show_chart(figure, "run-loss", _LARGE, help_text)


def _part_name(metric: str) -> str:
    return title_of(metric).partition(": ")[2].capitalize()


def _show_ap(run: dict[str, Any], curves: RunCurves, look: Look) -> None:
    known = [*SUMMARIES, *(f"ap/{name}" for name in run["classes"])]
    known = [name for name in known if name in curves.curves] or list(SUMMARIES)
    best = run["best"]["iteration"] if run["best"] else None
    place = st.container()
    shown = choose_metrics("Which AP", "ap", known, tuple(SUMMARIES))
    with place:
        figure = ap_figure(curves, run["classes"], look, shown, best)
        show_chart(figure, "run-ap", _LARGE, "COCO's AP on the validation split, in per cent.")


def _show_small(curves: RunCurves, look: Look) -> None:
    load, memory, disk = ("cpu", "gpu"), ("memory_mib", "gpu_memory_mib"), ("disk_free_mib", "disk_used_mib")
    small = {
        "run-rate": (learning_rate_figure(curves, look), None),
        "run-speed": (speed_figure(curves, look), None),
        "run-waiting": (waiting_figure(curves, look), _WAITING),
        "run-load": (machine_figure(curves, load, "Load of the machine", "%", look), "All programs on it together."),
        "run-memory": (machine_figure(curves, memory, "Memory in use", "GiB", look), _MEMORY),
        "run-disk": (machine_figure(curves, disk, "Disk of the workspace", "GiB", look), None),
    }
    cells = (cell for _ in range(0, len(small), 3) for cell in st.columns(3, gap="medium"))
    for cell, (key, (figure, help)) in zip(cells, small.items(), strict=True):
        with cell:
            show_chart(figure, key, _SMALL, help, **_PLAIN)
