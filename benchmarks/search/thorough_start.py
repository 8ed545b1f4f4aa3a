"""The thorough preset from ImageNet weights, one seed: as it is, and with mirroring alone, as photographs want it.

    PYTHONPATH=.:benchmarks .venv/bin/python benchmarks/search/thorough_start.py WORK FOLDER_WITH_LABELS …

Each folder is split as its source says, else 70 / 15 / 15. One training per core. Turned and upside-down images are
right for cells and aerial images, and wrong where objects have an up. An interrupted script continues with the same
work folder.
"""

import argparse
import json
from pathlib import Path
from typing import Any, Final

from trials import Lanes

from core.services.training import TrainRequest
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.recipe import Augmentation

_ARMS: Final = {"as it is": None, "mirrored alone": Augmentation()}


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("labels", type=Path, nargs="+")
    args = parser.parse_args()
    lanes = Lanes(args.work, args.work / "thorough_start.jsonl")
    names = [lanes.dataset(folder.name, folder) for folder in args.labels]
    asked = [(dataset, arm) for arm in _ARMS for dataset in names]
    report: dict[str, dict[str, Any]] = {}
    for (dataset, arm), result in zip(asked, lanes.results([_request(*one) for one in asked]), strict=True):
        kept = {name: result[name] for name in ("iterations", "seconds", "best", "last")}
        report.setdefault(dataset, {})[arm] = kept
    print(json.dumps(report, indent=2))


def _request(dataset: str, arm: str) -> TrainRequest:
    return TrainRequest(
        dataset=dataset,
        preset="thorough",
        name=f"{dataset}, {arm}",
        changes=RecipeChanges(augmentation=_ARMS[arm], seed=1),
    )


if __name__ == "__main__":
    main()
