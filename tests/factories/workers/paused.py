"""Holds a worker still, so that a test has the time it needs without a training that goes on for as long."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from core.services import runs
from core.settings import Settings
from core.training.launch.liveness import observe


@contextmanager
def paused(settings: Settings, run: str) -> Iterator[None]:
    """Stop the worker of a run for the time of the block; it keeps its lock and its slot."""
    folder = runs.run_folder(settings, run)
    pid = observe(folder.status, folder.lock).pid
    os.killpg(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(pid, signal.SIGCONT)
