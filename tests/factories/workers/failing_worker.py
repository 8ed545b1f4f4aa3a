"""The real worker with a fault in its machine: `python -m tests.factories.workers.failing_worker FAULT train
RUN_FOLDER`.

FAULT is `memory:N`: N MiB of memory beside the libraries; or `cuda:N`: an iteration after the second fails as on a GPU
that cannot hold N images. A worker that retries automatically has the same fault.
"""

import re
import resource
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.training.launch.devices import Device
from core.training.launch.launcher import LocalLauncher
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.recipe.recipe import Recipe
from core.training.run.folder import RunFolder
from core.training.run.job import Job
from core.worker.__main__ import main
from core.worker.commands.detectron_engine import DETECTRON, Engine

MIB = 2**20


def failing_launcher(fault: str) -> LocalLauncher:
    """Launches the worker with this fault."""
    return LocalLauncher((sys.executable, "-m", "tests.factories.workers.failing_worker", fault, "train"))


def _limit_memory(mib: int) -> None:
    if resource.getrlimit(resource.RLIMIT_DATA)[0] != resource.RLIM_INFINITY:
        return  # the fault of the worker that started this retry
    import core.worker.commands.train  # noqa: F401  the libraries are in memory before the limit is set

    used = re.search(r"VmData:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert used is not None
    limit = int(used[1]) * 1024 + mib * MIB
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _fail_as_a_gpu(images: int) -> None:
    import torch

    from core.worker.engine import trainer

    step: Callable[[Any], None] = trainer.StoppableTrainer.run_step

    def failing(self: Any) -> None:
        if self.iter >= 2 and self.data_loader.batch_sampler._batch >= images:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has 8.00 GiB in all.")
        step(self)

    trainer.StoppableTrainer.run_step = failing  # type: ignore[method-assign]


def _with_fault(fault: str) -> Engine:
    kind, _, number = fault.partition(":")

    def train(
        folder: RunFolder, recipe: Recipe, job: Job, device: Device, reporter: Reporter, stop: StopSwitch
    ) -> None:
        {"memory": _limit_memory, "cuda": _fail_as_a_gpu}[kind](int(number))
        DETECTRON.train(folder, recipe, job, device, reporter, stop)

    return replace(DETECTRON, train=train)


if __name__ == "__main__":
    sys.exit(main(sys.argv[2:], _with_fault(sys.argv[1])))
