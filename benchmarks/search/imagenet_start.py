"""What a start from ImageNet is worth: the quick preset with both small cascades, validation AP, three seeds.

    PYTHONPATH=.:benchmarks .venv/bin/python benchmarks/search/imagenet_start.py WORK FOLDER_WITH_LABELS … [--demo]

Each folder is split as its source says, else 70 / 15 / 15. Trains for 300 iterations from each model's best weights,
and the half R-18 for as many minutes, too, one training per core. An interrupted script continues with the same work
folder.
"""

import argparse
import json
import statistics
from pathlib import Path
from typing import Any, Final

from trials import Lanes

from core.services.training import TrainRequest
from core.training.recipe.changes import RecipeChanges

_SEEDS: Final = (1, 2, 3)
_ITERATIONS: Final = 300
# A step of the ImageNet model takes 1.18 times as long as one of the half R-18.
_ARMS: Final = {
    "lite_cascade": ("lite_cascade", _ITERATIONS),
    "small_cascade, as many minutes": ("small_cascade", round(1.18 * _ITERATIONS)),
    "small_cascade": ("small_cascade", _ITERATIONS),
}


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("labels", type=Path, nargs="*")
    parser.add_argument("--demo", action="store_true", help="also on the demo data")
    args = parser.parse_args()
    lanes = Lanes(args.work, args.work / "imagenet_start.jsonl")
    sources = [*((folder.name, folder) for folder in args.labels), *([("demo", None)] if args.demo else [])]
    names = [lanes.dataset(*source) for source in sources]
    asked = [(dataset, arm) for arm in _ARMS for dataset in names]
    results = iter(lanes.results([_request(*one, seed) for one in asked for seed in _SEEDS]))
    report: dict[str, dict[str, Any]] = {}
    for dataset, arm in asked:
        report.setdefault(dataset, {})[arm] = _summary([next(results) for _ in _SEEDS])
    print(json.dumps(report, indent=2))


def _request(dataset: str, arm: str, seed: int) -> TrainRequest:
    model, iterations = _ARMS[arm]
    return TrainRequest(
        dataset=dataset,
        preset="quick",
        name=f"{dataset}, {arm}, seed {seed}",
        changes=RecipeChanges(model=model, iterations=iterations, evaluate_every=iterations // 3, seed=seed),
    )


def _summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over the seeds at the last checkpoint, the values of each, and the seconds of each on its core."""
    seeds = {name: [round(result["last"][name], 4) for result in results] for name in ("ap", "ap50")}
    means = {name: round(statistics.mean(values), 4) for name, values in seeds.items()}
    return {"mean": means, "seeds": seeds, "seconds": [result["seconds"] for result in results]}


if __name__ == "__main__":
    main()
