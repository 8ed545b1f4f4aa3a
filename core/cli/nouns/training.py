"""The verbs that start training (one run or a group), preview it and check it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.cli.actor import actor_of
from core.cli.declaring import FILE, given_options, name_on_line, verb, wait_option
from core.cli.outcome import Outcome
from core.cli.progress import progress_bar
from core.cli.recipe_options import AUTO, either_or, recipe_options, request_of
from core.cli.values import whole_numbers
from core.cli.waiting import group_outcome, run_outcome
from core.errors import AppError
from core.services import training
from core.settings import Settings

# Using a name of a services package imports its module, and `--help` needs none.
if TYPE_CHECKING:
    from core.services.training import Preflight, TrainRequest

# Options that are allowed with --like; all others are about the recipe.
_BESIDE_LIKE = ("like", "everything", "name", "seed", "wait")


@verb("train", one_of=(*either_or(), ("--seeds", "--folds")))
@click.argument("dataset", metavar="[DATASET]", default="")
@recipe_options
@click.option("--seeds", default="", metavar="N|A,B,C", help="a run for each of N seeds, or for each of these")
@click.option("--folds", type=int, metavar="K", help="K runs, each validated on another part of the images")
@click.option("--name", default="")
@wait_option
@click.option(
    "--like",
    default="",
    metavar="RUN",
    help="instead of DATASET and recipe: repeat this run with its recipe, data version and seed, or another `--seed`",
)
@click.option("--everything", is_flag=True, help="with `--like`: on all splits, without validation")
def train_verb(
    settings: Settings, like: str, everything: bool, seeds: str, folds: int | None, wait: bool, **recipe: Any
) -> Outcome:
    """
    `run, phase`; with `--wait` as `run` after the end, exit 2 unless finished (every run of a group); with `--seeds`
    or `--folds` as `group`
    """
    if like:
        run = _repeated(settings, like, everything, recipe["name"], recipe["seed"])
    else:
        if not recipe["dataset"] or everything:
            raise AppError("train needs DATASET, or --like RUN with or without --everything.", "Give one of the two.")
        request = _with_checked_batch(settings, recipe["batch"], request_of(**recipe))
        if seeds or folds:
            return _group(settings, request, seeds, recipe["seed"], folds, wait)
        run = training.start_run(settings, request, actor=actor_of(settings))
    started = run_outcome(settings, run, wait)
    return started if wait else Outcome(document={name: started.document[name] for name in ("run", "phase")})


def _repeated(settings: Settings, like: str, everything: bool, name: str, seed: int | None) -> str:
    """Start a run like another one and return its id. Raises AppError for options that would change the recipe."""
    options = given_options(click.get_current_context())
    changed = [option for option in options if option.name not in _BESIDE_LIKE]
    if changed:
        words = ", ".join(name_on_line(option) for option in changed)
        raise AppError(f"--like repeats the recipe unchanged; {words} would change it.", "Leave one of the two out.")
    if not everything:
        return training.repeat_run(settings, like, name, seed, actor=actor_of(settings))
    if seed is not None:
        raise AppError("--everything uses the seed of the run.", "Leave --seed out.")
    return training.train_on_everything(settings, like, name, actor=actor_of(settings))


def _group(
    settings: Settings, request: TrainRequest, seeds: str, seed: int | None, folds: int | None, wait: bool
) -> Outcome:
    if seeds:
        key = training.start_seeds(settings, request, _seeds(seeds, seed), actor=actor_of(settings))
    else:
        with progress_bar() as progress:
            key = training.start_folds(settings, request, folds or 0, progress, actor=actor_of(settings))
    return _group_outcome(settings, key, wait)


def _seeds(text: str, seed: int | None) -> tuple[int, ...]:
    """The seeds of `4,7,9`; a single number is their count, from --seed (1) on."""
    numbers = whole_numbers(text, "--seeds") or ()
    if len(numbers) != 1:
        return numbers
    first = 1 if seed is None else seed
    if not 2 <= numbers[0] <= training.MOST_RUNS:
        raise AppError(f"{numbers[0]} seeds make no group.", f"Give 2 to {training.MOST_RUNS}.")
    return tuple(range(first, first + numbers[0]))


@verb("preview", one_of=either_or())
@click.argument("dataset", metavar="DATASET")
@recipe_options
@click.option("--out", type=FILE, required=True, metavar="FOLDER", help="the folder to write")
def preview_verb(settings: Settings, out: Path, **recipe: Any) -> Any:
    """
    `out, samples [{file, kind, image, image_file, width, height, objects, smallest_px, largest_px}]`: the first 8
    training samples, augmented and plain, with boxes; sizes in network px
    """
    if recipe["batch"] == AUTO:
        raise AppError("preview cannot search for a batch.", "Give a number, or run preflight to find one.")
    plan = training.plan_run(settings, request_of(**recipe))
    with progress_bar() as progress:
        samples = training.save_preview(settings, plan, out, progress)
    return {"out": str(out), "samples": samples}


@verb("preflight", one_of=either_or())
@click.argument("dataset", metavar="DATASET")
@recipe_options
def preflight_verb(settings: Settings, **recipe: Any) -> Any:
    """
    `preflight, device, batch, batch_source` (why this batch; "" if it was given)`, iterations, learning_rate,
    peak_mib, memory_mib` (of the device)`, step_s, worst_step_s, picture_s` (an image in evaluation)`,
    checkpoint_mib, disk_free_mib, seconds, finish` (Unix seconds, if the run started now)`, trials [{batch, fits,
    peak_mib, step_s, why}], warnings, images_without_objects {background, unlabelled}` (those in a split, and
    those left out of training and evaluation)
    """
    request = request_of(**recipe)
    without_objects = training.plan_run(settings, request).data.without_objects
    return _check(settings, request, recipe["batch"]).to_json() | {"images_without_objects": without_objects}


def _with_checked_batch(settings: Settings, batch: int | str | None, request: TrainRequest) -> TrainRequest:
    """The request, with the largest batch that fits for `--batch auto`."""
    return training.with_batch(request, _check(settings, request, batch)) if batch == AUTO else request


def _check(settings: Settings, request: TrainRequest, batch: int | str | None) -> Preflight:
    with progress_bar() as progress:
        is_auto = batch == AUTO
        return training.run_preflight(settings, request, progress, is_auto, actor=actor_of(settings))


@verb("group")
@click.argument("group", metavar="ID")
@click.option("--wait", is_flag=True, help="wait until every run has ended")
def group_verb(settings: Settings, group: str, wait: bool) -> Outcome:
    """
    `group, name, kind (seeds, folds, images or sweep), of, origin, dataset, created, ended, runs [{run, name, label,
    phase, iteration, of_iterations, best {iteration, ap, ap50}, last {ap, ap50}}], best {ap {values, mean, deviation},
    ap50}, last {ap, ap50}` (the same of the last evaluation; deviation: of the sample, null for fewer than two
    values)`, notes`
    """
    return _group_outcome(settings, group, wait)


def _group_outcome(settings: Settings, key: str, wait: bool) -> Outcome:
    if not wait:
        return group_outcome(training.describe_group(settings, key), wait)
    with progress_bar() as progress:
        return group_outcome(training.wait_for_group(settings, key, progress), wait)
