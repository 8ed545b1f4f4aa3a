"""The part of each verb that needs torch. It is imported when called, after the worker got a device slot.

Tests pass `core.worker.__main__.main` an `Engine` with a quick function in place of a slow one. All else stays real.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.evaluation.spec import EvaluationSpec
from core.training.launch.devices import Device
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.recipe.recipe import Recipe
from core.training.run.folder import RunFolder
from core.training.run.job import Job
from core.training.run.measurements import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The functions that need torch. Each works on the given device and writes the last status, or raises.

    `evaluate` takes the run (None for a custom model) and the evaluation's spec.
    """

    train: Callable[[RunFolder, Recipe, Job, Device, Reporter, StopSwitch], None]
    train_in_processes: Callable[[RunFolder, int, Device, Reporter, StopSwitch], None]
    evaluate: Callable[[RunFolder, RunFolder | None, EvaluationSpec, Device, Reporter, StopSwitch], None]
    preflight: Callable[[RunFolder, Asked, Device, Reporter, StopSwitch], None]


def _train(folder: RunFolder, recipe: Recipe, job: Job, device: Device, reporter: Reporter, stop: StopSwitch) -> None:
    from core.worker.commands.train import train
    from core.worker.model.detectron import log_to_stdout

    log_to_stdout()
    outcome = train(folder, recipe, job, device, reporter, stop)
    reporter.end(outcome.phase, outcome.reason)


def _train_in_processes(
    folder: RunFolder, processes: int, device: Device, reporter: Reporter, stop: StopSwitch
) -> None:
    from core.worker.commands.launch_ddp import train_in_processes

    train_in_processes(folder, processes, device, reporter, stop)


def _evaluate(
    folder: RunFolder,
    run: RunFolder | None,
    spec: EvaluationSpec,
    device: Device,
    reporter: Reporter,
    stop: StopSwitch,
) -> None:
    from core.worker.commands.evaluate import evaluate
    from core.worker.model.detectron import log_to_stdout

    log_to_stdout()
    evaluate(folder, run, spec, device, reporter, stop)


def _preflight(folder: RunFolder, asked: Asked, device: Device, reporter: Reporter, stop: StopSwitch) -> None:
    from core.worker.commands.preflight import check
    from core.worker.model.detectron import log_to_stdout

    log_to_stdout()
    check(folder, asked, device, reporter, stop)


DETECTRON: Final = Engine(
    train=_train, train_in_processes=_train_in_processes, evaluate=_evaluate, preflight=_preflight
)
