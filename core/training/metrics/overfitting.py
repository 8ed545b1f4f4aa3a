"""The overfitting guard: since when validation has been getting worse while training went on. Light; no torch."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from core.training.metrics.comparable_loss import LOSS, VALIDATION_LOSS, comparable_loss
from core.training.metrics.curves import Curve, Means
from core.training.run.status import BestFigures, Turn

Floats = npt.NDArray[np.float64]

# A rise must be told from noise by this many evaluations after the lowest point, the last three of which are averaged.
_LEAST_AFTER: Final = 3
# Rises that are smaller are of no use to anybody, however certain they are: a share of the lowest validation loss.
_LEAST_RISE: Final = 0.02
# The lowest of several noisy means lies about one standard deviation below the truth, hence more than the usual two.
_SIGMAS: Final = 3.5


def turning_point(iterations: npt.ArrayLike, val_loss: npt.ArrayLike) -> int | None:
    """The iteration of the evaluation from which on validation loss has risen for good; None where it has not.

    Args: (N,) iterations, rising, and the validation loss at each. The loss is smoothed by a mean over three
    evaluations; its lowest point is the turn where the last three evaluations lie clearly above it: by 3.5 standard
    deviations of the noise, which the differences between neighbours give, and by 2 %. A rise that went back is none.
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


def find_turn(curves: Mapping[str, Curve]) -> Turn | None:
    """The turn of a run by its comparable losses (core.training.metrics.comparable_loss)."""
    comparable = comparable_loss(curves, VALIDATION_LOSS)
    if comparable is None:
        return None
    iteration = turning_point(comparable.means.iterations, comparable.means.values)
    if iteration is None:
        return None
    trained = comparable_loss(curves, LOSS)
    return Turn(iteration=iteration, training_falls=trained is not None and _falls(trained.means, iteration))


def turn_words(turn: Turn | None, best: BestFigures | None) -> str:
    """The turn of a status in a sentence, with the iteration of the best checkpoint; "" where there is none."""
    if not turn:
        return ""
    meanwhile = " while training went on falling" if turn.training_falls else ""
    kept = f": the best checkpoint is from {best.iteration:,}" if best else ""
    return f"Validation got worse after iteration {turn.iteration:,}{meanwhile}{kept}."


def _smoothed(values: Floats) -> Floats:
    """(N,) means over three neighbours, at the ends over the two there are."""
    padded = np.pad(values, 1, constant_values=np.nan)
    return np.asarray(np.nanmean(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0))


def _noise(values: Floats) -> float:
    """The standard deviation of what is left when the trend is taken out: from second differences, outliers bounded."""
    bends = np.abs(np.diff(values, 2))
    # Of white noise a second difference has 6 times the variance, and three of four are below 1.15 deviations. The
    # median would hang on too few values, the mean on a single spike.
    return float(np.quantile(bends, 0.75)) / 1.15 / np.sqrt(6)


def _falls(trained: Means, since: int) -> bool:
    """Whether the training loss is lower in the last quarter after `since` than in as long a stretch before it."""
    length = (int(trained.iterations[-1]) - since) / 4
    before = (trained.iterations > since - length) & (trained.iterations <= since)
    end = trained.iterations > trained.iterations[-1] - length
    if length <= 0 or not before.any() or not end.any():
        return False
    return bool(np.median(trained.values[end]) < np.median(trained.values[before]))
