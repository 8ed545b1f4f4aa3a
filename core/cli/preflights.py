"""The check before a training on the command line: its verb, and `--batch auto`."""

import argparse
from argparse import Namespace
from typing import Any

from core.cli.progress import progress_bar
from core.errors import AppError
from core.services.training import Preflight, TrainRequest, run_preflight, with_batch
from core.settings import Settings

AUTO = "auto"


def batch_of(text: str) -> int | str:
    """The value of --batch. Raises argparse's error for what is neither a number nor `auto`."""
    if text == AUTO:
        return AUTO
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number of pictures nor {AUTO}")
    return int(text)


def number_of(given: Namespace) -> int | None:
    """The batch as a number. Raises AppError where it is to be looked for by a verb that does not do so."""
    if given.batch == AUTO and given.verb not in ("train", "preflight"):
        raise AppError(f"{given.verb} cannot look for a batch.", "Give a number, or ask preflight for it.")
    return None if given.batch == AUTO else given.batch


def with_found_batch(settings: Settings, given: Namespace, request: TrainRequest) -> TrainRequest:
    """The request with the largest batch that fits, where `--batch auto` asks for it."""
    return with_batch(request, _check(settings, given, request)) if given.batch == AUTO else request


def show(settings: Settings, given: Namespace, request: TrainRequest) -> Any:
    """What the check of the request measured."""
    return _check(settings, given, request).to_json()


def _check(settings: Settings, given: Namespace, request: TrainRequest) -> Preflight:
    with progress_bar() as progress:
        return run_preflight(settings, request, progress, auto_batch=given.batch == AUTO)
