"""Writes a training's metrics, log lines, status and time left."""

import logging
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from core.training.metrics.curves import Curve
from core.training.metrics.log import append_metrics
from core.training.process.status_reporter import Reporter
from core.training.run.folder import RunFolder
from core.worker.engine.curve_writer import CurveKeeper
from core.worker.engine.hooks import Hook, LearningRate
from core.worker.engine.resources import Machine
from core.worker.engine.tensorboard import Events
from core.worker.engine.validator import Validator

_LOG = logging.getLogger(__name__)
# Readers see a new point within a second; a record for each iteration would only make long files.
_METRICS_INTERVAL_S: Final = 1.0
_LOG_INTERVAL_S: Final = 10.0


class MetricsSink:
    """Writes a record of metrics to metrics.jsonl, the curves, TensorBoard's events and the status."""

    def __init__(self, folder: RunFolder, reporter: Reporter, start: int) -> None:
        self._path, self.reporter = folder.metrics, reporter
        self._curves = CurveKeeper(folder, start)
        self.machine = Machine(folder.root)
        self._events = Events(folder.root / "tensorboard", start)

    def write(self, iteration: int, values: dict[str, float | None]) -> None:
        """Appends the record of finished iteration `iteration`."""
        self._curves.note(append_metrics(self._path, iteration, values))
        self._events.write(iteration, values, is_evaluation="ap" in values)
        self.reporter.note_metrics(values)

    def curves(self) -> Mapping[str, Curve]:
        """Every metric so far."""
        return self._curves.curves()

    def close(self) -> None:
        """Writes what has not been written yet."""
        self._curves.save()
        self._events.close()


class Watch(Hook):
    """Writes training losses, rate, times, memory and the time left.

    A record is the mean over the iterations since the last record.
    """

    def __init__(self, sink: MetricsSink, rate: LearningRate, validator: Validator | None, every: int) -> None:
        self._sink, self._rate, self._validator, self._every = sink, rate, validator, every
        self._sums: dict[str, float] = defaultdict(float)
        self._steps = 0
        self._written = self._logged = self._began = 0.0
        self._step_s = 0.0

    def before_step(self) -> None:
        """Starts the clock."""
        self._began = time.perf_counter()

    def after_step(self) -> None:
        """Collects; writes at most once a second, and for the first and the last iteration."""
        took = time.perf_counter() - self._began
        for name, (value, iteration) in self.loop.storage.latest().items():
            if iteration == self.loop.iter and (name.startswith("loss") or name in ("total_loss", "data_time")):
                self._sums[_metric_name(name)] += float(value)
        self._sums["step_s"] += took
        self._steps += 1
        # Recent steps count more: another program may have started or ended.
        self._step_s = took if self._step_s == 0 else 0.95 * self._step_s + 0.05 * took
        now, finished = time.monotonic(), self.loop.finished
        first, last = finished == self.loop.start_iter + 1, finished == self.loop.max_iter
        if first or last or now - self._written >= _METRICS_INTERVAL_S:
            self._write(finished, now)
        self._sink.reporter.tick(iteration=finished, eta_s=self._time_left(), activity="training")

    def after_train(self) -> None:
        """Writes what was collected since the last record."""
        if self._steps:
            self._write(self.loop.finished, time.monotonic())

    def _write(self, iteration: int, now: float) -> None:
        values: dict[str, float | None] = {name: total / self._steps for name, total in self._sums.items()}
        values |= {"lr": self._rate.value, **self._sink.machine.sample()}
        self._sink.write(iteration, values)
        self._sums.clear()
        self._steps, self._written = 0, now
        if now - self._logged >= _LOG_INTERVAL_S or iteration == self.loop.max_iter:
            self._logged = now
            _LOG.info("iteration %d of %d: %s", iteration, self.loop.max_iter, as_text(values))

    def _time_left(self) -> float:
        left = self.loop.max_iter - self.loop.finished
        evaluating = self._validator.duration_s if self._validator else 0.0
        return left * self._step_s + evaluating * (-(-left // self._every) if self._every else 1)


def _metric_name(name: str) -> str:
    if name == "data_time":
        return "data_s"
    return "loss/total" if name == "total_loss" else "loss/" + name.removeprefix("loss_")


def as_text(values: dict[str, Any]) -> str:
    """The values for a log line."""
    return ", ".join(f"{name} {value:.4g}" for name, value in values.items() if value is not None)
