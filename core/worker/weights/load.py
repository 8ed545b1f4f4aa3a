"""Loads the weights that training starts from, from the model zoo, a file or an earlier run, by name and shape.

`LoadReport` has the outcome of each tensor. A run keeps it as weights.json.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from detectron2.checkpoint import DetectionCheckpointer
from detectron2.data.datasets.builtin_meta import COCO_CATEGORIES

from core.errors import AppError
from core.settings import Limits
from core.training.recipe.bundled_weights import IMAGENET_ORIGIN, WeightsOrigin, starter_file
from core.training.recipe.recipe import Recipe, model_of
from core.training.recipe.zoo_files import noted_sha256, zoo_origin
from core.training.run.job import Job
from core.worker.weights.class_heads import Fitted, fit_classes, spread_over_stages
from core.worker.weights.imagenet import read_imagenet_weights
from core.worker.weights.model_zoo import OTHER_WEIGHTS, Cancelled, Tell, Zoo, fetch
from core.worker.weights.reader import read_weights
from core.worker.weights.tensor_groups import group_of, table_of

_NAMED_CLASSES = 6


@dataclass(slots=True, kw_only=True)
class LoadReport:
    """The outcome of each tensor, by name, and of each part of the model (`core.worker.weights.tensor_groups`)."""

    source: str
    loaded: list[str] = field(default_factory=list)
    resized: list[str] = field(default_factory=list)  # rows of shared classes loaded, the others random
    reinitialised: list[str] = field(default_factory=list)  # random, because classes or shape in the file differ
    missing: list[str] = field(default_factory=list)  # in the model only
    ignored: list[str] = field(default_factory=list)  # in the file only
    groups: list[dict[str, Any]] = field(default_factory=list)
    origins: list[dict[str, str]] = field(default_factory=list)  # of weights that others trained: words, license, hash

    def as_dict(self) -> dict[str, Any]:
        """The content of weights.json."""
        return asdict(self)


class _Checkpointer(DetectionCheckpointer):
    """Detectron2's loading by name and shape, which keeps its report instead of logging it."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__(model, save_to_disk=False)
        self.incompatible: Any = None

    def load_from(self, content: dict[str, Any]) -> None:
        """Loads the content that `read_weights` returned."""
        self.incompatible = self._load_model(content)


def load_start_weights(
    model: torch.nn.Module, recipe: Recipe, job: Job, tell: Tell = lambda _: None, cancelled: Cancelled = lambda: False
) -> LoadReport:
    """Loads the recipe's weights into the model and reports the outcome of each tensor.

    `tell` gets the progress of a download in words. Raises AppError if the file is missing or holds no weights, or if
    the zoo's host cannot be reached; DownloadStoppedError if `cancelled` became true during a download.
    """
    kind, classes = recipe.weights.kind, list(job.classes)
    if kind == "random":
        missing = sorted(model.state_dict())
        return LoadReport(source="random", missing=missing, groups=table_of({"missing": missing}, {}))
    if kind == "zoo":
        entry = model_of(recipe)
        if not entry.weights:
            raise AppError(f"{entry.title} has no published weights.", OTHER_WEIGHTS)
        zoo = Zoo(host=job.zoo, cache=job.weights_cache, most_bytes=Limits().weights_bytes)
        file = fetch(zoo, entry.weights, entry.cached_weights, tell, cancelled)
        return _load(model, file.name, read_weights(file), classes, _coco(), [zoo_origin(entry, noted_sha256(file))])
    if kind in ("starter", "imagenet"):
        return _load_bundled(model, kind, recipe, classes)
    if job.weights_file is None:
        raise AppError(f"The weights of {kind} {recipe.weights.value!r} are missing.", OTHER_WEIGHTS)
    return load_weights(model, job.weights_file, classes, model_of(recipe).classes if kind == "own" else None)


def load_weights(
    model: torch.nn.Module, path: Path, classes: Sequence[str], of_classes: Sequence[str] | None = None
) -> LoadReport:
    """Loads a file's tensors by name if their shape fits.

    Args: classes, those of the model; of_classes, those of the file if it does not name them. Class-specific tensors
    take over the rows of classes that file and model share; their other rows stay random. Each stage of a cascade takes
    the single box head of another model.
    """
    return _load(model, path.name, read_weights(path), classes, of_classes)


def _load_bundled(model: torch.nn.Module, kind: str, recipe: Recipe, classes: Sequence[str]) -> LoadReport:
    """Loads the weights that come along. Starter weights do not include a backbone that starts from ImageNet."""
    starter = starter_file(recipe.model) if kind == "starter" else None
    if kind == "starter" and starter is None:
        raise AppError(f"There are no starter weights for the model {recipe.model!r}.", OTHER_WEIGHTS)
    content: dict[str, Any] = read_weights(starter) if starter else {"model": {}}
    source, origins = starter.name if starter else "", []
    if model_of(recipe).has_imagenet_weights:
        content["model"] = {**content["model"], **read_imagenet_weights()["model"]}
        source = f"{source} and ImageNet weights" if source else "ImageNet weights"
        origins = [IMAGENET_ORIGIN]
    # Starter weights were trained on drawn shapes, so their classes mean nothing to the data set.
    return _load(model, source, content, classes, [], origins)


def _load(
    model: torch.nn.Module,
    source: str,
    content: dict[str, Any],
    classes: Sequence[str],
    of_classes: Sequence[str] | None,
    origins: Sequence[WeightsOrigin] = (),
) -> LoadReport:
    tensors: dict[str, torch.Tensor] = content["model"]
    spread_over_stages(tensors, model.state_dict())
    theirs = of_classes if of_classes == [] else _named(content.get("classes")) or of_classes
    fitted = Fitted() if theirs is None else fit_classes(tensors, model.state_dict(), theirs, classes)
    checkpointer = _Checkpointer(model)
    checkpointer.load_from(content)
    report = _report(source, model, checkpointer.incompatible, fitted, len(theirs or []))
    return replace(report, origins=[asdict(origin) for origin in origins])


def _named(classes: Any) -> list[str] | None:
    """The class names in a checkpoint; None if it has none."""
    return [str(name) for name in classes] if isinstance(classes, list | tuple) else None


def _report(source: str, model: torch.nn.Module, incompatible: Any, fitted: Fitted, of_classes: int) -> LoadReport:
    reshaped = {name: (tuple(theirs), tuple(mine)) for name, theirs, mine in incompatible.incorrect_shapes}
    missing = set(incompatible.missing_keys) - set(reshaped) - set(fitted.foreign)
    loaded = set(model.state_dict()) - set(incompatible.missing_keys)
    if not loaded:
        raise AppError(f"No tensor of {source} fits the model.", "Choose the weights of the same kind of model.")
    fates = {
        "loaded": sorted(loaded - set(fitted.resized)),
        "resized": sorted(loaded & set(fitted.resized)),
        "reinitialised": sorted({*reshaped, *fitted.foreign}),
        "missing": sorted(missing),
        "ignored": sorted(incompatible.unexpected_keys),
    }
    # The weight sorts after its bias and replaces its note, because its shape says more.
    notes = {group_of(name): f"{theirs} in the file, {mine} here" for name, (theirs, mine) in sorted(reshaped.items())}
    notes |= {group_of(name): _class_note(fitted, of_classes) for name in (*fitted.resized, *fitted.foreign)}
    return LoadReport(source=source, **fates, groups=table_of(fates, notes))


def _class_note(fitted: Fitted, of_classes: int) -> str:
    if not fitted.shared:
        return f"none of the file's {of_classes} classes is one of yours" if of_classes else "of other classes"
    more = len(fitted.shared) - _NAMED_CLASSES
    names = ", ".join(fitted.shared[:_NAMED_CLASSES]) + (f" and {more} more" if more > 0 else "")
    return f"{len(fitted.shared)} of the file's {of_classes} classes taken over: {names}"


def _coco() -> list[str]:
    return [str(category["name"]) for category in COCO_CATEGORIES if category["isthing"]]
