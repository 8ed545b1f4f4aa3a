"""The real worker in a separate process, with metrics of every iteration, for tests that kill it."""

import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from core.training.metrics.log import read_metrics
from core.training.run.folder import RunFolder

_WORKER = """
import os, signal, sys
from core.worker.engine import metrics_hook
from core.worker.__main__ import main
metrics_hook._METRICS_INTERVAL_S = 0.0
append, kill_at = metrics_hook.append_metrics, int(sys.argv[2])
def append_or_die(path, iteration, values):
    record = append(path, iteration, values)
    if iteration == kill_at:
        os.killpg(0, signal.SIGKILL)
    return record
metrics_hook.append_metrics = append_or_die
sys.exit(main(["train", sys.argv[1]]))
"""
Losses = dict[str, float]


@contextmanager
def real_worker(folder: RunFolder, kill_at: int = 0) -> Iterator[subprocess.Popen[bytes]]:
    """Starts the worker of a run as the launcher does, and kills what is left of it at the end of the block.

    `kill_at`: SIGKILL ends it and its data loaders right after it has written the losses of this iteration.
    """
    with folder.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(folder.root), str(kill_at)],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kills the worker and its data loaders, and waits for its end."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def reached(folder: RunFolder) -> int:
    """The last iteration in the metrics of the run; 0 before the first."""
    records = read_metrics(folder.metrics)[0]
    return int(records[-1]["iteration"]) if records else 0


def losses_of(folder: RunFolder) -> dict[int, list[Losses]]:
    """The training losses by iteration; several for an iteration that was repeated after a kill."""
    found: dict[int, list[Losses]] = defaultdict(list)
    for record in read_metrics(folder.metrics)[0]:
        losses = {name: value for name, value in record.items() if name.startswith("loss/")}
        if losses:
            found[int(record["iteration"])].append(losses)
    return dict(found)
