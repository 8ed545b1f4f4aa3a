"""The savings of each choice in the small model on the CPU: a step without it, relative to a step with all of them.

    PYTHONPATH=. .venv/bin/python benchmarks/small_model_parts.py WORK FOLDER_WITH_LABELS

The steps of all variants alternate on the same images, from the same weights. One JSON document.
"""

import argparse
import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import core.worker  # noqa: F401  before torch: it says how OpenMP's threads wait

# isort: split
import torch
from steps import alternate, make_stepper
from trials import Trials

from core.services.training import TrainRequest
from core.settings import Settings
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.recipe import Weights
from core.worker.engine.trainer import StoppableTrainer

_LAYOUT, _POOLER = "without channels-last", "with Detectron2's pooler"  # what no recipe says
# How the request differs.
_WITHOUT: Final[dict[str, dict[str, Any]]] = {
    _LAYOUT: {},
    _POOLER: {},
    "in single precision": {"mixed_precision": False},
    "with 1,000 proposals": {
        "overrides": {"MODEL.RPN.PRE_NMS_TOPK_TRAIN": 2000, "MODEL.RPN.POST_NMS_TOPK_TRAIN": 1000}
    },
    "with 128 boxes to learn from": {"overrides": {"MODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE": 128}},
    "with samples by box size": {"overrides": {"MODEL.ROI_BOX_HEAD.POOLER_SAMPLING_RATIO": 0}},
    "with twice the channels": {
        "overrides": {
            "MODEL.RESNETS.STEM_OUT_CHANNELS": 64,
            "MODEL.RESNETS.RES2_OUT_CHANNELS": 64,
            "MODEL.FPN.OUT_CHANNELS": 128,
        }
    },
    "small": {},
}


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("labels", type=Path)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    trials = Trials(args.work, args.work / "unused.jsonl")
    dataset = trials.dataset(args.labels.name, args.labels)
    steppers = {name: _stepper(trials.settings, dataset, name) for name in _WITHOUT}
    print(json.dumps(alternate(steppers), indent=2))


def _stepper(settings: Settings, dataset: str, name: str) -> StoppableTrainer:
    request = TrainRequest(
        dataset=dataset,
        preset="quick",
        changes=RecipeChanges(
            model="small_cascade", weights=Weights(kind="random"), iterations=100, batch=2, **_WITHOUT[name]
        ),
    )
    with patch("core.worker.model.detectron.pool_by_rows") if name == _POOLER else nullcontext():
        return make_stepper(settings, request, torch.contiguous_format if name == _LAYOUT else None)


if __name__ == "__main__":
    main()
