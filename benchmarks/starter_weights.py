"""The effect of the half R-18's starter weights: validation AP after 100 and 300 iterations, with them and without.

    PYTHONPATH=. .venv/bin/python benchmarks/starter_weights.py WORK [FOLDER_WITH_LABELS …]

Trains the quick preset on the demo data and on each folder (with the splits of its source, if it has any), with three
seeds each, one training per core. An interrupted script continues with the same work folder.
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
_LENGTH: Final = 300
_LOOKS: Final = (100, 300)


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("labels", type=Path, nargs="*")
    args = parser.parse_args()
    lanes = Lanes(args.work, args.work / "starter_weights.jsonl")
    sources = [("demo", None), *((folder.name, folder) for folder in args.labels)]
    asked = [(lanes.dataset(*source), weights) for source in sources for weights in ("starter", "random")]
    results = iter(lanes.results([_request(*one, seed) for one in asked for seed in _SEEDS]))
    report: dict[str, dict[str, Any]] = {}
    for dataset, weights in asked:
        report.setdefault(dataset, {})[weights] = _measured([next(results) for _ in _SEEDS])
    print(json.dumps(report, indent=2))


def _measured(results: list[dict[str, Any]]) -> dict[str, Any]:
    """AP at each validation, of each seed and their mean."""
    curves = [{at: ap for at, ap, *_ in result["curve"]} for result in results]
    return {
        f"ap_after_{look}": {
            "mean": round(statistics.mean(curve[look] for curve in curves), 4),
            "seeds": [round(curve[look], 4) for curve in curves],
        }
        for look in _LOOKS
    }


def _request(dataset: str, weights: str, seed: int) -> TrainRequest:
    return TrainRequest(
        dataset=dataset,
        preset="quick",
        name=f"{dataset} {weights} seed {seed}",
        changes=RecipeChanges(
            model="small_cascade",
            weights=weights_from_text(weights),
            iterations=_LENGTH,
            evaluate_every=_LOOKS[0],
            seed=seed,
        ),
    )


if __name__ == "__main__":
    main()
