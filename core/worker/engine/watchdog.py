"""Ends a training that hangs, and writes the stacks of all its processes to the log.

A data loader can wait for ever: for a dead network drive, or for a lock that a forked process inherited. That raises no
exception, so a thread watches for signs of life.
"""

import faulthandler
import logging
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final

import psutil

from core.training.process.status_reporter import Reporter
from core.training.recipe.recipe import Recipe
from core.worker.data.dataset import STACKS_SIGNAL, PositionStream, first_position
from core.worker.engine.trainer import StoppableTrainer
from core.worker.process.failure_handling import HangError

_LOG = logging.getLogger(__name__)
_MOST_NAMES: Final = 4


class Watchdog:
    """A thread that calls `on_hang`, which must not return, after `limit_s` without a sign of life of `reporter`."""

    def __init__(
        self, reporter: Reporter, limit_s: float, awaited: Callable[[], str], on_hang: Callable[[Exception], None]
    ) -> None:
        self._reporter, self._limit_s, self._awaited, self._on_hang = reporter, limit_s, awaited, on_hang
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def __enter__(self) -> None:
        if self._limit_s > 0:
            self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()

    def _watch(self) -> None:
        # Counts checks and not seconds: a paused process or a sleeping machine does not hang.
        look_s = min(1.0, self._limit_s / 10)
        without, seen = 0, self._reporter.signs
        while not self._over.wait(look_s):
            without, seen = (without + 1 if self._reporter.signs == seen else 0), self._reporter.signs
            if without * look_s >= self._limit_s:
                self._end()

    def _end(self) -> None:
        error = HangError(f"nothing moved for {self._limit_s:g} s while {self._awaited()}.")
        _LOG.error("%s Where each thread and data loader stands:", error)
        sys.stdout.flush()
        faulthandler.dump_traceback(file=sys.stderr, all_threads=True)
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.send_signal(STACKS_SIGNAL)
        # The loaders write their stacks themselves. A moment is enough, and nothing depends on it.
        self._over.wait(1.0)
        self._on_hang(error)
        os._exit(1)


def awaited(trainer: StoppableTrainer, stream: PositionStream, recipe: Recipe, activity: str) -> str:
    """What a training waits for, in words: the images of its next iteration, or its current activity."""
    if not trainer.stepping or activity != "training":
        return activity
    first = first_position(trainer.iter, recipe.batch, recipe.pictures_ahead)
    names = [Path(stream.record(position)["file_name"]).name for position in range(first, first + recipe.batch)]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"iteration {trainer.iter + 1} was made, with the images {', '.join(names[:_MOST_NAMES])}{more}"
