"""Evaluates a model during training, writes its checkpoints, and decides when the run ends."""

import logging
import time
from dataclasses import dataclass

from core.training.metrics.overfitting import find_overfitting
from core.training.process.status_reporter import Reporter, StopSwitch
from core.worker.engine.hooks import Hook
from core.worker.engine.metrics_hook import MetricsSink, as_text
from core.worker.engine.validator import Validator
from core.worker.weights.checkpoints import CheckpointStore

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When to evaluate, to keep checkpoints and to stop early; `every` 0: only at the end, `patience` 0: never."""

    every: int  # iterations between evaluations
    checkpoint_every_s: float
    patience: int  # evaluations without a better AP
    keep_every: int = 0  # iterations between the checkpoints that are kept; 0: none
    extended_at: int = 0  # evaluations up to this iteration do not count for patience


class ValidateAndKeep(Hook):
    """Evaluates on validation on schedule and at the end, writes checkpoints, and decides when the run ends."""

    def __init__(
        self,
        store: CheckpointStore,
        validator: Validator | None,
        sink: MetricsSink,
        stop: StopSwitch,
        schedule: Schedule,
    ) -> None:
        self._store, self._validator, self._sink, self._stop, self._schedule = store, validator, sink, stop, schedule
        self._reporter: Reporter = sink.reporter
        self._saved_at = time.monotonic()

    def before_train(self) -> None:
        """Makes an evaluation that a stop or a kill prevented."""
        start = self.loop.start_iter
        if self._store.evaluated <= self._schedule.extended_at:
            self._store.without_gain = 0
        self._reporter.update(turned=find_overfitting(self._sink.curves()))
        if start and self._is_due(start) and self._store.evaluated < start:
            self._evaluate(start)
            self._end_where_due()

    def after_step(self) -> None:
        """Saves before it evaluates, so that a kill during the evaluation loses no iteration."""
        finished = self.loop.finished
        due = self._is_due(finished)
        kept = bool(self._schedule.keep_every and finished % self._schedule.keep_every == 0)
        if due or kept or self._stop() or time.monotonic() - self._saved_at >= self._schedule.checkpoint_every_s:
            self._save(finished)
        if kept:
            self._store.keep_last()
        if due:
            self._evaluate(finished)
        self._end_where_due()

    def _is_due(self, finished: int) -> bool:
        return finished >= self.loop.max_iter or bool(self._schedule.every and finished % self._schedule.every == 0)

    def _end_where_due(self) -> None:
        if self._stop():
            self.loop.ending = "stopped"
        elif self._schedule.patience and self._store.without_gain >= self._schedule.patience and self._store.best:
            self.loop.ending = (
                f"No better AP on validation in {self._store.without_gain} evaluations; the best was at iteration "
                f"{self._store.best.iteration}."
            )

    def _save(self, finished: int) -> None:
        self._reporter.update(iteration=finished, activity="writing a checkpoint")
        self._store.save_last(finished, self.loop.model_in_use, self.loop.state())
        self._saved_at = time.monotonic()

    def _evaluate(self, finished: int) -> None:
        if self._validator is None:
            return
        result = self._validator(self.loop.model_in_use, finished)
        if result is None:  # a stop was requested; the evaluation is made when the run is resumed
            return
        self._sink.write(finished, result.metrics)
        gained = self._store.note_evaluation(result.best, self.loop.model_in_use, finished)
        _LOG.info("validation at iteration %d: %s%s", finished, as_text(result.metrics), ", the best" if gained else "")
        turned = find_overfitting(self._sink.curves())
        self._reporter.update(iteration=finished, best=self._store.figures, turned=turned, activity="training")
        self._saved_at = time.monotonic()
