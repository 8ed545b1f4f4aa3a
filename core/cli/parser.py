"""The verbs and their options, as docs/cli.md lists them."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from core.cli import (
    advice,
    boxes,
    comparing,
    groups,
    models,
    queueing,
    rebuilding,
    recipes,
    reports,
    run_keeping,
    seals,
    slices,
    suspects,
    thresholds,
)
from core.errors import AppError
from core.training.metrics.log_search import LEVELS
from core.version import app_version

_AddVerb = Callable[[str, str], argparse.ArgumentParser]


class _Parser(argparse.ArgumentParser):
    """Argparse, with a wrong argument as the user's mistake that the contract wants instead of its own exit."""

    def error(self, message: str) -> NoReturn:
        raise AppError(f"{self.prog}: {message}.", f"Usage: {self.format_usage().removeprefix('usage: ').strip()}")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments of one command. Raises AppError for wrong ones; exits 0 after `--help`."""
    return build_parser().parse_args(argv)


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = _Parser(prog="python -m core", description="Detdesk from the command line; see docs/cli.md.")
    parser.add_argument("--workspace", type=Path, metavar="DIR", help="default: DETDESK_WORKSPACE, else ./workspace")
    parser.add_argument("--version", action="version", version=f"Detdesk {app_version()}")
    common = _Parser(add_help=False)
    common.add_argument("--json", action="store_true", help="one JSON document on standard output")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, help_text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, parents=[common], help=help_text, description=help_text)

    _data_verbs(verb)
    models.add_verbs(verb)
    _run_verbs(verb)
    run_keeping.add_verbs(verb)
    rebuilding.add_verb(verb)
    groups.add_verbs(verb)
    queueing.add_verbs(verb)
    _log_verb(verb)
    _repair_verb(verb)
    _evaluate_verb(verb)
    thresholds.add_verb(verb)
    seals.add_verb(verb)
    comparing.add_verbs(verb)
    suspects.add_verb(verb)
    slices.add_verb(verb)
    advice.add_verb(verb)
    reports.add_verb(verb)
    boxes.add_verb(verb)
    return parser


def _data_verbs(verb: _AddVerb) -> None:
    demo = verb("demo", "Make the demo data set as a folder of pictures and labels.")
    demo.add_argument("out", type=Path, metavar="OUT")
    demo.add_argument("--images", type=int, default=200)
    demo.add_argument("--seed", type=int, default=0)
    demo.add_argument("--size", type=int, default=320, help="side of a picture in px")
    demo.add_argument("--faults", action="store_true", help="plant known label faults")

    _source_options(verb("inspect", "Say what is in a folder or archive, and what is wrong with it."))

    importing = verb("import", "Import a folder or archive as a data set version.")
    _source_options(importing)
    importing.add_argument("--name", default="", help="default: the folder's name; a taken name gets a new version")
    importing.add_argument("--split", default="", metavar="70/15/15|source", help="default: source if it has splits")
    importing.add_argument("--seed", type=int, default=0)
    importing.add_argument("--group", choices=("none", "folder", "stem", "duplicates"), default="none")
    importing.add_argument("--empty", choices=("background", "unlabelled"), default="background")
    importing.add_argument("--map", action="append", default=[], metavar="OLD=NEW", help="rename or merge; OLD= drops")
    importing.add_argument("--leave-out", choices=("blocked",), help="leave out what findings block")

    verb("datasets", "List the data sets.")
    one = verb("dataset", "Show one data set with its versions.")
    one.add_argument("dataset", metavar="ID")


def _source_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, metavar="PATH")
    parser.add_argument("--format", default="auto")
    parser.add_argument("--coordinates", default="auto")
    parser.add_argument("--names", default="", metavar="A,B,C", help="class names by index")


def _run_verbs(verb: _AddVerb) -> None:
    recipes.add_train(verb("train", "Start a training run in the background."))
    recipes.add_preflight(verb("preflight", "Check a training on its device: memory, times, and the largest batch."))
    recipes.add_preview(verb("preview", "Write the first training pictures of a recipe, as the model will see them."))
    verb("runs", "List the runs.").add_argument("--archived", action="store_true", help="those put away too")
    for name, help_text in (
        ("run", "Show one run."),
        ("stop", "Stop a run; a checkpoint is written."),
        ("kill", "End a run at once."),
        ("resume", "Go on from the last checkpoint."),
    ):
        one = verb(name, help_text)
        one.add_argument("run", metavar="ID")
        if name != "run":
            one.add_argument("--wait", action="store_true")


def _log_verb(verb: _AddVerb) -> None:
    log = verb("log", "Show the end of a run's log, or what is looked for in it.")
    log.add_argument("run", metavar="RUN")
    log.add_argument("--lines", type=int, default=200, help="how many at most, the last ones")
    log.add_argument("--search", default="", metavar="TEXT", help="only lines with this text, in any case")
    log.add_argument("--regex", action="store_true", help="TEXT is a regular expression (RE2)")
    log.add_argument("--level", choices=LEVELS, default="info", help="this one and worse")


def _repair_verb(verb: _AddVerb) -> None:
    repair = verb("repair", "Start a run that failed again, changed so that it works.")
    repair.add_argument("run", metavar="ID")
    repair.add_argument("--dry-run", action="store_true", help="only say what would be changed")
    repair.add_argument("--wait", action="store_true")


def _evaluate_verb(verb: _AddVerb) -> None:
    evaluate = verb("evaluate", "Evaluate a run's checkpoint, an own model, or any detector's COCO results or CSV.")
    evaluate.add_argument("run", metavar="RUN", nargs="?", default="")
    evaluate.add_argument("--model", default="", metavar="ID", help="an own model, instead of RUN")
    evaluate.add_argument("--split", choices=("train", "val", "test", "all"), default="")
    evaluate.add_argument("--dataset", default="", metavar="OTHER")
    evaluate.add_argument("--checkpoint", default="best", metavar="best|last|N")
    evaluate.add_argument("--score", type=float, help="score threshold, 0 to 1; default: the one stored with the run")
    evaluate.add_argument("--iou", type=float, default=0.5, help="IoU that counts as found, 0 to 1")
    evaluate.add_argument("--mirrored", action="store_true", help="judge pictures mirrored too (slower)")
    evaluate.add_argument("--repair", default="", metavar="CAUSE,…", help="say what AP would be without these mistakes")
    evaluate.add_argument("--truth", type=Path, metavar="FILE", help="COCO ground truth")
    evaluate.add_argument("--detections", type=Path, metavar="FILE", help="COCO results, or CSV (.csv, .tsv, .txt)")
    evaluate.add_argument("--images", type=Path, metavar="DIR", help="folder of the pictures")
