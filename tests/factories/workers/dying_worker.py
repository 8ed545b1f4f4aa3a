"""The real worker, which writes down every iteration, and may die: `python -m tests.factories.workers.dying_worker AT
train RUN_FOLDER`.

It ends by SIGKILL, with its data loaders, right after it has noted the losses of iteration AT; 0 for never.
"""

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.training.launch.devices import Device
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.recipe.recipe import Recipe
from core.training.run.folder import RunFolder
from core.training.run.job import Job
from core.worker.__main__ import main
from core.worker.commands.detectron_engine import DETECTRON, Engine


def _die_at(kill_at: int) -> None:
    from core.worker.engine import metrics_hook

    append = metrics_hook.append_metrics

    def append_or_die(path: Path, iteration: int, values: Mapping[str, float | None]) -> dict[str, Any]:
        record = append(path, iteration, values)
        if iteration == kill_at:
            os.killpg(0, signal.SIGKILL)
        return record

    metrics_hook._METRICS_INTERVAL_S = 0.0  # type: ignore[misc]
    metrics_hook.append_metrics = append_or_die


def _dying(kill_at: int) -> Engine:
    def train(
        folder: RunFolder, recipe: Recipe, job: Job, device: Device, reporter: Reporter, stop: StopSwitch
    ) -> None:
        _die_at(kill_at)
        DETECTRON.train(folder, recipe, job, device, reporter, stop)

    return replace(DETECTRON, train=train)


if __name__ == "__main__":
    sys.exit(main(sys.argv[2:], _dying(int(sys.argv[1]))))
