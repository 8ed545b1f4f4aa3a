"""Models to train and to evaluate: the catalogue and custom Detectron2 models.

For a custom model, models/<id>/ of the workspace holds its `given.yaml` and weights unchanged, `given.json` (title,
class names, the weights' file name and sha256) and `facts.json`, which the worker wrote when it examined the model.
"""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NotRequired, TypedDict, TypeVar

from core.actor import Actor, KnownActor, actor_json
from core.errors import AppError, ConflictError, DamagedFileError, NotFoundError
from core.files import check_regular, write_json
from core.progress import Progress, say_nothing
from core.records import Damage, damaged, read_as
from core.settings import Settings
from core.storage_errors import writing
from core.training.launch.worker_verb import run_worker_verb
from core.training.recipe.bundled_weights import BUNDLED_LICENSE, starter_file
from core.training.recipe.model_catalogue import MODELS, Model, find_model
from core.training.recipe.zoo_files import ZOO_LICENSE
from core.workspace.layout import Layout
from core.workspace.names import check_name
from core.workspace.registry import Entry, Registry, new_id

_SUFFIXES: Final = (".pth", ".pkl")
_CONFIG_BYTES: Final = 200_000
_BLOCK: Final = 2**22
# Importing torch and Detectron2, building the largest model and reading its weights takes half a minute.
_TIMEOUT_S: Final = 600.0


_T = TypeVar("_T")


class _Description(TypedDict):
    weights: str
    sha256: str
    actor: NotRequired[KnownActor]


class _Examined(TypedDict):
    model: Model


class _Refused(TypedDict):
    message: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedModel:
    """A custom model with a file that cannot be read."""

    id: str
    name: str
    created: float
    damage: Damage


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomModel:
    """A custom model: `model` is in the form of the catalogue, `weights` is the path of its weights file."""

    id: str
    name: str
    created: float
    model: Model
    weights: Path
    sha256: str  # of the weights, hex
    actor: Actor | None = None  # who added it

    @property
    def folder(self) -> Path:
        """Its folder in the workspace."""
        return self.weights.parent


def add_model(
    settings: Settings,
    config: Path,
    weights: Path,
    name: str,
    classes: tuple[str, ...] = (),
    progress: Progress = say_nothing,
    *,
    actor: Actor,
) -> CustomModel:
    """Add a Detectron2 model (config.yaml and weights) to the workspace after the worker has examined it.

    Args: classes, names by class index; empty if the files name them. Raises AppError for missing files or an unusable
    model, ConflictError for a taken name. Keeps nothing then.
    """
    registry = Registry(settings)
    name = name.strip()
    check_name(name, "model")
    _check_files(config, weights, settings.limits.weights_bytes)
    if name in {entry.name for entry in registry.all("model")} | {model.key for model in MODELS}:
        raise ConflictError(f"There already is a model {name!r}.", "Give another name.")
    key = new_id("m")
    folder = registry.layout.folder("model", key)
    with writing(folder):
        folder.mkdir(parents=True)
    try:
        progress(0.1, "copying")
        with writing(folder):
            shutil.copyfile(config, folder / "given.yaml")
        kept = folder / f"weights{weights.suffix}"
        description = {"title": name, "classes": list(classes), "weights": kept.name, "sha256": _copy(weights, kept)}
        write_json(folder / "given.json", {**description, "actor": actor.to_json()})
        progress(0.3, "examining the model")
        _examine(folder)
        registry.add("model", key, name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return find_custom_model(settings, key)


def find_custom_model(settings: Settings, ref: str) -> CustomModel:
    """The custom model with this id or name. Raises NotFoundError, DamagedFileError."""
    registry = Registry(settings)
    return _open(registry.layout, registry.find("model", ref))


def custom_models(settings: Settings) -> list[CustomModel]:
    """The usable custom models, newest first."""
    return [model for model in _all(settings) if isinstance(model, CustomModel)]


def damaged_models(settings: Settings) -> list[DamagedModel]:
    """The custom models with an unreadable file, newest first."""
    return [model for model in _all(settings) if isinstance(model, DamagedModel)]


def _all(settings: Settings) -> list[CustomModel | DamagedModel]:
    registry, models = Registry(settings), list[CustomModel | DamagedModel]()
    for entry in registry.all("model"):
        try:
            models.append(_open(registry.layout, entry))
        except DamagedFileError as error:
            models.append(DamagedModel(id=entry.id, name=entry.name, created=entry.created, damage=Damage.of(error)))
    return models


def _open(layout: Layout, entry: Entry) -> CustomModel:
    folder = layout.folder("model", entry.id)
    stored, model = _part(folder / "given.json", _Description), _part(folder / "facts.json", _Examined)["model"]
    return CustomModel(
        id=entry.id,
        name=entry.name,
        created=entry.created,
        model=model,
        weights=folder / Path(stored["weights"]).name,
        sha256=stored["sha256"],
        actor=stored.get("actor"),
    )


def _part(path: Path, form: type[_T]) -> _T:
    """Read a file of a model. A registered model had all its files, so a missing file is damage."""
    try:
        return read_as(path, form)
    except FileNotFoundError:
        raise damaged(path, "it is missing") from None


def find_any_model(settings: Settings, ref: str) -> tuple[Model, CustomModel | None]:
    """A catalogue model by key, or a custom model by id or name. Raises RecipeError, which lists the models."""
    try:
        return find_model(ref), None
    except AppError:
        try:
            custom = find_custom_model(settings, ref)
        except NotFoundError:
            pass
        else:
            return custom.model, custom
        raise


def list_models(settings: Settings) -> list[dict[str, Any]]:
    """The catalogue and the custom models as JSON values (docs/cli.md). AP 0 to 1, parameters in millions."""
    return [_row(model, "catalogue") for model in MODELS] + [
        _row(custom.model, "own", custom.actor) if isinstance(custom, CustomModel) else _damaged_row(custom)
        for custom in _all(settings)
    ]


def describe_model(settings: Settings, ref: str) -> dict[str, Any]:
    """One entry of `list_models`. Raises RecipeError for an unknown model."""
    model, custom = find_any_model(settings, ref)
    return _row(model, "own", custom.actor) if custom else _row(model, "catalogue")


def weights_sources(model: Model) -> list[str]:
    """The kinds of weights that a model can start from, best first."""
    pretrained = [
        *(["own"] if model.is_own else []),
        *(["zoo"] if model.has_zoo_weights else []),
        *(["starter"] if starter_file(model.key) else []),
        *(["imagenet"] if model.has_imagenet_weights else []),
    ]
    return [*pretrained, "random", "run", "file"]


def _license_of(model: Model) -> str | None:
    """The license of a model's published or bundled weights; None for a custom model."""
    if model.is_own:
        return None
    return ZOO_LICENSE if model.has_zoo_weights else BUNDLED_LICENSE


def _row(model: Model, kind: str, actor: Actor | None = None) -> dict[str, Any]:
    return {
        "model": model.key,
        "title": model.title,
        "kind": kind,
        "task": model.task,
        "parameters": model.parameters,
        "coco_ap": model.coco_ap,
        "coco_mask_ap": model.mask_ap,
        "memory": model.memory,
        "input": model.test_size,
        "weights": weights_sources(model),
        "classes": list(model.classes),
        "actor": actor_json(actor),
        "damaged": None,
        "license": _license_of(model),
        "series": model.series or None,
        "coco_epochs": model.coco_epochs or None,
    }


def _damaged_row(model: DamagedModel) -> dict[str, Any]:
    unknown = ("task", "parameters", "coco_ap", "coco_mask_ap", "memory", "input", "weights", "classes", "actor")
    row = {"model": model.id, "title": model.name, "kind": "own"}
    later = dict.fromkeys(("license", "series", "coco_epochs"))
    return {**row, **dict.fromkeys(unknown), "damaged": model.damage.to_json(), **later}


def _check_files(config: Path, weights: Path, most_bytes: int) -> None:
    for path in (config, weights):
        try:
            check_regular(path, "Give the files that Detectron2 wrote.")
        except NotFoundError as error:
            raise NotFoundError(f"There is no file {path} on this server.", "Check the path.") from error
    if config.stat().st_size > _CONFIG_BYTES:
        raise AppError(f"{config.name} is longer than 200 kB.", "Give the config.yaml that Detectron2 wrote.")
    if weights.suffix not in _SUFFIXES:
        raise AppError(f"{weights.name} is no weights file by its name.", "Give a .pth or .pkl file of Detectron2.")
    if weights.stat().st_size > most_bytes:
        raise AppError(f"{weights.name} is larger than {most_bytes / 1e6:,.0f} MB.", "Give the weights alone.")


def _copy(source: Path, target: Path) -> str:
    """Copy the file and return its sha256. A link would change if the source is changed in place."""
    digest = hashlib.sha256()
    with writing(target, lambda: source.stat().st_size), source.open("rb") as reader, target.open("wb") as writer:
        while block := reader.read(_BLOCK):
            digest.update(block)
            writer.write(block)
    return digest.hexdigest()


def _examine(folder: Path) -> None:
    try:
        run_worker_verb(
            "examine",
            folder,
            writes=folder / "facts.json",
            timeout_s=_TIMEOUT_S,
            failure="The model could not be examined",
            remedy="Is there enough memory? Else run `make setup` again.",
        )
    except AppError as error:
        raise _refusal(folder) or error from error.__cause__


def _refusal(folder: Path) -> AppError | None:
    """The error that the worker recorded for the model; None if it recorded none."""
    path = folder / "refused.json"
    if not path.is_file():
        return None
    document = read_as(path, _Refused)
    return AppError(document["message"], document["remedy"])
