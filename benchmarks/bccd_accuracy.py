"""Accuracy of the thorough preset on BCCD: validation AP and AP50 of its last and best checkpoint, three seeds.

    PYTHONPATH=. .venv/bin/python benchmarks/bccd_accuracy.py WORK BCCD_FOLDER [--in-turn]

Trains on the 205 images of BCCD's training list, with the starter weights and with random ones. One training per core
is faster in total; `--in-turn` trains one after the other on all cores, which gives the time of one training. An
interrupted script continues with the same folder.
"""

import argparse
import json
import statistics
from pathlib import Path
from typing import Any, Final

from trials import Lanes

from core.services.training import TrainRequest
from core.training.recipe.changes import RecipeChanges, weights_from_text

_SEEDS: Final = (1, 2, 3)
_MEASURES: Final = ("ap", "ap50")


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("bccd", type=Path)
    parser.add_argument("--in-turn", action="store_true")
    args = parser.parse_args()
    lanes = Lanes(args.work, args.work / "bccd_accuracy.jsonl", 1 if args.in_turn else 0)
    dataset = lanes.dataset("bccd", args.bccd, "source")
    starts = ("starter", "random")
    results = iter(lanes.results([_request(dataset, start, seed) for start in starts for seed in _SEEDS]))
    print(json.dumps({start: _summary([next(results) for _ in _SEEDS]) for start in starts}, indent=2))


def _request(dataset: str, start: str, seed: int) -> TrainRequest:
    return TrainRequest(
        dataset=dataset,
        preset="thorough",
        name=f"{start}, seed {seed}",
        changes=RecipeChanges(weights=weights_from_text(start), seed=seed),
    )


def _summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over the seeds, the values of each, and the minutes of each on its cores."""
    figures = {
        f"{which} {measure}": [round(result[which][measure], 4) for result in results]
        for which in ("last", "best")
        for measure in _MEASURES
    }
    means = {name: round(statistics.mean(values), 4) for name, values in figures.items()}
    minutes = [result["seconds"] and round(result["seconds"] / 60, 1) for result in results]
    return {"mean": means, "seeds": figures, "minutes": minutes, "cores": [result["cores"] for result in results]}


if __name__ == "__main__":
    main()
