"""The model that an evaluation runs: a run's checkpoint or a custom model."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from core.errors import AppError
from core.records import read_document
from core.training.recipe.build import make_recipe
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.model_catalogue import model_from_json
from core.training.recipe.presets import find_preset
from core.training.recipe.recipe import Recipe, Weights, read_recipe
from core.training.run.checkpoints import Checkpoint, list_checkpoints
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.worker.model.detectron import CfgNode, build
from core.worker.weights.load import load_weights


@dataclass(frozen=True, slots=True)
class Subject:
    """A model to evaluate. `title` is for the log; `notes` are sentences to keep with the result."""

    title: str
    recipe: Recipe
    classes: tuple[str, ...]
    weights: Path
    is_own: bool
    notes: list[str]

    def load(self, cfg: CfgNode) -> torch.nn.Module:
        """The model with its weights. Raises AppError if they do not fit it."""
        model = build(cfg)
        if self.is_own:
            load_weights(model, self.weights, self.classes, self.classes)
            return model
        content = torch.load(self.weights, map_location="cpu", weights_only=True)
        try:
            model.load_state_dict(content["model"])
        except (RuntimeError, KeyError) as error:
            raise AppError(
                f"{self.weights.name} of {self.title} does not fit the run's model.",
                "Its recipe was changed; train it again.",
            ) from error
        return model


def run_subject(run: RunFolder, wanted: Any) -> Subject:
    """A run's checkpoint by kind or iteration. Raises AppError if the run does not have it."""
    job = read_job(run)
    checkpoint, notes = _choose(run, wanted)
    title = f"iteration {checkpoint.iteration} of run {job.run}"
    return Subject(title, read_recipe(run.recipe), tuple(job.classes), checkpoint.path, is_own=False, notes=notes)


def custom_subject(folder: Path) -> Subject:
    """The custom model in a folder of the workspace (core.worker.commands.examine)."""
    model = model_from_json(read_document(folder / "facts.json")["model"])
    weights = folder / read_document(folder / "given.json")["weights"]
    recipe = make_recipe(find_preset("finetune"), 1, RecipeChanges(weights=Weights(kind="own")), custom=model)
    return Subject(f"model {model.key}", recipe, model.classes, weights, is_own=True, notes=[])


def _choose(run: RunFolder, wanted: Any) -> tuple[Checkpoint, list[str]]:
    """The checkpoint of this kind or iteration, and a note if another one replaces it."""
    checkpoints = list_checkpoints(run)
    for checkpoint in checkpoints:
        if str(wanted) in (checkpoint.kind, str(checkpoint.iteration)):
            return checkpoint, []
    if wanted == "best" and checkpoints:
        last = next(checkpoint for checkpoint in checkpoints if checkpoint.kind == "last")
        return last, ["The run has no best checkpoint, because validation never gave an AP. This is its last one."]
    existing = ", ".join(f"{saved.kind} (iteration {saved.iteration})" for saved in checkpoints) or "none yet"
    raise AppError(f"The run has no checkpoint {wanted!r}.", f"There are: {existing}.")
