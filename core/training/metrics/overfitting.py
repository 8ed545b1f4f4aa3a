"""The overfitting check: since when the validation loss of a run rises."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from core.training.metrics.comparable_loss import LOSS, VALIDATION_LOSS, comparable_loss
from core.training.metrics.curves import Curve, Means
from core.training.run.status import BestFigures, Overfitting

Floats = npt.NDArray[np.float64]

# A rise needs at least this many evaluations after the lowest point. The last three of them are averaged.
_LEAST_AFTER: Final = 3
# A smaller rise does not matter, however certain it is. As a share of the lowest validation loss.
_LEAST_RISE: Final = 0.02
# The lowest of several noisy means lies about one standard deviation below the truth, hence more than the usual two.
_SIGMAS: Final = 3.5


def overfitting_since(iterations: npt.ArrayLike, val_loss: npt.ArrayLike) -> int | None:
    """The iteration of the evaluation since which the validation loss rises; None if it does not rise.

    Args: (N,) iterations, rising, and (N,) validation losses. The loss is smoothed by a mean over three evaluations.
    The run overfits since its lowest point if the last three evaluations lie above it by 3.5 standard deviations of the
    noise, which is estimated from differences between neighbours, and by 2 %. A rise that went back does not count.
    """
    at, loss = np.asarray(iterations), np.asarray(val_loss, dtype=np.float64)
    at, loss = at[np.isfinite(loss)], loss[np.isfinite(loss)]
    if len(loss) < _LEAST_AFTER + 2:
        return None
    smooth = _smoothed(loss)
    lowest = int(np.argmin(smooth))
    after = len(loss) - 1 - lowest
    rise = float(loss[-3:].mean() - smooth[lowest])
    if after < _LEAST_AFTER or rise <= max(_SIGMAS * _noise(loss), _LEAST_RISE * abs(float(smooth[lowest]))):
        return None
    return int(at[lowest])


def find_overfitting(curves: Mapping[str, Curve]) -> Overfitting | None:
    """Checks a run for overfitting by its comparable losses (core.training.metrics.comparable_loss)."""
    comparable = comparable_loss(curves, VALIDATION_LOSS)
    if comparable is None:
        return None
    iteration = overfitting_since(comparable.means.iterations, comparable.means.values)
    if iteration is None:
        return None
    trained = comparable_loss(curves, LOSS)
    return Overfitting(iteration=iteration, training_falls=trained is not None and _falls(trained.means, iteration))


def overfitting_words(since: Overfitting | None, best: BestFigures | None) -> str:
    """A status's `turned` as a sentence, with the iteration of the best checkpoint; "" if it is None."""
    if not since:
        return ""
    meanwhile = " while the training loss still fell" if since.training_falls else ""
    kept = f": the best checkpoint is from {best.iteration:,}" if best else ""
    return f"Validation got worse after iteration {since.iteration:,}{meanwhile}{kept}."


def _smoothed(values: Floats) -> Floats:
    """(N,) means over three neighbours, at the ends over two."""
    padded = np.pad(values, 1, constant_values=np.nan)
    return np.asarray(np.nanmean(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0))


def _noise(values: Floats) -> float:
    """The standard deviation of (N,) values without their trend, from second differences; outliers are bounded."""
    bends = np.abs(np.diff(values, 2))
    # A second difference of white noise has 6 times its variance, and three of four are below 1.15 deviations. The
    # median would depend on too few values, the mean on a single spike.
    return float(np.quantile(bends, 0.75)) / 1.15 / np.sqrt(6)


def _falls(trained: Means, since: int) -> bool:
    """Whether the training loss in the last quarter after `since` is lower than in the same length before it."""
    length = (int(trained.iterations[-1]) - since) / 4
    before = (trained.iterations > since - length) & (trained.iterations <= since)
    end = trained.iterations > trained.iterations[-1] - length
    if length <= 0 or not before.any() or not end.any():
        return False
    return bool(np.median(trained.values[end]) < np.median(trained.values[before]))
