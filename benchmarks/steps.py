"""Times alternating training steps of several configurations against each other.

Only neighbouring steps on the same images are compared, because machines are noisy and their speed drifts.
"""

import os
import statistics
import time
from typing import Any, Final

import torch
from detectron2.utils.events import EventStorage

from core.services import training
from core.services.training import TrainRequest
from core.settings import Settings
from core.worker.data.augment import training_mapper
from core.worker.data.dataset import PositionStream, open_data, records, training_batches
from core.worker.engine.trainer import StoppableTrainer, make_trainer
from core.worker.model.config import make_config
from core.worker.model.detectron import build, use_all_cores

_WARM_UP: Final = 5
_ROUNDS: Final = 40


def make_stepper(
    settings: Settings, request: TrainRequest, layout: torch.memory_format | None = None
) -> StoppableTrainer:
    """A trainer without hooks for the recipe of the request; `layout`, if any, replaces the worker's memory layout."""
    plan = training.plan_run(settings, request)
    data = open_data(plan.data.folder)
    cfg = make_config(plan.recipe, data.classes, "cpu", data.fullest())
    torch.manual_seed(plan.recipe.seed)
    model = build(cfg)
    if layout is not None:
        model.to(memory_format=layout)
    model.train()
    stream = PositionStream(records(data, data.split("train")), training_mapper(cfg, plan.recipe), plan.recipe.seed)
    batches = training_batches(stream, plan.recipe.batch, range(_WARM_UP + _ROUNDS), plan.recipe.data_workers)
    trainer = make_trainer(cfg, model, batches)
    trainer.iter = 0
    return trainer


def alternate(steppers: dict[str, StoppableTrainer]) -> dict[str, Any]:
    """Median seconds per step (data, forward, backward, update) of each, and the ratios of the others to the last."""
    use_all_cores()
    took: dict[str, list[float]] = {name: [] for name in steppers}
    with EventStorage():
        for _ in range(_WARM_UP + _ROUNDS):
            for name, stepper in steppers.items():
                began = time.perf_counter()
                stepper.run_step()
                took[name].append(time.perf_counter() - began)
    kept = {name: times[_WARM_UP:] for name, times in took.items()}
    *_, last = kept.values()
    return {
        "cores": os.cpu_count(),
        "load_1_min": round(os.getloadavg()[0], 1),
        "steps": {
            name: {
                "seconds_a_step": round(statistics.median(times), 4),
                "times_the_last": round(statistics.median(a / b for a, b in zip(times, last, strict=True)), 3),
            }
            for name, times in kept.items()
        },
    }
