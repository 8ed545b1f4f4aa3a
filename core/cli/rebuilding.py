"""The verb that mends damaged files of the workspace."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from core.services.rebuilding import rebuild
from core.settings import Settings


def add_verb(verb: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Declare the verb of this file."""
    words = "Make damaged files of a run, evaluation, data set or own model anew, as far as others tell what they held."
    verb("rebuild", words).add_argument("id", metavar="ID")


def _rebuild(settings: Settings, given: Namespace) -> Any:
    return rebuild(settings, given.id).to_json()


VERBS: dict[str, Callable[[Settings, Namespace], Any]] = {"rebuild": _rebuild}
