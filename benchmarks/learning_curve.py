"""The learning curve of the quick preset on BCCD: what twice the images would bring, by class.

    PYTHONPATH=. .venv/bin/python benchmarks/learning_curve.py WORK BCCD_FOLDER [--iterations N] [--seeds N]

Trains on BCCD's own lists, with the preset's length or another one, and uses what the page and the verb use. An
interrupted script continues with the same folder.
"""

import argparse
import json
import sys
from pathlib import Path

from trials import Trials

from core.actor import COMMAND_LINE, process_actor
from core.figures.words.more_images import gain_words
from core.services import runs, training
from core.services.training import TrainRequest
from core.training.recipe.changes import RecipeChanges
from core.training.run.status import Phase

_ACTOR = process_actor("", COMMAND_LINE)
_BASE = "all images"


def main() -> None:
    """Runs the measurement and prints the curve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("bccd", type=Path)
    parser.add_argument("--iterations", type=int)
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    trials = Trials(args.work, args.work / "learning_curve.jsonl")
    dataset = trials.dataset("bccd", args.bccd, "source")
    changes = RecipeChanges(iterations=args.iterations)
    trials.result(TrainRequest(dataset=dataset, preset="quick", name=_BASE, changes=changes))
    settings = trials.settings
    base = runs.describe_run(settings, _BASE).run
    key = training.start_learning_curve(settings, base, _tell, args.seeds, actor=_ACTOR)
    group = training.wait_for_group(settings, key, _tell)
    if any(run.phase != Phase.FINISHED for run in group.runs):
        sys.exit("Not every run finished. Call the script again: it starts what is missing.")
    curve = training.learning_curve(settings, base)
    rows = [
        {
            "class": row.name or "all",
            "images": [round(level.images) for level in row.levels],
            "ap": [round(level.mean or 0, 3) for level in row.levels],
            "range": [[round(end or 0, 3) for end in (level.low, level.high)] for level in row.levels],
            "words": gain_words(row.name, row.gain),
        }
        for row in curve.rows
    ]
    print(json.dumps({"iterations": curve.iterations, "seeds": args.seeds, "rows": rows}, indent=2))


def _tell(share: float, doing: str) -> None:
    print(f"\r{share:5.0%} {doing:70.70}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
