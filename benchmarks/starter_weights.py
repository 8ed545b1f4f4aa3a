"""Whether the starter weights earn their place: validation AP after 100 and 300 iterations, with them and without.

    PYTHONPATH=. .venv/bin/python benchmarks/starter_weights.py WORK [FOLDER_WITH_LABELS …]

On the demo data and on each folder given (split as the source says, where it says), three seeds each, by the quick
preset otherwise. Can be cut off and started again with the same work folder.
"""

import argparse
import json
import statistics
from pathlib import Path
from typing import Any, Final

from trials import Trials

from core.desk.training import TrainRequest

_SEEDS: Final = (1, 2, 3)
_LENGTH: Final = 300
_LOOKS: Final = (100, 300)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("labels", type=Path, nargs="*")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    trials = Trials(given.work, given.work / "starter_weights.jsonl")
    report = {}
    for name, labels in [("demo", None), *((folder.name, folder) for folder in given.labels)]:
        dataset = trials.dataset(name, labels)
        report[name] = {kind: _measured(trials, dataset, kind) for kind in ("starter", "random")}
    print(json.dumps(report, indent=2))


def _measured(trials: Trials, dataset: str, weights: str) -> dict[str, Any]:
    """AP at each look, of each seed and their mean."""
    curves = [{at: ap for at, ap, *_ in trials.result(_request(dataset, weights, seed))["curve"]} for seed in _SEEDS]
    return {
        f"ap_after_{look}": {
            "mean": round(statistics.mean(curve[look] for curve in curves), 4),
            "seeds": [round(curve[look], 4) for curve in curves],
        }
        for look in _LOOKS
    }


def _request(dataset: str, weights: str, seed: int) -> TrainRequest:
    return TrainRequest(
        dataset,
        preset="quick",
        weights=weights,
        iterations=_LENGTH,
        evaluate_every=_LOOKS[0],
        seed=seed,
        name=f"{dataset} {weights} seed {seed}",
    )


if __name__ == "__main__":
    main()
