"""The options that make a recipe, for the verbs that need one, and the preview."""

import argparse
from argparse import Namespace
from pathlib import Path
from typing import Any

from core.cli import groups, preflights
from core.cli.progress import progress_bar
from core.cli.values import pairs, whole_numbers, yaml_value
from core.errors import AppError
from core.services import training
from core.services.training import repeat_run, train_on_everything
from core.settings import Settings
from core.training.recipe.presets import PRESETS
from core.training.recipe.recipe import CLIPS

_SWITCH = {"on": True, "off": False}
# What may stand beside --like: all else is the recipe.
_BESIDE_LIKE = ("like", "everything", "name", "seed", "wait")


def add_recipe_options(parser: argparse.ArgumentParser) -> None:
    """Declare every option that changes a recipe; what is left out stays with the preset and its rules."""
    parser.add_argument("--preset", choices=tuple(preset.key for preset in PRESETS), default="")
    parser.add_argument("--model", default="")
    parser.add_argument("--weights", default="", help="zoo, starter, own, random, a file, or a run")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=float)
    length.add_argument("--iterations", type=int)
    batch_help = "pictures an iteration; auto: the largest that fits (train and preflight)"
    parser.add_argument("--batch", type=preflights.batch_of, metavar="N|auto", help=batch_help)
    parser.add_argument("--lr", type=float, help="default: follows the batch size")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--input-sizes", default="", metavar="PX,PX", help="short side in training, one at random")
    parser.add_argument("--test-size", type=int, metavar="PX", help="short side in validation and use")
    parser.add_argument("--augment", action="append", default=[], metavar="KEY=VALUE", help="e.g. scale=0.3")
    parser.add_argument("--balance", type=float, help="show classes on a smaller share of the pictures more often")
    parser.add_argument("--background-share", type=float, help="of the pictures shown, 0 to 0.9")
    parser.add_argument("--frozen", type=int, metavar="STAGES", help="frozen stages of the backbone")
    parser.add_argument("--patience", type=int, help="evaluations without a better AP before it stops; 0: never")
    parser.add_argument("--ema", type=float, help="use averaged weights, of which so much stays; e.g. 0.998; 0: off")
    parser.add_argument("--clip", choices=CLIPS, help="how gradients are bounded")
    parser.add_argument("--clip-at", type=float, help="their bound")
    parser.add_argument("--devices", type=int, metavar="N", help="GPUs of one machine; on the CPU, processes")
    parser.add_argument("--mixed-precision", choices=tuple(_SWITCH), help="default: on GPUs and CPUs with bfloat16")
    parser.add_argument("--workers", type=int, help="processes that prepare pictures; default: by cores and memory")
    parser.add_argument("--checkpoint-every", type=float, metavar="S", help="seconds between checkpoints; default: 120")
    parser.add_argument(
        "--keep-every", type=int, metavar="N", help="keep the checkpoint of each Nth iteration; 0: none"
    )
    parser.add_argument("--retries", type=int, metavar="N", help="new tries by itself where that is safe; default: 2")
    parser.add_argument("--hang-after", type=float, metavar="S", help="seconds without a step; default: 300; 0: never")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a Detectron2 key")


def request_of(given: Namespace) -> training.TrainRequest:
    """The request that the options stand for. Raises AppError for a value that is none."""
    return training.TrainRequest(
        dataset=given.dataset,
        preset=given.preset,
        model=given.model,
        weights=given.weights,
        epochs=given.epochs,
        iterations=given.iterations,
        batch=preflights.number_of(given),
        lr=given.lr,
        seed=given.seed,
        input_sizes=whole_numbers(given.input_sizes, "--input-sizes"),
        test_size=given.test_size,
        strengths=pairs(given.augment, "--augment", "KEY=VALUE"),
        balance=given.balance,
        background_share=given.background_share,
        frozen_stages=given.frozen,
        patience=given.patience,
        ema=given.ema,
        clip=given.clip,
        clip_at=given.clip_at,
        mixed_precision=_SWITCH.get(given.mixed_precision),
        devices=given.devices,
        data_workers=given.workers,
        checkpoint_every_s=given.checkpoint_every,
        keep_every=given.keep_every,
        retries=given.retries,
        hang_after_s=given.hang_after,
        overrides={key: yaml_value(value) for key, value in pairs(given.set, "--set", "KEY=VALUE").items()},
        name=getattr(given, "name", ""),
    )


def add_train(parser: argparse.ArgumentParser) -> None:
    """Declare the verb `train`."""
    parser.add_argument("dataset", metavar="DATASET", nargs="?", default="")
    add_recipe_options(parser)
    parser.add_argument("--like", default="", metavar="RUN", help="again with its recipe and data; with --seed another")
    parser.add_argument("--everything", action="store_true", help="with --like: on all splits, without validation")
    groups.add_train_options(parser)
    parser.add_argument("--name", default="")
    parser.add_argument("--wait", action="store_true")


def start(settings: Settings, given: Namespace) -> str:
    """Start the run that the options stand for; its id. Raises AppError, also for options that --like rules out."""
    if not given.like:
        return training.start_run(settings, train_request(settings, given))
    parser = argparse.ArgumentParser()
    add_train(parser)
    untouched = vars(parser.parse_args([]))
    changed = [name for name, value in untouched.items() if getattr(given, name) != value and name not in _BESIDE_LIKE]
    if changed:
        words = ", ".join(f"--{name.replace('_', '-')}" if name != "dataset" else "DATASET" for name in changed)
        raise AppError(f"--like takes the recipe as it is; {words} would change it.", "Leave one of the two out.")
    if given.everything:
        if given.seed is not None:
            raise AppError("--everything takes the seed of the run.", "Leave --seed out.")
        return train_on_everything(settings, given.like, given.name)
    return repeat_run(settings, given.like, given.name, given.seed)


def train_request(settings: Settings, given: Namespace) -> training.TrainRequest:
    """The request of `train`, with the batch looked for where asked to. Raises AppError without a data set."""
    if not given.dataset or given.everything:
        raise AppError("train wants DATASET, or --like RUN with or without --everything.", "Give one of the two.")
    return preflights.with_found_batch(settings, given, request_of(given))


def add_preflight(parser: argparse.ArgumentParser) -> None:
    """Declare the verb `preflight`."""
    parser.add_argument("dataset", metavar="DATASET")
    add_recipe_options(parser)


def preflight(settings: Settings, given: Namespace) -> Any:
    """What a check of the training that the options stand for measured."""
    return preflights.show(settings, given, request_of(given))


def add_preview(parser: argparse.ArgumentParser) -> None:
    """Declare the verb `preview`."""
    parser.add_argument("dataset", metavar="DATASET")
    add_recipe_options(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")


def preview(settings: Settings, given: Namespace) -> Any:
    """The first samples of the training that the options stand for, written as pictures."""
    plan = training.plan_run(settings, request_of(given))
    with progress_bar() as progress:
        samples = training.save_preview(settings, plan, given.out, progress)
    return {"out": str(given.out), "samples": samples}
