"""The savings of three choices on the CPU: no loader processes, several images at once in evaluation, shared features.

    PYTHONPATH=. .venv/bin/python benchmarks/cpu_choices.py WORK FOLDER_WITH_LABELS

Training: steps of the quick preset with 0, 1 and 2 loader processes, in alternating blocks. Evaluation: the validation
images by the model of one run of the quick preset, with losses as during training, 1 to 8 images at a time, and with
features computed separately for losses and detections. One JSON document: medians over the rounds, and ratios to the
choice of the app in the same round.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import core.worker  # noqa: F401  before torch: it says how OpenMP's threads wait

# isort: split
from detectron2.utils.events import EventStorage
from steps import make_stepper
from trials import Trials

from core.services import runs
from core.services.training import TrainRequest
from core.settings import Settings
from core.training.recipe.changes import RecipeChanges
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.worker.data.dataset import open_run_data, records
from core.worker.inference import predict
from core.worker.inference.checkpoint_model import run_subject
from core.worker.model.config import make_config
from core.worker.model.detectron import use_all_cores

_ROUNDS: Final = 5
_WARM_UP: Final = 5
_STEPS: Final = 30
_LOADERS: Final = (0, 1, 2)
_AT_A_TIME: Final = (1, 2, predict.BATCH, 8)
_USED: Final = f"{predict.BATCH} at a time"


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("labels", type=Path)
    args = parser.parse_args()
    trials = Trials(args.work, args.work / "cpu_choices.jsonl")
    dataset = trials.dataset(args.labels.name, args.labels)
    trials.result(TrainRequest(dataset=dataset, preset="quick", name="judged", changes=RecipeChanges(seed=1)))
    run = next(run.run for run in runs.list_runs(trials.settings) if run.name == "judged")
    use_all_cores()
    loaders = {f"{count} loaders": _training(trials.settings, dataset, count) for count in _LOADERS}
    report = {
        "cores": os.cpu_count(),
        "seconds_a_step": _in_turn(loaders, f"{_LOADERS[0]} loaders"),
        "seconds_of_judging": _in_turn(_evaluating(RunFolder(trials.settings.workspace / "runs" / run)), _USED),
        "load_1_min": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(report, indent=2))


def _in_turn(ways: dict[str, Callable[[], float]], used: str) -> dict[str, Any]:
    """Median seconds of each variant, and its ratio to the one that the app uses."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(_ROUNDS):
        for name, way in ways.items():
            took[name].append(way())
            print(name, took[name][-1], file=sys.stderr, flush=True)
    return {
        name: {
            "seconds": round(statistics.median(times), 4),
            "ratio": round(statistics.median(a / b for a, b in zip(times, took[used], strict=True)), 3),
        }
        for name, times in took.items()
    }


def _training(settings: Settings, dataset: str, loaders: int) -> Callable[[], float]:
    """Mean seconds of a step in a block of training steps, including the wait for images."""

    def block() -> float:
        trainer = make_stepper(
            settings, TrainRequest(dataset=dataset, preset="quick", changes=RecipeChanges(seed=1, data_workers=loaders))
        )
        with EventStorage():
            for step in range(_WARM_UP + _STEPS):
                if step == _WARM_UP:
                    began = time.perf_counter()
                trainer.run_step()
        return (time.perf_counter() - began) / _STEPS

    return block


def _evaluating(run: RunFolder) -> dict[str, Callable[[], float]]:
    """Seconds of each variant for the validation images."""
    subject, data = run_subject(run, "last"), open_run_data(run, read_job(run))
    cfg = make_config(subject.recipe, list(subject.classes), "cpu", data.fullest())
    model, samples = subject.load(cfg), records(data, data.split("val"))

    def evaluate_detections() -> float:
        began = time.perf_counter()
        predict.predict(
            model, cfg, subject.recipe.views, samples, lambda done, of: None, lambda: False, with_losses=True
        )
        return time.perf_counter() - began

    def with_batch(count: int) -> Callable[[], float]:
        return patch("core.worker.inference.predict.BATCH", count)(evaluate_detections)

    ways = {f"{count} at a time": with_batch(count) for count in _AT_A_TIME}
    return ways | {
        "features twice": patch("core.worker.inference.predict._features_once", nullcontext)(evaluate_detections)
    }


if __name__ == "__main__":
    main()
