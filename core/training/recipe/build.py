"""How a recipe follows from a preset, the data and the user's changes. Light; no torch."""

import math
from dataclasses import dataclass, field
from typing import Any, Final

from core.errors import RecipeError
from core.training.recipe.augmentation import check_augmentation
from core.training.recipe.model_catalogue import Model, find_model
from core.training.recipe.presets import Preset
from core.training.recipe.recipe import CHECKPOINT_EVERY_S, CLIPS, Augmentation, Recipe, Weights
from core.training.recipe.sampling import MOST_BACKGROUND
from core.training.recipe.starter_weights import starter_file

# As Recipe has them; each new try begins the training's set-up anew, so more would hide what is wrong.
_MOST_RETRIES: Final = 2
# Well beyond the slowest step of the largest model on a CPU.
_HANG_AFTER_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Changes:
    """What the user wants otherwise than the preset has it; None leaves a knob to the preset and its rules."""

    model: str | None = None
    own: Model | None = None  # an own model, which rules over `model`
    weights: Weights | None = None
    epochs: float | None = None
    iterations: int | None = None  # rules over epochs
    batch: int | None = None
    learning_rate: float | None = None  # None: follows the batch size
    seed: int | None = None
    augmentation: Augmentation | None = None
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
    keep_every: int | None = None
    checkpoint_every_s: float | None = None
    devices: int | None = None
    ema: float | None = None
    retries: int | None = None
    hang_after_s: float | None = None
    overrides: dict[str, Any] = field(default_factory=dict)


def make_recipe(preset: Preset, pictures: int, changes: Changes | None = None) -> Recipe:
    """The preset's recipe for a training split of `pictures` pictures, with the user's changes.

    Warm-up, decay and evaluations follow the length; the learning rate follows the batch size (linear rule) unless it
    is given. Raises RecipeError for a number that makes no sense.
    """
    asked = changes or Changes()
    _check(asked)
    model = asked.own or find_model(asked.model or preset.model)
    weights = asked.weights or _weights_of(model)
    batch = asked.batch or preset.batch
    iterations = _iterations(preset, asked, pictures, batch)
    scratch = weights.kind in ("random", "starter")
    base_rate = preset.scratch_learning_rate if scratch else preset.learning_rate
    return Recipe(
        preset=preset.key,
        model=model.key,
        weights=weights,
        iterations=iterations,
        batch=batch,
        learning_rate=asked.learning_rate or base_rate * batch / preset.batch,
        warmup=round(iterations * preset.warmup),
        decay_at=_decay(preset, iterations),
        augmentation=asked.augmentation or preset.augmentation,
        seed=1 if asked.seed is None else asked.seed,
        evaluate_every=asked.evaluate_every or math.ceil(iterations / preset.evaluations),
        patience=preset.patience if asked.patience is None else asked.patience,
        frozen_stages=_frozen(preset, asked, scratch),
        keep_background=asked.keep_background is not False,
        data_workers=asked.data_workers or 0,
        overrides={**_overrides(preset, model), **asked.overrides},
        balance=asked.balance or 0.0,
        background_share=asked.background_share,
        clip=asked.clip or "value",
        clip_at=asked.clip_at or 1.0,
        keep_every=asked.keep_every or 0,
        retries=_MOST_RETRIES if asked.retries is None else asked.retries,
        hang_after_s=_HANG_AFTER_S if asked.hang_after_s is None else asked.hang_after_s,
        checkpoint_every_s=asked.checkpoint_every_s or CHECKPOINT_EVERY_S,
        mixed_precision=asked.mixed_precision,
        ema=preset.ema if asked.ema is None else asked.ema,
        devices=asked.devices or 1,
        own=asked.own,
        **_sizes(model, asked),
    )


def iterations_for(epochs: float, pictures: int, batch: int) -> int:
    """The iterations in which every picture is seen `epochs` times; at least 1."""
    return max(1, math.ceil(epochs * pictures / batch))


def epochs_for(iterations: int, pictures: int, batch: int) -> float:
    """How often every picture is seen in so many iterations; 0 without pictures."""
    return iterations * batch / pictures if pictures else 0.0


def _weights_of(model: Model) -> Weights:
    """The best weights that a model of the catalogue can start from."""
    if model.has_zoo_weights:
        return Weights("zoo")
    return Weights("starter" if starter_file(model.key) else "random")


def _iterations(preset: Preset, asked: Changes, pictures: int, batch: int) -> int:
    if asked.iterations:
        return asked.iterations
    if asked.epochs:
        return iterations_for(asked.epochs, pictures, batch)
    if preset.iterations:
        # As many pictures are shown as the preset means, whatever the batch size.
        return max(1, round(preset.iterations * preset.batch / batch))
    low, high = preset.bounds
    return min(max(iterations_for(preset.epochs, pictures, batch), low), high)


def _decay(preset: Preset, iterations: int) -> tuple[int, ...]:
    """The iterations at which the rate falls; in a run of a few they would meet its beginning or end, and are none."""
    return tuple(at for share in preset.decay_at if 0 < (at := round(iterations * share)) < iterations)


def _frozen(preset: Preset, asked: Changes, scratch: bool) -> int:
    if asked.frozen_stages is not None:
        return asked.frozen_stages
    return 0 if scratch else preset.frozen_stages


def _overrides(preset: Preset, model: Model) -> dict[str, Any]:
    return {**preset.overrides, **(preset.model_overrides if model.key == preset.model else {})}


def _sizes(model: Model, asked: Changes) -> dict[str, Any]:
    """Input sizes: the model's own, or those asked for; a test size that is not given follows the largest of them."""
    sizes = asked.input_sizes or model.input_sizes
    test = asked.test_size or (max(sizes) if asked.input_sizes else model.test_size)
    ratio = model.input_max / model.test_size
    longest = asked.input_max or (round(ratio * max(*sizes, test)) if asked.input_sizes else model.input_max)
    return {"input_sizes": tuple(sizes), "input_max": longest, "test_size": test}


def _check(asked: Changes) -> None:
    """Refuse numbers outside of what can run, by name."""
    bounds: dict[str, tuple[float, float, str]] = {
        "epochs": (0.01, 10_000, "epochs"),
        "iterations": (1, 10_000_000, "iterations"),
        "batch": (1, 1024, "pictures an iteration"),
        "learning_rate": (1e-9, 10, "learning rate"),
        "seed": (0, 2**31 - 1, "seed"),
        "input_max": (32, 8192, "px on the long side"),
        "test_size": (32, 4096, "px on the short side"),
        "evaluate_every": (1, 10_000_000, "iterations between evaluations"),
        "patience": (0, 1000, "evaluations of patience"),
        "keep_every": (0, 10_000_000, "iterations between kept checkpoints"),
        "checkpoint_every_s": (1, 86_400, "seconds between checkpoints"),
        "retries": (0, _MOST_RETRIES, "new tries by itself"),
        "hang_after_s": (0, 86_400, "seconds until a run counts as hung"),
        "ema": (0, 0.99999, "as the share of averaged weights that stays"),
        "frozen_stages": (0, 5, "frozen stages"),
        "data_workers": (0, 64, "data workers"),
        "devices": (1, 64, "devices"),
        "balance": (0, 1, "as the share of pictures below which a class is shown more often"),
        "background_share": (0, MOST_BACKGROUND, "as the share of background pictures"),
        "clip_at": (1e-6, 1e6, "as the bound of gradients"),
    }
    for name, (low, high, words) in bounds.items():
        value = getattr(asked, name)
        if value is not None and not low <= value <= high:
            raise RecipeError(f"{value} {words} cannot be trained with.", f"Choose between {low:g} and {high:g}.")
    if asked.input_sizes is not None:
        _check_sizes(asked.input_sizes)
    if asked.clip is not None and asked.clip not in CLIPS:
        raise RecipeError(f"Gradients cannot be clipped by {asked.clip!r}.", f"Choose one of: {', '.join(CLIPS)}.")
    if asked.augmentation is not None:
        check_augmentation(asked.augmentation)


def _check_sizes(sizes: tuple[int, ...]) -> None:
    if not sizes or len(sizes) > 64 or not all(32 <= size <= 4096 for size in sizes):
        raise RecipeError(f"Input sizes {list(sizes)} cannot be trained with.", "Give 1 to 64 sizes of 32 to 4096 px.")
