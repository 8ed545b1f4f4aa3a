"""The verbs about models: the catalogue, and models that somebody brings."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.cli.progress import progress_bar
from core.services import models as own_models
from core.settings import Settings

# As text; all of it would be wider than a terminal.
COLUMNS = ("model", "title", "kind", "parameters", "coco_ap", "coco_mask_ap", "memory")

_AddVerb = Callable[[str, str], argparse.ArgumentParser]


def add_verbs(verb: _AddVerb) -> None:
    """Declare the verbs of this file."""
    verb("models", "List the models that can be trained: the catalogue and your own.")
    adding = verb("model-add", "Bring a Detectron2 model: its config.yaml and weights.")
    adding.add_argument("--config", type=Path, required=True, metavar="FILE", help="config.yaml as Detectron2 wrote it")
    adding.add_argument("--weights", type=Path, required=True, metavar="FILE", help=".pth or .pkl")
    adding.add_argument("--name", required=True)
    adding.add_argument("--classes", default="", metavar="A,B,C", help="by class index; default: as the files say")


def models(settings: Settings, _given: Namespace) -> list[dict[str, Any]]:
    """The document of `models`."""
    return own_models.list_models(settings)


def add(settings: Settings, given: Namespace) -> dict[str, Any]:
    """The document of `model-add`: the new model as `models` lists it."""
    classes = tuple(name.strip() for name in given.classes.split(",")) if given.classes else ()
    with progress_bar() as progress:
        own = own_models.add_model(settings, given.config, given.weights, given.name, classes, progress)
    return own_models.describe_model(settings, own.id)
