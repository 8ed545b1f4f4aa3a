"""Trains in several processes of this machine, started by torchrun (torch's elastic launch).

The worker that the launcher started holds the lock and the device slots and only waits. `train_as_one_of` runs in each
process. The processes stay in the worker's process group, so killing the group ends all of them, and they end when the
worker dies. They get a stop request through the request file, which rank 0 reads, or through a signal. `Agree` makes
them end after the same iteration.
"""

import faulthandler
import logging
import os
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType
from typing import Any, Final

from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch
from torch.multiprocessing import _prctl_pr_set_pdeathsig

from core.errors import AppError, RecipeError
from core.files import read_json, write_json
from core.training.failures.diagnosis import diagnose, exception_text
from core.training.failures.table import find_failure
from core.training.launch.devices import CORES_VARIABLE, Device, usable_cores
from core.training.launch.launcher import ask_to_stop
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.recipe.recipe import read_recipe
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.worker.process.warning_filters import hush_libraries

_LOG = logging.getLogger(__name__)
_LOOPBACK: Final = "127.0.0.1"
# The key in core.training.failures.table, and how long other ranks wait so that the failed one reports first.
_PEER_GONE: Final = "process lost"
_FIRST_ONE_SEEN_S: Final = 3.0


class ProcessError(Exception):
    """What ended one of the processes. The text has its exception in the form that `diagnose` expects."""


def train_in_processes(folder: RunFolder, processes: int, device: Device, reporter: Reporter, stop: StopSwitch) -> None:
    """Trains in `processes` processes and waits for their end; rank 0 writes the status meanwhile.

    Raises AppError or ProcessError with the cause of the first failure.
    """
    batch = read_recipe(folder.recipe).batch
    if batch % processes:
        raise RecipeError(
            f"A batch of {batch} images cannot be shared by {processes} devices.",
            f"Choose a batch that is a multiple of {processes}.",
        )
    # It logs each failure several times; we report it once, in words.
    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    _pass_signals_on(folder, stop)
    _set_environment(processes)
    with tempfile.TemporaryDirectory(prefix="detdesk-processes-") as reports:
        try:
            elastic_launch(_config(processes, reports), train_as_one_of)(str(folder.root), device, os.getpid(), reports)
        except ChildFailedError as error:
            raise _cause(error, Path(reports), processes) from None
        finally:
            reporter.reread()


def _config(processes: int, logs: str) -> LaunchConfig:
    return LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=processes,
        run_id=f"detdesk-{os.getpid()}",
        rdzv_backend="c10d",
        rdzv_endpoint=f"{_LOOPBACK}:0",
        local_addr=_LOOPBACK,
        max_restarts=0,
        logs_specs=DefaultLogsSpecs(log_dir=logs),
        # SIGTERM and SIGINT ask for a stop with a checkpoint, as in every worker.
        signals_to_handle="SIGQUIT",
    )


def _pass_signals_on(folder: RunFolder, stop: StopSwitch) -> None:
    def ask(_number: int, _frame: FrameType | None) -> None:
        ask_to_stop(folder)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    if stop():
        ask_to_stop(folder)


def _set_environment(processes: int) -> None:
    """Sets what the processes inherit: their share of the cores, and loopback as their network."""
    share = max(1, usable_cores() // processes)
    os.environ["OMP_NUM_THREADS"] = os.environ[CORES_VARIABLE] = str(share)
    loopback = next((name for _, name in socket.if_nameindex() if name.startswith("lo")), "")
    for library in ("GLOO", "NCCL"):
        if loopback:
            os.environ.setdefault(f"{library}_SOCKET_IFNAME", loopback)


def _cause(error: ChildFailedError, reports: Path, processes: int) -> Exception:
    """What ended the first process that failed. The others fail because it is gone."""
    rank, failure = error.get_first_failure()
    if failure.exitcode < 0:
        name = signal.Signals(-failure.exitcode).name
        return AppError(
            f"Process {rank + 1} of {processes} was ended by {name}, and the others cannot go on without it.",
            find_failure(_PEER_GONE).remedy,
        )
    told = sorted((read_json(path) for path in reports.glob("rank-*.json")), key=lambda report: float(report["time"]))
    if not told:
        return ProcessError(f"process {rank + 1} of {processes} ended with exit status {failure.exitcode}.")
    first = told[0]
    if first["message"]:
        return AppError(first["message"], first["remedy"])
    return ProcessError(f"process {first['rank'] + 1} of {processes}: {first['exception']}")


def train_as_one_of(root: str, device: Device, worker: int, reports: str) -> None:
    """Runs one process of a training that torchrun started. `worker` is the pid of the worker."""
    _end_with(worker)
    faulthandler.enable()
    hush_libraries()
    from core.worker.model.detectron import log_to_stdout

    log_to_stdout()
    folder, rank = RunFolder(Path(root)), int(os.environ["RANK"])
    stop = StopSwitch(folder.stop_request)
    stop.listen()
    try:
        _train(folder, device, stop, reports)
    except Exception as error:
        _report(reports, rank, error)
        _LOG.exception("Process %d of the training failed", rank + 1)
        # Not by raising: the libraries' exit handlers may wait for the other processes.
        sys.stdout.flush()
        os._exit(1)


def _train(folder: RunFolder, device: Device, stop: StopSwitch, reports: str) -> None:
    import torch

    from core.worker.commands.train import train
    from core.worker.commands.train_rank import follow
    from core.worker.engine.distributed import join_process_group

    recipe, job = read_recipe(folder.recipe), read_job(folder)
    with join_process_group(device.is_gpu and torch.cuda.is_available()) as processes:
        if not processes.is_rank_zero:
            follow(folder, recipe, job, device, stop, processes)
        else:
            reporter = Reporter(folder.status, goes_on=True)
            outcome = train(
                folder, recipe, job, device, reporter, stop, processes, lambda error: _report(reports, 0, error)
            )
            reporter.end(outcome.phase, outcome.reason)


def _report(reports: str, rank: int, error: Exception) -> None:
    """Writes what ended this process to a file for the worker, which cannot see another process's exceptions."""
    if diagnose(error).key == _PEER_GONE:
        # The other process's failure is the cause, so its report or signal must reach the worker first.
        time.sleep(_FIRST_ONE_SEEN_S)
    document: dict[str, Any] = {
        "rank": rank,
        "time": time.time(),
        "exception": exception_text(error),
        "message": error.message if isinstance(error, AppError) else "",
        "remedy": error.remedy if isinstance(error, AppError) else "",
    }
    write_json(Path(reports) / f"rank-{rank}.json", document)


def _end_with(worker: int) -> None:
    """Makes the kernel kill this process when the worker dies, so that nothing writes into a lost run."""
    _prctl_pr_set_pdeathsig(signal.SIGKILL)
    if os.getppid() != worker:
        os._exit(1)
