"""Curves of runs for figures."""

import numpy as np
from numpy.typing import ArrayLike

from core.figures.curve_pen import RunCurves
from core.training.metrics.curves import Curve


def curve(values: ArrayLike, every: int = 1, began: float = 1000.0) -> Curve:
    """A curve of values at regular iterations of half a second each."""
    values = np.asarray(values, dtype=np.float64)
    iterations = np.arange(1, len(values) + 1) * every
    return Curve(iterations=iterations, values=values, times=np.float64(began) + iterations * np.float64(0.5))


def run_curves(iterations_per_epoch: float = 100.0, began: float = 1000.0) -> RunCurves:
    """400 iterations of a run that was evaluated four times; its validation loss is lowest at iteration 300."""
    losses = np.exp(-np.arange(400) / 100)
    curves = {
        "loss/total": curve(losses, began=began),
        "loss/cls": curve(losses / 2, began=began),
        "val_loss/total": curve([0.9, 0.5, 0.4, 0.6], 100, began),
        "val_loss/cls": curve([0.5, 0.3, 0.2, 0.3], 100, began),
        "ap": curve([0.1, 0.3, 0.5, 0.4], 100, began),
        "ap50": curve([0.2, 0.5, 0.8, 0.7], 100, began),
        "ap/red": curve([0.1, 0.2, 0.3, 0.4], 100, began),
        "lr": curve(np.full(400, 0.01), began=began),
        "step_s": curve(np.full(400, 0.5), began=began),
        "data_s": curve(np.full(400, 0.1), began=began),
        "memory_mib": curve(np.full(400, 2048.0), began=began),
        "cpu": curve(np.full(400, 0.93), began=began),
    }
    return RunCurves(curves, iterations_per_epoch)
