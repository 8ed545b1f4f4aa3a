"""The comparable loss: the total, for a cascade without its later box heads.

The overfitting check uses it and the pages show it as *Loss*. The total of a cascade rises while the model gets better
(core.training.recipe.cascade_losses). Without later heads, the losses of proposals, first box head and masks remain.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from core.training.metrics.curves import Curve, Means
from core.training.recipe.cascade_losses import later_heads

# Not keys of the metrics log: its names are `loss/total`, `loss/cls` and so on.
LOSS: Final = "loss"
VALIDATION_LOSS: Final = "val_loss"


def comparable_loss(curves: Mapping[str, Curve], kind: str) -> Curve | None:
    """The comparable loss of a kind, LOSS or VALIDATION_LOSS; without later heads the curve of the total.

    None if the log lacks the total, or a later head that the other kind has: training and validation are compared on
    equal terms or not at all. The points of a long run are the means of its stretches, because the extremes of a sum
    are not those of its parts.
    """
    total, later = curves.get(f"{kind}/total"), _later_parts(curves)
    parts = [curves.get(f"{kind}/{name}") for name in later]
    if total is None or not later:
        return total
    logged = [part.means for part in parts if part is not None and len(part.means.values)]
    if len(logged) < len(later):
        return None
    means, values = total.means, total.means.values.copy()
    for part in logged:
        # Both may be infinite in a diverged run.
        with np.errstate(invalid="ignore"):
            values -= np.interp(means.iterations, part.iterations, part.values)
    return Curve(
        iterations=means.iterations,
        values=values,
        times=means.times,
        stretches=Means(iterations=means.iterations, values=values, times=means.times, counts=means.counts),
    )


def comparable_value(metrics: Mapping[str, float | None], kind: str) -> float | None:
    """The comparable loss from the last value of each metric; None if one is missing."""
    later = _later_parts(metrics)
    total, *parts = (metrics.get(f"{kind}/{name}") for name in ("total", *later))
    values = [part for part in parts if part is not None]
    return None if total is None or len(values) < len(parts) else total - sum(values)


def has_later_heads(metrics: Mapping[str, object]) -> bool:
    """Whether the metrics are those of a cascade, whose total is not the comparable loss."""
    return bool(_later_parts(metrics))


def _later_parts(metrics: Mapping[str, object]) -> list[str]:
    """The later heads' losses of training or validation, without their kind, each once."""
    kinds = (f"{LOSS}/", f"{VALIDATION_LOSS}/")
    names = [name for name in metrics if name.startswith(kinds)]
    return sorted({name.partition("/")[2] for name in later_heads(names)})
