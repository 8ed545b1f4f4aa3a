"""The names and units of the metrics of a run on screen."""

from collections.abc import Iterable
from typing import Final

from core.training.metrics.curves import Curve, Means
from core.training.recipe.cascade_losses import stage_of

SUMMARIES: Final = {"ap": "AP", "ap50": "AP50", "ap75": "AP75"}
_TITLES: Final = {
    **SUMMARIES,
    **{f"segm/{name}": f"{title} of masks" for name, title in SUMMARIES.items()},
    "loss": "Loss",
    "val_loss": "Validation loss",
    "lr": "Learning rate",
    "step_s": "Seconds an iteration",
    "data_s": "Seconds waiting for data",
    "waiting": "Waiting for data in %",
    "cpu": "CPU in %",
    "gpu": "GPU in %",
    "memory_mib": "Memory in GiB",
    "gpu_memory_mib": "GPU memory in GiB",
    "disk_free_mib": "Free disk in GiB",
    "disk_used_mib": "Used disk in GiB",
}
# Detectron2's names without their prefix. Other parts, of custom models, keep their names.
_LOSSES: Final = {
    "total": "total",
    "cls": "classes",
    "box_reg": "boxes",
    "rpn_cls": "proposals, object or not",
    "rpn_loc": "proposals, boxes",
    "mask": "masks",
}
_PERCENT: Final = (*SUMMARIES, "waiting", "cpu", "gpu")


def title_of(metric: str) -> str:
    """The metric's name on screen: `val_loss/cls` -> `Validation loss: classes`."""
    kind, _, part = metric.partition("/")
    if kind == "ap" and part:
        return f"AP of {part}"
    if kind in ("loss", "val_loss") and part:
        return f"{'Loss' if kind == 'loss' else 'Validation loss'}: {_loss_words(part)}"
    return _TITLES.get(metric, metric)


def _loss_words(part: str) -> str:
    """`cls_stage0` of a cascade -> `classes, stage 1`."""
    name, stage = stage_of(part)
    words = _LOSSES.get(name, part)
    return words if stage < 0 or name not in _LOSSES else f"{words}, stage {stage + 1}"


def loss_parts(metrics: Iterable[str]) -> list[str]:
    """The parts of the loss among the metrics, in a fixed order, without `total`."""
    parts = {name.partition("/")[2] for name in metrics if name.startswith(("loss/", "val_loss/"))} - {"total"}
    order = list(_LOSSES)
    standard = [part for part in parts if stage_of(part)[0] in _LOSSES]
    standard.sort(key=lambda part: (order.index(stage_of(part)[0]), stage_of(part)[1]))
    return standard + sorted(parts.difference(standard))


def is_percent(metric: str) -> bool:
    """Whether the metric is a share of 0 to 1, shown in per cent."""
    return metric in _PERCENT or metric.startswith(("ap/", "segm/"))


def shown_values(metric: str, curve: Curve) -> Curve:
    """The curve in the unit on screen: shares in per cent, sizes in GiB."""
    factor = 100.0 if is_percent(metric) else 1 / 1024 if metric.endswith("_mib") else 1.0
    if factor == 1.0:
        return curve
    means = curve.means
    scaled = Means(iterations=means.iterations, values=means.values * factor, times=means.times, counts=means.counts)
    return Curve(iterations=curve.iterations, values=curve.values * factor, times=curve.times, stretches=scaled)
