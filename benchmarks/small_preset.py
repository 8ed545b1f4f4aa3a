"""The small model against a plain Faster R-CNN R18-FPN on the CPU: seconds a step, and AP after as many pictures.

    PYTHONPATH=. .venv/bin/python benchmarks/small_preset.py WORK FOLDER_WITH_LABELS [--iterations 500]

The plain one is Detectron2's own R18-FPN with group norm, 128 channels in the pyramid, 1,000 proposals and weights in
the usual memory layout, from random weights. Steps (data ready, forward, backward, update) of the two alternate on the
same pictures; then each is trained for the same number of pictures and judged on validation. One JSON document.
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any, Final

import torch
from detectron2.utils.events import EventStorage
from trials import Trials

from core.desk import training
from core.desk.training import TrainRequest
from core.training.recipe import Recipe
from core.worker.augment import training_mapper
from core.worker.config import make_config
from core.worker.data import DataVersion, PositionStream, open_data, records, training_batches
from core.worker.detectron import build, use_all_cores
from core.worker.trainer import make_trainer

_ROUNDS: Final = 40
_WARM_UP: Final = 5
_PLAIN: Final[dict[str, Any]] = {
    "MODEL.BACKBONE.NAME": "build_resnet_fpn_backbone",
    "MODEL.RESNETS.STEM_OUT_CHANNELS": 64,
    "MODEL.RESNETS.RES2_OUT_CHANNELS": 64,
    "MODEL.RESNETS.STRIDE_IN_1X1": False,
    "MODEL.FPN.OUT_CHANNELS": 128,
    "MODEL.ANCHOR_GENERATOR.SIZES": [[32], [64], [128], [256], [512]],
    "MODEL.RPN.PRE_NMS_TOPK_TRAIN": 2000,
    "MODEL.RPN.POST_NMS_TOPK_TRAIN": 1000,
    "MODEL.RPN.PRE_NMS_TOPK_TEST": 1000,
    "MODEL.RPN.POST_NMS_TOPK_TEST": 1000,
    "MODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE": 128,
    "MODEL.ROI_BOX_HEAD.POOLER_SAMPLING_RATIO": 0,
    "SOLVER.STEPS": [400],
    "SOLVER.WARMUP_ITERS": 100,
}
_PLAIN_RATE: Final = 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--iterations", type=int, default=500)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    trials = Trials(given.work, given.work / "small_preset.jsonl")
    dataset = trials.dataset(given.labels.name, given.labels)
    small = TrainRequest(dataset, preset="quick", iterations=given.iterations, batch=2, name="small")
    plain = TrainRequest(
        dataset,
        preset="quick",
        weights="random",
        iterations=given.iterations,
        batch=2,
        lr=_PLAIN_RATE,
        overrides=_PLAIN,
        name="plain",
    )
    report = _step_times(trials, small, plain)
    for request in (small, plain):
        result = trials.result(request)
        report[request.name] |= {name: result[name] for name in ("iterations", "seconds", "best", "last")}
    print(json.dumps(report, indent=2))


def _step_times(trials: Trials, small: TrainRequest, plain: TrainRequest) -> dict[str, Any]:
    """Median seconds a step of each, and the median ratio of neighbouring steps."""
    use_all_cores()
    steps = [_stepper(trials, small, torch.channels_last), _stepper(trials, plain, torch.contiguous_format)]
    took: list[list[float]] = [[], []]
    with EventStorage():
        for _ in range(_WARM_UP + _ROUNDS):
            for step, times in zip(steps, took, strict=True):
                began = time.perf_counter()
                step.run_step()
                times.append(time.perf_counter() - began)
    ours, theirs = (times[_WARM_UP:] for times in took)
    return {
        "ratio": round(statistics.median(other / one for one, other in zip(ours, theirs, strict=True)), 3),
        "cores": os.cpu_count(),
        "load_1_min": round(os.getloadavg()[0], 1),
        "small": {"seconds_a_step": round(statistics.median(ours), 4)},
        "plain": {"seconds_a_step": round(statistics.median(theirs), 4)},
    }


def _stepper(trials: Trials, request: TrainRequest, layout: torch.memory_format) -> Any:
    plan = training.plan(trials.settings, request)
    data = open_data(plan.data.folder)
    cfg = make_config(plan.recipe, data.classes, "cpu", data.fullest())
    torch.manual_seed(plan.recipe.seed)
    model = build(cfg).to(memory_format=layout)
    model.train()
    trainer = make_trainer(cfg, model, _batches(data, cfg, plan.recipe))
    trainer.iter = 0
    return trainer


def _batches(data: DataVersion, cfg: Any, recipe: Recipe) -> Any:
    stream = PositionStream(records(data, data.split("train")), training_mapper(cfg, recipe), recipe.seed)
    return training_batches(stream, recipe.batch, range(_WARM_UP + _ROUNDS), recipe.data_workers)


if __name__ == "__main__":
    main()
