"""The search for the best small recipe on BCCD, on its 205 training images alone: validation stays unseen.

    PYTHONPATH=.:benchmarks .venv/bin/python benchmarks/search/bccd_search.py WORK BCCD_FOLDER [--log FILE]

The 205 images are split 80 / 20 once. The script asks one question after the other of the best recipe so far. It trains
each answer with two seeds, on one core each, for the same work (images times square pixels). The best mean AP of the
last checkpoint wins. Questions that cost more time come last. Every training is a line in the log: started again with
the same folder and log, the search continues. Log lines with `judged_by` evaluate an earlier training once more. Lines
whose name is of no question were trials ahead.
"""

import argparse
import json
import shutil
import statistics
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from trials import Lanes

from core.services.training import TrainRequest
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.recipe import TEST_TIME_AUGMENTATION, Augmentation, Weights

_SEEDS: Final = (1, 2)
# Images × px² of the short side: a fifth of what two cores do in the half hour that the recipe may take.
_WORK: Final = 2000 * 256**2
_TURNED: Final = Augmentation(flip_vertical=True, quarter_turns=True)
_START: Final[Mapping[str, Any]] = {
    "weights": Weights(kind="starter"),
    "batch": 4,
    "learning_rate": 0.02,
    "input_sizes": (320,),
    "augmentation": _TURNED,
    "ema": 0.99,
    "overrides": {"SOLVER.LR_SCHEDULER_NAME": "WarmupCosineLR"},
    "mixed_precision": False,
}
_GIOU: Final = {
    "MODEL.ROI_BOX_HEAD.BBOX_REG_LOSS_TYPE": "giou",
    "MODEL.ROI_BOX_HEAD.BBOX_REG_LOSS_WEIGHT": 2.0,
    "MODEL.RPN.BBOX_REG_LOSS_TYPE": "giou",
}
_CASCADE: Final = {"MODEL.ROI_HEADS.NAME": "CascadeROIHeads", "MODEL.ROI_BOX_HEAD.CLS_AGNOSTIC_BBOX_REG": True}
_MORE_BOXES: Final = {"MODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE": 128, "MODEL.ROI_HEADS.POSITIVE_FRACTION": 0.5}
# Question -> answer -> its changes; `overrides` are added to those so far. The questions that matter most come first.
# Their words are keys of the log.
_QUESTIONS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "box heads": {"a cascade": {"overrides": _CASCADE}},
    "short side": {"256": {"input_sizes": (256,)}, "384": {"input_sizes": (384,)}},
    "box loss": {"overlap": {"overrides": _GIOU}},
    "learning rate": {"doubled": {"learning_rate": 0.04}},
    "changes": {
        "a flip only": {"augmentation": Augmentation()},
        "scale too": {"augmentation": replace(_TURNED, scale=0.2)},
    },
    "pictures a step": {"2": {"batch": 2, "learning_rate": 0.01}},
    "averaged weights": {"none": {"ema": 0.0}},
    "length": {"three times as long": {"work": 3}},
    # The training is the same. The next answers are evaluated like this too.
    "looks": {"as training turned them": {"overrides": {TEST_TIME_AUGMENTATION: True}}},
    # The same number of larger images. Their extra cost fits into the half hour.
    "short side, at length": {"320": {"input_sizes": (320,), "work": 3 * (320 / 256) ** 2}},
    "boxes a picture": {"twice as many, half of them objects": {"overrides": _MORE_BOXES}},
}


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("bccd", type=Path)
    parser.add_argument("--log", type=Path, default=Path(__file__).with_name("bccd_search.jsonl"))
    args = parser.parse_args()
    lanes = Lanes(args.work, args.log)
    dataset = lanes.dataset("bccd-205", training_part(args.bccd, args.work / "bccd-205"), "80/20/0")
    best, score = dict(_START), _score(lanes, dataset, "start", _START)
    report: dict[str, Any] = {"start": score}
    for question, answers in _QUESTIONS.items():
        tried = {answer: changed(best, change) for answer, change in answers.items()}
        scores = {
            answer: _score(lanes, dataset, f"{question}: {answer}", settings) for answer, settings in tried.items()
        }
        report[question] = {"as before": score, **scores}
        winner = max(scores, key=lambda answer: scores[answer])
        if scores[winner] > score:
            best, score = tried[winner], scores[winner]
    print(json.dumps({"ap": report, "best": best | {"augmentation": str(best["augmentation"])}}, indent=2))


def training_part(bccd: Path, target: Path) -> Path:
    """A folder with the images and labels of BCCD's own training list only."""
    if not target.exists():
        for stem in (bccd / "ImageSets/Main/train.txt").read_text().split():
            for part in (f"JPEGImages/{stem}.jpg", f"Annotations/{stem}.xml"):
                (target / part).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(bccd / part, target / part)
    return target


def changed(settings: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with a change; its overrides are added to those there are."""
    overrides = {**settings["overrides"], **change.get("overrides", {})}
    return {**settings, **change, "overrides": overrides}


def _score(lanes: Lanes, dataset: str, name: str, settings: Mapping[str, Any]) -> float:
    """The mean AP of the last checkpoint, over the seeds."""
    settings = dict(settings)
    sides = settings["input_sizes"]
    images = settings.pop("work", 1) * _WORK / statistics.fmean(side**2 for side in sides)
    iterations = round(images / settings["batch"])
    requests = [
        TrainRequest(
            dataset=dataset,
            preset="quick",
            name=f"{name}, seed {seed}",
            changes=RecipeChanges(
                model="small", iterations=iterations, evaluate_every=iterations, seed=seed, **settings
            ),
        )
        for seed in _SEEDS
    ]
    return round(statistics.mean(result["last"]["ap"] for result in lanes.results(requests)), 4)


if __name__ == "__main__":
    main()
