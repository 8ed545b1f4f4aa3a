"""Handles a failed training: retries it if that is safe, else writes why it failed. Does not import torch.

A retry replaces this process by a new one of the same command (exec). That frees memory, GPU and data loaders of the
failed training and keeps pid, log and limits. It waits for a device slot again, like any run.
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
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.recipe.diff import setting_changes, words_of
from core.training.recipe.recipe import read_recipe
from core.training.run.checkpoints import find_checkpoint
from core.training.run.folder import RunFolder
from core.training.run.status import Phase, Retry

_LOG = logging.getLogger(__name__)
_STANDARD_ERROR: Final = 2


class HangError(Exception):
    """No iteration finished for too long. The text says what the training waited for."""


def end_training(folder: RunFolder, reporter: Reporter, stop: StopSwitch, error: Exception) -> None:
    """Ends a failed training, by a retry in place of this process or by a status that says why."""
    try:
        failure = _prepare_try(folder, reporter, error)
        if failure is not None and _wait(failure.wait_s, stop):
            _try_again(reporter)
    except (OSError, ValueError, KeyError, TypeError):
        # The disk is full, or the recipe cannot be read: show the first error.
        _LOG.exception("The run could not be tried again")
    reporter.fail(error)
    announce(folder)


def _prepare_try(folder: RunFolder, reporter: Reporter, error: Exception) -> Failure | None:
    """Writes the changed recipe and returns the failure's row; None if a retry is not safe or was tried already."""
    diagnosis, text = diagnose(error), exception_text(error)
    failure, tries = find_failure(diagnosis.key), _tries(reporter)
    recipe = read_recipe(folder.recipe)
    if failure.retry is None or _is_one_of_several():
        return None
    if len(tries) >= recipe.retries or tries.count(diagnosis.key) >= failure.retries:
        return None
    last = find_checkpoint(folder, "last")
    iteration = last.iteration if last else 0
    changed = failure.retry(recipe, Point(iteration, text))
    if changed is None:
        return None
    settings = setting_changes(recipe, changed)
    change = words_of(settings) if settings else f"The same again after {failure.wait_s:g} s."
    _LOG.warning("Retrying automatically, %d of at most %d.", len(tries) + 1, recipe.retries)
    if settings:
        write_json(folder.recipe, changed.to_json())
        reporter.update(of_iterations=changed.iterations)
    pairs = {name: list(pair) for name, pair in settings.items()}
    note_mended(reporter, diagnosis.key, diagnosis.cause, change, iteration, pairs)
    return failure


def note_mended(
    reporter: Reporter, failure: str, cause: str, change: str, iteration: int, settings: dict[str, Any] | None = None
) -> None:
    """Writes to the status and the log what went wrong and how it was mended automatically.

    Args: failure, the key of a row in core.training.failures.table; iteration, where training continues; settings, the
    changed ones of the recipe, each with its values before and after.
    """
    _LOG.warning("%s %s", cause, change)
    retry = Retry(
        failure=failure, cause=cause, change=change, iteration=iteration, time=time.time(), knobs=settings or {}
    )
    reporter.update(retries=(*reporter.status.retries, retry))


def _wait(wait_s: float, stop: StopSwitch) -> bool:
    """Waits as long as the table says; False if a stop was requested."""
    until = time.monotonic() + wait_s
    while time.monotonic() < until and not stop():
        time.sleep(0.1)
    return not stop()


def _try_again(reporter: Reporter) -> NoReturn:
    """Replaces this process by a new worker of the same run."""
    kill_children()
    # The status that the launcher writes: the lock is free until the new worker takes it.
    reporter.update(phase=Phase.QUEUED, pid=0, activity="", eta_s=None)
    sys.stdout.flush()
    sys.stderr.flush()
    # Releases locks and the GPU now, not when a library happens to close its handle.
    for handle in Path("/dev/fd").iterdir():
        with suppress(OSError):
            os.set_inheritable(int(handle.name), int(handle.name) <= _STANDARD_ERROR)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def kill_children() -> None:
    """Kills this process's data loaders, also those that hang in the kernel or were stopped."""
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            child.kill()


def _tries(reporter: Reporter) -> list[str]:
    """The kinds of failure after which this run was retried. What was mended without a retry does not count."""
    kinds = [retry.failure for retry in reporter.status.retries]
    return [kind for kind in kinds if find_failure(kind).retry is not None]


def _is_one_of_several() -> bool:
    """Whether other processes take part in this training: one of them cannot be restarted alone."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1
