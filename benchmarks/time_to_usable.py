"""Minutes from Start to a model of AP50 0.85 on validation, including the validation that shows it.

    PYTHONPATH=. .venv/bin/python benchmarks/time_to_usable.py WORK FOLDER_WITH_LABELS [--ap50 0.85]

Three seeds of the quick preset, one after the other; JSON with the time of each, null if it was never reached.
"""

import argparse
import json
from pathlib import Path
from typing import Final

from trials import Trials

from core.services.training import TrainRequest
from core.training.recipe.changes import RecipeChanges

_SEEDS: Final = (1, 2, 3)


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--ap50", type=float, default=0.85)
    args = parser.parse_args()
    trials = Trials(args.work, args.work / "time_to_usable.jsonl")
    dataset = trials.dataset(args.labels.name, args.labels)
    results = [
        trials.result(
            TrainRequest(dataset=dataset, preset="quick", name=f"seed {seed}", changes=RecipeChanges(seed=seed))
        )
        for seed in _SEEDS
    ]
    reached = [[at for *_, ap50, at in result["curve"] if ap50 >= args.ap50] for result in results]
    report = {
        "minutes": [round(times[0] / 60, 2) if times else None for times in reached],
        "seconds_start_to_end": [result["seconds"] for result in results],
        "last": [result["last"] for result in results],
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
