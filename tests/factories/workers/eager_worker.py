"""The real worker with metrics of every iteration instead of one a second: `python -m
tests.factories.workers.eager_worker`.

Processes that it spawns import this module again, so they do the same.
"""

import sys
from dataclasses import replace

from core.training.launch.devices import Device
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.recipe.recipe import Recipe
from core.training.run.folder import RunFolder
from core.training.run.job import Job
from core.worker.__main__ import main
from core.worker.commands.detectron_engine import DETECTRON


def _note_every_iteration() -> None:
    from core.worker.engine import metrics_hook

    metrics_hook._METRICS_INTERVAL_S = 0.0  # type: ignore[misc]


def _train(folder: RunFolder, recipe: Recipe, job: Job, device: Device, reporter: Reporter, stop: StopSwitch) -> None:
    _note_every_iteration()
    DETECTRON.train(folder, recipe, job, device, reporter, stop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], replace(DETECTRON, train=_train)))
elif __name__ == "__mp_main__":  # one of the processes of a training on several devices
    _note_every_iteration()
