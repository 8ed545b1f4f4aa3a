"""The verbs about models: the catalogue and custom models."""

from pathlib import Path
from typing import Any

import click

from core.cli.actor import actor_of
from core.cli.declaring import FILE, verb
from core.cli.outcome import Outcome, listed
from core.cli.progress import progress_bar
from core.cli.values import names_of
from core.settings import Settings

# core.services.models has no lazy exports: importing it loads pandas, which `--help` does not need.


@verb("models")
def models_verb(settings: Settings) -> Outcome:
    """
    list of `model, title, kind (catalogue or own), task, parameters (millions), coco_ap, coco_mask_ap, memory,
    input (px), weights [sources], classes, actor` (who added it; null in the catalogue)`, license` (of its published
    or bundled weights; null if it has none)`, series` (models that differ in their weights alone; null)`, coco_epochs`
    """
    from core.services import models

    rows = models.list_models(settings)
    # These columns fit a terminal.
    return listed(rows, "model", "title", "kind", "parameters", "coco_ap", "coco_mask_ap", "memory", "license")


@verb("weights")
@click.argument("model", metavar="[MODEL]", default="")
def weights_verb(settings: Settings, model: str) -> Outcome:
    """
    `models, titles, address, file` (where it goes)`, bytes` (null if not known)`, about_bytes, sha256` ("" if not
    known)`, md5_starts, license, state (missing, there, whole, doubtful or broken), words`; without MODEL: a list of
    all, unchecked (`there` for a file of the right size)
    """
    from core.services import zoo_weights

    if model:
        checked = zoo_weights.check_weights(settings, model)
        return Outcome(document=checked.to_json())
    rows = [file.to_json() for file in zoo_weights.weights_files(settings)]
    return listed(rows, "models", "file", "about_bytes", "state")


@verb("model-add")
@click.option("--config", type=FILE, required=True, metavar="FILE", help="config.yaml as Detectron2 wrote it")
@click.option("--weights", type=FILE, required=True, metavar="FILE", help=".pth or .pkl")
@click.option("--name", required=True)
@click.option("--classes", default="", metavar="A,B,C", help="names by class index; default: as the files say")
def model_add_verb(settings: Settings, config: Path, weights: Path, name: str, classes: str) -> Any:
    """the new entry of `models`"""
    from core.services import models

    with progress_bar() as progress:
        added = models.add_model(
            settings, config, weights, name, names_of(classes) or (), progress, actor=actor_of(settings)
        )
    return models.describe_model(settings, added.id)
