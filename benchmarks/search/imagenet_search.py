"""The search for the best quick recipe from ImageNet weights, on training images of raccoon and BCCD alone.

    PYTHONPATH=.:benchmarks .venv/bin/python benchmarks/search/imagenet_search.py WORK RACCOON BCCD [--log FILE]

Of raccoon, only the training part of its 70 / 15 / 15 split is seen, of BCCD its training list; both are split 80 / 20
once more. The script asks one question after the other of the best recipe so far, with one seed and one core for each
data set. The mean of both APs of the last checkpoint decides. Every training is a line in the log: started again with
the same folder and log, the search continues. Log lines whose name is of no question were trials ahead: *backbone rate*
needed a setting that was dropped because it lost.
"""

import argparse
import json
import shutil
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bccd_search import changed, training_part
from fitted_anchors import fitted_anchors
from trials import Lanes, Trials

from core.services.datasets import open_version
from core.services.training import TrainRequest
from core.settings import Settings
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.recipe import Augmentation, Weights

_ITERATIONS: Final = 300
_START: Final[Mapping[str, Any]] = {
    "model": "lite_cascade",
    "weights": Weights(kind="imagenet"),
    "batch": 2,
    "learning_rate": 0.01,
    "frozen_stages": 1,
    "input_sizes": (256,),
    "augmentation": Augmentation(),
    "overrides": {},
}
_BEFORE: Final[Mapping[str, Any]] = {
    **_START,
    "model": "small_cascade",
    "weights": Weights(kind="starter"),
    "learning_rate": 0.015,
    "frozen_stages": 0,
}
# Question -> answer -> its changes; `overrides` are added to those so far. Their words are keys of the log.
_QUESTIONS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "weights": {"starter too": {"weights": Weights(kind="starter")}},
    "learning rate": {"0.015": {"learning_rate": 0.015}, "0.02": {"learning_rate": 0.02}},
    "frozen stages": {"2": {"frozen_stages": 2}, "3": {"frozen_stages": 3}},
    "averaged weights": {"0.98": {"ema": 0.98}},
    "schedule": {"cosine": {"overrides": {"SOLVER.LR_SCHEDULER_NAME": "WarmupCosineLR"}}},
    "scale": {"0.2": {"augmentation": replace(Augmentation(), scale=0.2)}},
    "colours": {"0.2": {"augmentation": replace(Augmentation(), brightness=0.2, contrast=0.2, saturation=0.2)}},
    "crop": {"0.3": {"augmentation": replace(Augmentation(), crop=0.3)}},
    "anchors": {"of the data": {"anchors": True}},
    "short side": {"224": {"input_sizes": (224,)}, "320": {"input_sizes": (320,)}},
}
# Questions whose answers make a step cheaper. One wins unless it costs more than a seed's noise.
_CHEAPER: Final = ("frozen stages",)
_NOISE: Final = 0.01
_ANCHOR_SIZES: Final = (16, 32, 64, 128, 256)  # px, of the small models


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("raccoon", type=Path)
    parser.add_argument("bccd", type=Path)
    parser.add_argument("--log", type=Path, default=Path(__file__).with_name("imagenet_search.jsonl"))
    args = parser.parse_args()
    lanes = Lanes(args.work, args.log)
    sets = (
        lanes.dataset("raccoon-140", _raccoon_part(args.raccoon, args.work), "80/20/0"),
        lanes.dataset("bccd-205", training_part(args.bccd, args.work / "bccd-205"), "80/20/0"),
    )
    report: dict[str, Any] = {"today's small model": _scores(lanes, sets, "today's small model", _BEFORE)}
    best, scores = dict(_START), _scores(lanes, sets, "start", _START)
    report["start"] = scores
    for question, answers in _QUESTIONS.items():
        tried = {answer: changed(best, change) for answer, change in answers.items()}
        results = {
            answer: _scores(lanes, sets, f"{question}: {answer}", settings) for answer, settings in tried.items()
        }
        report[question] = {"as before": scores, **results}
        winner = max(results, key=lambda answer: statistics.mean(results[answer]))
        allowed = _NOISE if question in _CHEAPER else 0.0
        if statistics.mean(results[winner]) > statistics.mean(scores) - allowed:
            best, scores = tried[winner], results[winner]
    print(
        json.dumps(
            {"ap of raccoon and bccd": report, "best": {key: str(value) for key, value in best.items()}}, indent=2
        )
    )


def _raccoon_part(raccoon: Path, work: Path) -> Path:
    """A folder with the images and labels of the training part of raccoon's 70 / 15 / 15 split."""
    target = work / "raccoon-140"
    if not target.exists():
        whole = Trials(work / "split", work / "split.jsonl")
        opened = open_version(whole.settings, whole.dataset("raccoon", raccoon, "70/15/15"))
        images = opened.labels.images
        for name in images.loc[images["split"] == "train", "file_name"]:
            for path in (*raccoon.glob(f"images/{Path(name).stem}.*"), raccoon / f"annotations/{Path(name).stem}.xml"):
                part = target / path.relative_to(raccoon)
                part.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, part)
    return target


def _scores(lanes: Lanes, sets: Sequence[str], name: str, settings: Mapping[str, Any]) -> list[float]:
    """The AP of the last checkpoint on each data set."""
    requests = [
        TrainRequest(
            dataset=dataset,
            preset="quick",
            name=f"{name}, {dataset}",
            changes=RecipeChanges(
                iterations=_ITERATIONS,
                evaluate_every=_ITERATIONS // 3,
                seed=1,
                **_with_anchors(lanes.settings, dataset, settings),
            ),
        )
        for dataset in sets
    ]
    return [round(result["last"]["ap"], 4) for result in lanes.results(requests)]


def _with_anchors(app: Settings, dataset: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings; `anchors` becomes overrides that fit the boxes of the data set's training split."""
    values = dict(settings)
    if not values.pop("anchors", False):
        return values
    labels = open_version(app, dataset).labels
    images = labels.images.loc[labels.images["split"] == "train"].set_index("image_id")
    boxes = labels.annotations.loc[labels.annotations["image_id"].isin(images.index)]
    rows = images.loc[boxes["image_id"]]
    scale = values["input_sizes"][0] / rows[["width", "height"]].min(axis=1).to_numpy()
    sizes, ratios = fitted_anchors(
        (boxes["x2"] - boxes["x1"]) * scale, (boxes["y2"] - boxes["y1"]) * scale, _ANCHOR_SIZES
    ) or ([], [])
    overrides = {"MODEL.ANCHOR_GENERATOR.SIZES": sizes, "MODEL.ANCHOR_GENERATOR.ASPECT_RATIOS": [ratios]}
    return {**values, "overrides": {**values["overrides"], **overrides}}


if __name__ == "__main__":
    main()
