"""Several runs of one recipe: the options of `train` that start them, and the verb `group`."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from core.cli.progress import progress_bar
from core.cli.values import whole_numbers
from core.errors import AppError
from core.services import training
from core.services.training import TrainRequest
from core.settings import Settings
from core.training.run.status import Phase

_AddVerb = Callable[[str, str], argparse.ArgumentParser]


def add_train_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that make several runs of one recipe."""
    several = parser.add_mutually_exclusive_group()
    several.add_argument("--seeds", default="", metavar="N|A,B,C", help="a run for each of N seeds, or of these")
    several.add_argument("--folds", type=int, metavar="K", help="K runs, each validated on another part")


def add_verbs(verb: _AddVerb) -> None:
    """Declare the verb of this file."""
    group = verb("group", "Show runs that were started together: each one's best and last AP, mean and spread.")
    group.add_argument("group", metavar="ID")
    group.add_argument("--wait", action="store_true", help="until every run has ended")


def show(settings: Settings, given: Namespace) -> Any:
    """The group's document."""
    return _waited(settings, given.group) if given.wait else training.describe_group(settings, given.group)


def start(settings: Settings, given: Namespace, request: TrainRequest) -> Any:
    """Start the group that the options of `train` stand for; its document."""
    if given.seeds:
        key = training.start_seeds(settings, request, _seeds(given))
    else:
        with progress_bar() as progress:
            key = training.start_folds(settings, request, given.folds, progress)
    return _waited(settings, key) if given.wait else training.describe_group(settings, key)


def unfinished(document: dict[str, Any]) -> list[str]:
    """The names of the runs of a group's document that have not finished."""
    return [run["name"] for run in document["runs"] if run["phase"] != Phase.FINISHED]


def _seeds(given: Namespace) -> tuple[int, ...]:
    """`4,7,9` as it stands; a single number is how many, from --seed (1) on."""
    numbers = whole_numbers(given.seeds, "--seeds") or ()
    if len(numbers) != 1:
        return numbers
    first = 1 if given.seed is None else given.seed
    if not 2 <= numbers[0] <= training.MOST_RUNS:
        raise AppError(f"{numbers[0]} seeds make no group.", f"Give 2 to {training.MOST_RUNS}.")
    return tuple(range(first, first + numbers[0]))


def _waited(settings: Settings, ref: str) -> Any:
    with progress_bar() as progress:
        return training.wait_for_group(settings, ref, progress)
