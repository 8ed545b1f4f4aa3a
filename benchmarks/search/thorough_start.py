"""The thorough preset from ImageNet weights, one seed: as it is, and with other augmentations and lengths.

    PYTHONPATH=.:benchmarks .venv/bin/python benchmarks/search/thorough_start.py WORK FOLDER_WITH_LABELS …
        [--arms "as it is" "mirrored alone"] [--part]

Each folder is split as its source says, else 70 / 15 / 15; with `--part` only BCCD's training images are seen, split
80 / 20. One training per core. Turned and upside-down images are right for cells and aerial images, and wrong where
objects have an up. An interrupted script continues with the same work folder.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bccd_search import training_part
from trials import Lanes

from core.services.training import TrainRequest
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.recipe import Augmentation

_TURNED: Final = Augmentation(flip_vertical=True, quarter_turns=True)
_VARIED: Final = replace(_TURNED, scale=0.3, brightness=0.2, contrast=0.2, saturation=0.2)
_ARMS: Final[Mapping[str, Mapping[str, Any]]] = {
    "as it is": {},
    "mirrored alone": {"augmentation": Augmentation()},
    "half as long": {"epochs": 28},
    "half as long, scale and colours": {"epochs": 28, "augmentation": _VARIED},
    "half as long, less frozen": {"epochs": 28, "frozen_stages": 1},
}


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("labels", type=Path, nargs="+")
    parser.add_argument("--arms", choices=_ARMS, nargs="+", default=tuple(_ARMS)[:2])
    parser.add_argument("--part", action="store_true", help="see BCCD's training images alone")
    args = parser.parse_args()
    lanes = Lanes(args.work, args.work / "thorough_start.jsonl")
    if args.part:
        names = [lanes.dataset("bccd-205", training_part(args.labels[0], args.work / "bccd-205"), "80/20/0")]
    else:
        names = [lanes.dataset(folder.name, folder) for folder in args.labels]
    asked = [(dataset, arm) for arm in args.arms for dataset in names]
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
        changes=RecipeChanges(**_ARMS[arm], seed=1),
    )


if __name__ == "__main__":
    main()
