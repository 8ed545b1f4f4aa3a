"""What a worker does when a training fails: try again by itself where that is safe, else say why. Light; no torch.

Trying again replaces this process by a fresh one of the same command (exec): memory, GPU and data loaders of the failed
training are gone, while pid, log and limits stay. It waits for a device slot again, like any run.
"""

import logging
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NoReturn

import psutil

from core.files import write_json
from core.training.failures.diagnosis import diagnose, exception_text
from core.training.failures.recipe_changes import Point
from core.training.failures.table import Failure, find_failure
from core.training.launch.webhook import announce
from core.training.recipe.diff import setting_changes, words_of
from core.training.recipe.recipe import read_recipe
from core.training.run.checkpoints import find_checkpoint
from core.training.run.folder import RunFolder
from core.training.run.status import Phase, Retry
from core.worker.process.status_reporter import Reporter, StopSwitch

_LOG = logging.getLogger(__name__)
_STANDARD_ERROR: Final = 2


class HangError(Exception):
    """No iteration came for too long; the text says what was waited for."""


def end_training(folder: RunFolder, reporter: Reporter, stop: StopSwitch, error: Exception) -> None:
    """End a training that failed: with a new try in place of this process, or with a status that says why."""
    try:
        failure = _prepare_try(folder, reporter, error)
        if failure is not None and _wait(failure.wait_s, stop):
            _try_again(reporter)
    except (OSError, ValueError, KeyError, TypeError):
        # The disk is full, or the recipe itself is what failed: the first error is the one to show.
        _LOG.exception("The run could not be tried again")
    reporter.fail(error)
    announce(folder)


def _prepare_try(folder: RunFolder, reporter: Reporter, error: Exception) -> Failure | None:
    """Write the changed recipe, and say so; the table's row, None where trying again is not safe or was tried."""
    found, text = diagnose(error), exception_text(error)
    failure, tries = find_failure(found.key), _tries(reporter)
    recipe = read_recipe(folder.recipe)
    if failure.retry is None or _is_one_of_several():
        return None
    if len(tries) >= recipe.retries or tries.count(found.key) >= failure.retries:
        return None
    last = find_checkpoint(folder, "last")
    iteration = last.iteration if last else 0
    changed = failure.retry(recipe, Point(iteration, text))
    if changed is None:
        return None
    settings = setting_changes(recipe, changed)
    change = words_of(settings) if settings else f"The same once more after {failure.wait_s:g} s."
    _LOG.warning("Trying again by itself, %d of at most %d.", len(tries) + 1, recipe.retries)
    if settings:
        write_json(folder.recipe, changed.to_json())
        reporter.update(of_iterations=changed.iterations)
    note_mended(
        reporter, found.key, found.cause, change, iteration, {name: list(pair) for name, pair in settings.items()}
    )
    return failure


def note_mended(
    reporter: Reporter, failure: str, cause: str, change: str, iteration: int, settings: dict[str, Any] | None = None
) -> None:
    """Say in the status and in the log what went wrong and was mended without anybody.

    Args: failure, a row of core.training.failures.table; iteration, from which the training goes on; settings, of the
    recipe, with their values before and after.
    """
    _LOG.warning("%s %s", cause, change)
    retry = Retry(
        failure=failure, cause=cause, change=change, iteration=iteration, time=time.time(), knobs=settings or {}
    )
    reporter.update(retries=(*reporter.status.retries, retry))


def _wait(wait_s: float, stop: StopSwitch) -> bool:
    """Let the time pass that the table asks for; False where a stop was asked for."""
    until = time.monotonic() + wait_s
    while time.monotonic() < until and not stop():
        time.sleep(0.1)
    return not stop()


def _try_again(reporter: Reporter) -> NoReturn:
    """Replace this process by a new worker of the same run."""
    kill_children()
    # As the launcher leaves it: nobody holds the lock until the new worker has taken it.
    reporter.update(phase=Phase.QUEUED, pid=0, activity="", eta_s=None)
    sys.stdout.flush()
    sys.stderr.flush()
    # Locks and the GPU are given back here and not when some library's handle happens to be closed.
    for handle in Path("/dev/fd").iterdir():
        with suppress(OSError):
            os.set_inheritable(int(handle.name), int(handle.name) <= _STANDARD_ERROR)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def kill_children() -> None:
    """End this process's data loaders, also those that hang in the kernel's hands or were stopped."""
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            child.kill()


def _tries(reporter: Reporter) -> list[str]:
    """The kinds of failure after which this run was tried again. What was mended without a new try does not count."""
    kinds = [retry.failure for retry in reporter.status.retries]
    return [kind for kind in kinds if find_failure(kind).retry is not None]


def _is_one_of_several() -> bool:
    """Whether other processes take part in this training: one of them cannot start again alone."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1
