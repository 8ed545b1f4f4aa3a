"""The time for which a run trained, without its waiting."""

from core.training.metrics.log import curves, read_metrics
from core.training.run.folder import RunFolder


def working_seconds(folder: RunFolder) -> float | None:
    """Seconds of training and validation by the metrics log; None for a run with fewer than two records.

    A run that was stopped and resumed counts its pause as work. Loading the model is not counted.
    """
    records, _ = read_metrics(folder.metrics)
    kept = curves(records)
    if not kept:
        return None
    began = min((curve.times[0], curve.iterations[0]) for curve in kept.values())
    ended = max((curve.times[-1], curve.iterations[-1]) for curve in kept.values())
    if ended[1] <= began[1]:
        return None
    # The first record is written some iterations after the start.
    return float((ended[0] - began[0]) * ended[1] / (ended[1] - began[1]))
