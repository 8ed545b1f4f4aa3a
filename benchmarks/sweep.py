"""Two sweeps of the quick preset on BCCD: over settings that matter, and over one that does nothing.

    PYTHONPATH=. .venv/bin/python benchmarks/sweep.py WORK BCCD_FOLDER [--iterations N] [--minutes M] [--seeds N]

The first sweep is over learning rate, averaged weights and zoom. The second is over the bound at which gradients are
cut, so close to the recipe's that it changes nothing but chance: its best trial is one that had luck, and the answer
should be that nothing is better. Trains on BCCD's own lists. An interrupted script continues with the same folder.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from trials import Trials

from core.actor import COMMAND_LINE, process_actor
from core.services import runs, sweeps
from core.services.sweeps import Sweep, SweepRequest
from core.services.training import TrainRequest
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.search_space import words_of_values
from core.training.run.status import Phase

_ACTOR = process_actor("", COMMAND_LINE)
_BASE = "what there is"
_SWEEPS = {
    "settings that matter": ("learning_rate", "ema=0,0.99,0.998", "scale=0..0.4"),
    "a setting that does nothing": ("clip_at=0.98,0.985,0.99,0.995,1.005,1.01",),
}


def main() -> None:
    """Runs both sweeps and prints their answers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("bccd", type=Path)
    parser.add_argument("--iterations", type=int)
    parser.add_argument("--minutes", type=float, default=90, help="of training, for each sweep")
    parser.add_argument("--seeds", type=int, default=3, help="of the check")
    args = parser.parse_args()
    trials = Trials(args.work, args.work / "sweep.jsonl")
    dataset = trials.dataset("bccd", args.bccd, "source")
    changes = RecipeChanges(iterations=args.iterations)
    trials.result(TrainRequest(dataset=dataset, preset="quick", name=_BASE, changes=changes))
    base = runs.describe_run(trials.settings, _BASE).run
    answers = []
    for name, over in _SWEEPS.items():
        request = SweepRequest(run=base, over=over, minutes=args.minutes, seeds=args.seeds, name=name)
        answers.append(_summary(_swept(trials, request)))
        print(json.dumps(answers[-1], indent=2))


def _swept(trials: Trials, request: SweepRequest) -> Sweep:
    """The sweep of this name, started, resumed or as it was."""
    settings = trials.settings
    row = next((row for row in sweeps.list_sweeps(settings) if row.name == request.name), None)
    key = row.sweep if row else sweeps.start_sweep(settings, request, actor=_ACTOR)
    if row and row.phase in (Phase.STOPPED, Phase.FAILED, Phase.LOST):
        sweeps.resume_sweep(settings, key, actor=_ACTOR)
    sweep = sweeps.wait_for_sweep(settings, key, _tell)
    if sweep.phase != Phase.FINISHED:
        sys.exit(f"The sweep is {sweep.phase}: {sweep.reason} Call the script again: it resumes it.")
    return sweep


def _summary(sweep: Sweep) -> dict[str, Any]:
    """The sweep's trials and answer."""
    answer = sweep.state.answer
    trials = [
        {"values": words_of_values(trial.values), "ap": round(trial.ap or 0, 3), "state": trial.state}
        for trial in sweep.state.trials
    ]
    return {
        "sweep": sweep.plan.name,
        "iterations": sweep.plan.iterations,
        "minutes": round(sweep.state.spent_s / 60, 1),
        "search_ended": sweep.state.search_ended,
        "trials": trials,
        "checks": [
            {"seed": check.seed, "best": check.is_best, "ap": round(check.ap or 0, 3)} for check in sweep.state.checks
        ],
        "answer": answer.kind if answer else None,
        "reason": answer.reason if answer else None,
    }


def _tell(share: float, doing: str) -> None:
    print(f"\r{share:5.0%} {doing:70.70}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
