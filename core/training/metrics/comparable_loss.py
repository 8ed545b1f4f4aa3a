"""The loss of which two points can be compared: the total, of a cascade without its later box heads. Light; no torch.

The overfitting guard judges by it and the pages show it as *Loss*. Of a cascade the total rises while the model becomes
better (core.training.recipe.cascade_losses). What remains are the losses of the proposals, of the first box head and of
the masks.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from core.training.metrics.curves import Curve, Means
from core.training.recipe.cascade_losses import later_heads

# The metrics log has no such key: its names are `loss/total`, `loss/cls` and so on.
LOSS: Final = "loss"
VALIDATION_LOSS: Final = "val_loss"


def comparable_loss(curves: Mapping[str, Curve], kind: str) -> Curve | None:
    """The comparable loss of a kind, LOSS or VALIDATION_LOSS; without later heads the curve of the total as it is.

    None where the total or a later head that the other kind has is not in the log: training and validation are shown
    and judged on the same footing or not at all. Of a long run the points are the means of its stretches, because the
    extremes of a sum are not those of its parts.
    """
    total, later = curves.get(f"{kind}/total"), _later_parts(curves)
    parts = [curves.get(f"{kind}/{name}") for name in later]
    if total is None or not later:
        return total
    known = [part.means for part in parts if part is not None and len(part.means.values)]
    if len(known) < len(later):
        return None
    means, values = total.means, total.means.values.copy()
    for part in known:
        # Of a diverged run both may be infinite.
        with np.errstate(invalid="ignore"):
            values -= np.interp(means.iterations, part.iterations, part.values)
    return Curve(
        iterations=means.iterations,
        values=values,
        times=means.times,
        stretches=Means(iterations=means.iterations, values=values, times=means.times, counts=means.counts),
    )


def comparable_value(metrics: Mapping[str, float | None], kind: str) -> float | None:
    """The same of the last values of a run, by metric; None where one is not known."""
    later = _later_parts(metrics)
    total, *parts = (metrics.get(f"{kind}/{name}") for name in ("total", *later))
    known = [part for part in parts if part is not None]
    return None if total is None or len(known) < len(parts) else total - sum(known)


def has_later_heads(metrics: Mapping[str, object]) -> bool:
    """Whether the metrics are those of a cascade, whose total is not the comparable loss."""
    return bool(_later_parts(metrics))


def _later_parts(metrics: Mapping[str, object]) -> list[str]:
    """The losses of later heads that training or validation has, without their kind, each once."""
    kinds = (f"{LOSS}/", f"{VALIDATION_LOSS}/")
    names = [name for name in metrics if name.startswith(kinds)]
    return sorted({name.partition("/")[2] for name in later_heads(names)})
