"""What happens round each training iteration, one hook a concern. Imported by core.worker only.

Order matters: seeds and learning rate before the step; after it metrics, then judging, then keeping, then stopping.
"""

import logging
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, Final, cast

import psutil
import torch
from detectron2.engine import HookBase
from detectron2.solver import build_lr_scheduler
from torch.utils.tensorboard import SummaryWriter

from core.training.metrics_log import append_metrics
from core.worker.checkpoints import CheckpointStore
from core.worker.detectron import CfgNode
from core.worker.judging import Judge
from core.worker.reporting import Reporter, StopSwitch
from core.worker.seeding import seed_everything, seed_of
from core.worker.trainer import StoppableTrainer

_LOG = logging.getLogger(__name__)
# A reader sees a new point within a second of it; a line an iteration would only make long files.
_METRICS_INTERVAL_S: Final = 1.0
_LOG_INTERVAL_S: Final = 10.0


class _Hook(HookBase):
    @property
    def loop(self) -> StoppableTrainer:
        """The trainer that this hook is registered with."""
        return cast(StoppableTrainer, self.trainer)


class SeedByIteration(_Hook):
    """Makes what a step draws (proposals, anchors) depend on the iteration only."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def before_step(self) -> None:
        """Seed all generators."""
        seed_everything(seed_of(self._seed, "iteration", self.loop.iter))


class LearningRate(_Hook):
    """Sets the learning rate from the iteration alone, so that nothing of it needs saving."""

    def __init__(self, cfg: CfgNode, optimizer: torch.optim.Optimizer) -> None:
        self._optimizer = optimizer
        for group in optimizer.param_groups:
            # A restored optimizer brings the rate of its own run, which a repaired recipe may have changed.
            group["initial_lr"] = group["lr"] = cfg.SOLVER.BASE_LR
        self._scheduler = build_lr_scheduler(cfg, optimizer)

    def before_step(self) -> None:
        """Warm up, hold or decay."""
        self._scheduler.last_epoch = self.loop.iter
        for group, rate in zip(self._optimizer.param_groups, self._scheduler.get_lr(), strict=True):
            group["lr"] = rate

    @property
    def value(self) -> float:
        """The rate of the current iteration."""
        return float(self._optimizer.param_groups[0]["lr"])


class MetricsSink:
    """One place for a record of metrics: metrics.jsonl, TensorBoard's events and the status."""

    def __init__(self, path: Path, events: Path, reporter: Reporter, start: int) -> None:
        self._path, self._reporter = path, reporter
        # Events beyond the checkpoint were written by the worker before; TensorBoard drops them.
        self._events = SummaryWriter(str(events), purge_step=start + 1)

    def write(self, iteration: int, values: dict[str, float | None]) -> None:
        """Append one record of finished iteration `iteration`."""
        append_metrics(self._path, iteration, values)
        for name, value in values.items():
            if value is not None:
                self._events.add_scalar(name, value, iteration)
        self._reporter.note_metrics(values)

    def close(self) -> None:
        """Write TensorBoard's events out."""
        self._events.close()


class Watch(_Hook):
    """Writes training losses, rate, times and memory, and the time left.

    A record is the mean over the iterations since the one before it.
    """

    def __init__(
        self, sink: MetricsSink, reporter: Reporter, rate: LearningRate, judge: Judge | None, every: int
    ) -> None:
        self._sink, self._reporter, self._rate, self._judge, self._every = sink, reporter, rate, judge, every
        self._sums: dict[str, float] = defaultdict(float)
        self._steps = 0
        self._written = self._logged = self._began = 0.0
        self._step_s = 0.0

    def before_step(self) -> None:
        """Start the clock."""
        self._began = time.perf_counter()

    def after_step(self) -> None:
        """Collect; write where the last record is a while ago, and for the first and the last iteration."""
        took = time.perf_counter() - self._began
        for name, (value, iteration) in self.loop.storage.latest().items():
            if iteration == self.loop.iter and (name.startswith("loss") or name in ("total_loss", "data_time")):
                self._sums[_metric_name(name)] += float(value)
        self._sums["step_s"] += took
        self._steps += 1
        # Recent steps count more: another program may have come or gone.
        self._step_s = took if self._step_s == 0 else 0.95 * self._step_s + 0.05 * took
        now, finished = time.monotonic(), self.loop.finished
        first, last = finished == self.loop.start_iter + 1, finished == self.loop.max_iter
        if first or last or now - self._written >= _METRICS_INTERVAL_S:
            self._write(finished, now)
        self._reporter.tick(iteration=finished, eta_s=self._time_left(), activity="training")

    def after_train(self) -> None:
        """Write what has been collected since the last record."""
        if self._steps:
            self._write(self.loop.finished, time.monotonic())

    def _write(self, iteration: int, now: float) -> None:
        values: dict[str, float | None] = {name: total / self._steps for name, total in self._sums.items()}
        values |= {"lr": self._rate.value, **_machine()}
        self._sink.write(iteration, values)
        self._sums.clear()
        self._steps, self._written = 0, now
        if now - self._logged >= _LOG_INTERVAL_S or iteration == self.loop.max_iter:
            self._logged = now
            _LOG.info("iteration %d of %d: %s", iteration, self.loop.max_iter, _as_text(values))

    def _time_left(self) -> float:
        left = self.loop.max_iter - self.loop.finished
        judging = self._judge.duration_s if self._judge else 0.0
        return left * self._step_s + judging * (-(-left // self._every) if self._every else 1)


class JudgeAndKeep(_Hook):
    """Evaluates on validation on schedule and at the end, keeps checkpoints, and ends the run when it should end."""

    def __init__(
        self,
        store: CheckpointStore,
        judge: Judge | None,
        sink: MetricsSink,
        reporter: Reporter,
        stop: StopSwitch,
        *,
        every: int,
        checkpoint_every_s: float,
        patience: int,
    ) -> None:
        self._store, self._judge, self._sink, self._reporter, self._stop = store, judge, sink, reporter, stop
        self._every, self._checkpoint_every_s, self._patience = every, checkpoint_every_s, patience
        self._saved_at = time.monotonic()

    def before_train(self) -> None:
        """Make up for an evaluation that a stop or a kill prevented."""
        start = self.loop.start_iter
        if start and self._is_due(start) and self._store.evaluated < start:
            self._evaluate(start)
            self._end_where_due()

    def after_step(self) -> None:
        """Keep before judging, so that a kill while judging costs no iteration."""
        finished = self.loop.finished
        due = self._is_due(finished)
        if due or self._stop() or time.monotonic() - self._saved_at >= self._checkpoint_every_s:
            self._save(finished)
        if due:
            self._evaluate(finished)
        self._end_where_due()

    def _is_due(self, finished: int) -> bool:
        return finished >= self.loop.max_iter or bool(self._every and finished % self._every == 0)

    def _end_where_due(self) -> None:
        if self._stop():
            self.loop.ending = "stopped"
        elif self._patience and self._store.without_gain >= self._patience and self._store.best:
            self.loop.ending = (
                f"No better AP on validation in {self._store.without_gain} evaluations; the best was at iteration "
                f"{self._store.best.iteration}."
            )

    def _save(self, finished: int) -> None:
        self._reporter.update(iteration=finished, activity="writing a checkpoint")
        self._store.save_last(finished, self.loop.model, self.loop.state())
        self._saved_at = time.monotonic()

    def _evaluate(self, finished: int) -> None:
        if self._judge is None:
            return
        verdict = self._judge(self.loop.model, finished)
        if verdict is None:  # a stop was asked for; the evaluation is made up for when the run is resumed
            return
        self._sink.write(finished, verdict.metrics)
        gained = self._store.note_evaluation(verdict.best, self.loop.model, finished)
        _LOG.info(
            "validation at iteration %d: %s%s", finished, _as_text(verdict.metrics), ", the best" if gained else ""
        )
        best = self._store.best.as_dict() if self._store.best else None
        self._reporter.update(iteration=finished, best=best, activity="training")
        self._saved_at = time.monotonic()


def _metric_name(name: str) -> str:
    if name == "data_time":
        return "data_s"
    return "loss/total" if name == "total_loss" else "loss/" + name.removeprefix("loss_")


def _machine() -> dict[str, float | None]:
    """Memory of this process in MiB, CPU of the machine and load of the GPU (0 to 1)."""
    values: dict[str, float | None] = {
        "memory_mib": psutil.Process().memory_info().rss / 2**20,
        "cpu": psutil.cpu_percent() / 100,
    }
    if torch.cuda.is_available():
        values["gpu_memory_mib"] = torch.cuda.max_memory_allocated() / 2**20
        try:
            values["gpu"] = torch.cuda.utilization() / 100
        except (ModuleNotFoundError, RuntimeError):  # needs the driver's own Python package, which is optional
            values["gpu"] = None
    return values


def _as_text(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in values.items() if value is not None)
