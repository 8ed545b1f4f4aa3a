"""What the user asks of a training, and where its weights come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from core.errors import NotFoundError, RecipeError
from core.files import check_regular
from core.services.runs import summary as run_state
from core.services.runs.control import run_folder
from core.settings import Settings
from core.training.recipe.augmentation import with_strengths
from core.training.recipe.build import Changes
from core.training.recipe.presets import Preset
from core.training.recipe.recipe import Augmentation, Recipe, Weights
from core.training.run.checkpoints import find_checkpoint

_SUFFIXES: Final = (".pth", ".pkl")


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """A training as asked for; "" and None leave the choice to the preset and its rules.

    `dataset`, a run as `weights` and an own model as `model` are given by id or name, other models by their key.
    `weights`: zoo (published), starter (bundled), own (of an own model), random, the path of a .pth or .pkl file on the
    server, or a run (its best checkpoint). Sizes in px, `lr` for the whole batch; `iterations` rules over `epochs`.
    """

    dataset: str
    version: str = ""
    preset: str = ""
    model: str = ""
    weights: str = ""
    epochs: float | None = None
    iterations: int | None = None
    batch: int | None = None
    lr: float | None = None
    seed: int | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    augmentation: Augmentation | None = None
    strengths: Mapping[str, str] = field(default_factory=dict)  # fields of the augmentation, as written
    input_sizes: tuple[int, ...] | None = None
    input_max: int | None = None
    test_size: int | None = None
    evaluate_every: int | None = None
    patience: int | None = None
    frozen_stages: int | None = None
    keep_background: bool | None = None
    data_workers: int | None = None
    balance: float | None = None
    background_share: float | None = None
    clip: str | None = None
    clip_at: float | None = None
    mixed_precision: bool | None = None
    keep_every: int | None = None  # iterations; 0: keep best and last only
    checkpoint_every_s: float | None = None
    devices: int | None = None  # GPUs of one machine; on the CPU, processes
    ema: float | None = None
    retries: int | None = None  # new tries by itself after a failure where that is safe
    hang_after_s: float | None = None  # 0: never


@dataclass(frozen=True, slots=True)
class WeightsSource:
    """Resolved weights: `file` is where they lie now (None for zoo and random), `recipe` that of an earlier run."""

    weights: Weights
    file: Path | None = None
    recipe: Recipe | None = None


def find_weights(settings: Settings, given: str) -> WeightsSource | None:
    """The weights that a request names; None where it leaves the choice. Raises AppError for what is not there."""
    text = given.strip()
    if not text:
        return None
    if text in ("zoo", "starter", "random", "own"):
        return WeightsSource(Weights(text))
    if names_file(text):
        return WeightsSource(Weights("file", str(_weights_file(text))), _weights_file(text))
    return _of_run(settings, text)


def names_file(weights: str) -> bool:
    """Whether the weights of a request are the path of a file on the server, and no run or source."""
    return "/" in weights or weights.strip().endswith(_SUFFIXES)


def changes_of(request: TrainRequest, preset: Preset, source: WeightsSource | None) -> Changes:
    """The request as changes to a preset. A model that goes on from an earlier run keeps that run's input sizes."""
    augmentation = request.augmentation
    if request.strengths:
        augmentation = with_strengths(augmentation or preset.augmentation, request.strengths)
    earlier = source.recipe if source and not request.model and request.input_sizes is None else None
    return Changes(
        model=request.model or (source.recipe.model if source and source.recipe else None),
        weights=source.weights if source else None,
        epochs=request.epochs,
        iterations=request.iterations,
        batch=request.batch,
        learning_rate=request.lr,
        seed=request.seed,
        augmentation=augmentation,
        input_sizes=earlier.input_sizes if earlier else request.input_sizes,
        input_max=request.input_max or (earlier.input_max if earlier else None),
        test_size=request.test_size or (earlier.test_size if earlier else None),
        evaluate_every=request.evaluate_every,
        patience=request.patience,
        frozen_stages=request.frozen_stages,
        keep_background=request.keep_background,
        data_workers=request.data_workers,
        balance=request.balance,
        background_share=request.background_share,
        clip=request.clip,
        clip_at=request.clip_at,
        mixed_precision=request.mixed_precision,
        keep_every=request.keep_every,
        retries=request.retries,
        hang_after_s=request.hang_after_s,
        checkpoint_every_s=request.checkpoint_every_s,
        devices=request.devices,
        ema=request.ema,
        overrides=dict(request.overrides),
    )


def _weights_file(text: str) -> Path:
    gone = NotFoundError(f"There is no weights file {text} on this server.", "Check the path.")
    try:
        path = Path(text).expanduser().resolve()
    # A home of nobody; a null byte; links that lead in a circle.
    except (RuntimeError, ValueError, OSError) as error:
        raise gone from error
    if path.suffix not in _SUFFIXES:
        raise RecipeError(f"{path.name} is no weights file by its name.", "Give a .pth or .pkl file of Detectron2.")
    try:
        check_regular(path, "Give a .pth or .pkl file of Detectron2.")
    except NotFoundError as error:
        raise gone from error
    return path


def _of_run(settings: Settings, ref: str) -> WeightsSource:
    folder = run_folder(settings, ref)
    checkpoint = find_checkpoint(folder, "best")
    if checkpoint is None:
        raise RecipeError(f"Run {ref!r} has no checkpoint yet.", "Wait for its first one, or choose other weights.")
    return WeightsSource(Weights("run", folder.root.name), checkpoint.path, run_state.read_recipe(folder))
