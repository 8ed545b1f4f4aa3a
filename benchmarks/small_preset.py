"""The half R-18 by the quick preset against a plain Faster R-CNN R18-FPN on the CPU: seconds a step, and AP.

    PYTHONPATH=. .venv/bin/python benchmarks/small_preset.py WORK FOLDER_WITH_LABELS [--iterations 500]

The plain one is Detectron2's own R18-FPN with group norm, 128 channels in the pyramid, 1,000 proposals and weights in
the usual memory layout, from random weights. Steps (data ready, forward, backward, update) of the two alternate on the
same images. Then each is trained on the same number of images and evaluated on validation. One JSON document.
"""

import argparse
import json
from pathlib import Path
from typing import Any, Final

import core.worker  # noqa: F401  before torch: it says how OpenMP's threads wait

# isort: split
import torch
from steps import alternate, make_stepper
from trials import Trials

from core.services.training import TrainRequest
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.recipe import Weights

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
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--iterations", type=int, default=500)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    trials = Trials(args.work, args.work / "small_preset.jsonl")
    dataset = trials.dataset(args.labels.name, args.labels)
    quick = TrainRequest(
        dataset=dataset,
        preset="quick",
        name="quick",
        changes=RecipeChanges(model="small_cascade", iterations=args.iterations, batch=2),
    )
    plain = TrainRequest(
        dataset=dataset,
        preset="quick",
        name="plain",
        changes=RecipeChanges(
            model="small",
            weights=Weights(kind="random"),
            iterations=args.iterations,
            batch=2,
            learning_rate=_PLAIN_RATE,
            overrides=_PLAIN,
            mixed_precision=False,
        ),
    )
    steppers = {
        "plain": make_stepper(trials.settings, plain, torch.contiguous_format),
        "quick": make_stepper(trials.settings, quick),
    }
    report = alternate(steppers)
    for request in (quick, plain):
        result = trials.result(request)
        report["steps"][request.name] |= {name: result[name] for name in ("iterations", "seconds", "best", "last")}
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
