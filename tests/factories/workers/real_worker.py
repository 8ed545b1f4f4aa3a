"""The real worker in a separate process, with metrics of every iteration, for tests that kill it."""

import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from core.settings import REPOSITORY
from core.training.launch.liveness import probe
from core.training.metrics.log import read_metrics
from core.training.run.folder import RunFolder
from tests.factories.waiting import eventually

Losses = dict[str, float]


@contextmanager
def real_worker(folder: RunFolder, kill_at: int = 0) -> Iterator[subprocess.Popen[bytes]]:
    """Starts the worker of a run as the launcher does, and kills what is left of it at the end of the block.

    `kill_at`: SIGKILL ends it and its data loaders right after it has written the losses of this iteration.
    """
    with folder.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.factories.workers.dying_worker", str(kill_at), "train", str(folder.root)],
            cwd=REPOSITORY,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        kill_group(process, folder)


def kill_group(process: subprocess.Popen[bytes], folder: RunFolder) -> None:
    """SIGKILL to the worker and its data loaders, and wait for its end."""
    # One from the nursery is another process than the one that was started.
    for pid in {process.pid, probe(folder.lock).pid} - {0} if process.poll() is None else ():
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    process.wait()
    eventually(lambda: not probe(folder.lock).held, 60, "the end of the worker")


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
