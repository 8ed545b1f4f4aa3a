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

from core.files import read_json, write_json
from core.training.checkpoints import find_checkpoint
from core.training.doctor import diagnose, exception_text
from core.training.failure_table import find_failure
from core.training.recipe import Recipe, recipe_from_json
from core.training.recipe_difference import knob_changes, words_of
from core.training.repairs import Point
from core.training.run_folder import RunFolder
from core.training.status import Phase
from core.worker.reporting import Reporter, StopSwitch

_LOG = logging.getLogger(__name__)
_STANDARD_ERROR: Final = 2


class HangError(Exception):
    """No iteration came for too long; the text says what was waited for."""


def end_training(folder: RunFolder, reporter: Reporter, stop: StopSwitch, error: Exception) -> None:
    """End a training that failed: with a new try in place of this process, or with a status that says why."""
    try:
        entry = _new_try(folder, reporter, error)
        if entry is not None and _wait(entry, stop):
            _try_again(reporter)
    except (OSError, ValueError, KeyError, TypeError):
        # The disk is full, or the recipe itself is what failed: the first error is the one to show.
        _LOG.exception("The run could not be tried again")
    reporter.fail(error)


def _new_try(folder: RunFolder, reporter: Reporter, error: Exception) -> dict[str, Any] | None:
    """Write the changed recipe and a line about it into the status; None where trying again is not safe."""
    found, text = diagnose(error), exception_text(error)
    failure, done = find_failure(found.key), reporter.status.retries
    recipe = recipe_from_json(read_json(folder.recipe))
    of_this_kind = sum(entry["failure"] == found.key for entry in done)
    if failure.retry is None or of_this_kind >= failure.retries or len(done) >= recipe.retries or _is_one_of_several():
        return None
    last = find_checkpoint(folder, "last")
    iteration = last.iteration if last else 0
    changed = failure.retry(recipe, Point(iteration, text))
    if changed is None:
        return None
    entry = _entry(found.key, found.cause, recipe, changed, iteration, failure.wait_s)
    _LOG.warning(
        "Trying again by itself (%d of %d): %s %s", len(done) + 1, recipe.retries, found.cause, entry["change"]
    )
    if changed != recipe:
        write_json(folder.recipe, changed.to_json())
    reporter.update(retries=[*done, entry], of_iterations=changed.iterations)
    return {**entry, "wait_s": failure.wait_s}


def _entry(key: str, cause: str, recipe: Recipe, changed: Recipe, iteration: int, wait_s: float) -> dict[str, Any]:
    knobs = knob_changes(recipe, changed)
    change = words_of(knobs) if knobs else f"The same once more after {wait_s:g} s."
    return {
        "failure": key,
        "cause": cause,
        "change": change,
        "iteration": iteration,
        "time": time.time(),
        "knobs": {name: list(values) for name, values in knobs.items()},
    }


def _wait(entry: dict[str, Any], stop: StopSwitch) -> bool:
    """Let the time pass that the table asks for; False where a stop was asked for."""
    until = time.monotonic() + entry["wait_s"]
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


def _is_one_of_several() -> bool:
    """Whether other processes take part in this training: one of them cannot start again alone."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1
