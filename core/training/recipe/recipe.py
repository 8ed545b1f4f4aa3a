"""Every knob of a training run, as one frozen value that is stored with the run. Light; no torch."""

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Final

from core.records import read_record
from core.shapes import Bounds, ShapeError, built
from core.training.recipe.model_catalogue import Model, find_model

# How gradients can be bounded: each value, or all of a tensor together (Detectron2's SOLVER.CLIP_GRADIENTS).
CLIPS: Final = ("value", "norm", "off")
# Detectron2's key; here it means that a picture is judged in all of `Recipe.looks` (core.worker.inference.tta).
TEST_TIME_AUGMENTATION: Final = "TEST.AUG.ENABLED"
# What a killed worker loses at most.
CHECKPOINT_EVERY_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Random changes of a training picture; 0 or False switches one off.

    Colour strengths are relative: brightness 0.2 draws a factor from 0.8 to 1.2. Hue is a share of the circle.
    """

    flip_horizontal: bool = True
    flip_vertical: bool = False
    quarter_turns: bool = False  # by 0, 90, 180 or 270 degrees; boxes stay tight
    rotation_deg: float = 0.0
    scale: float = 0.0  # 0.2 draws a zoom from 0.8 to 1.2
    crop: float = 0.0  # the share of each side that may be cut away
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0


@dataclass(frozen=True, slots=True)
class Look:
    """One way in which a picture is judged: mirrored or not, then turned counter-clockwise by so many quarters."""

    turns: int = 0
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Weights:
    """Where training starts.

    Kind `zoo` (published), `starter` (bundled), `random`, `file` (value: path), `run` (value: run id, its best
    checkpoint), `own` (those that an own model was brought with).
    """

    kind: str = "random"
    value: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One complete recipe. Sizes in px, counts in iterations unless said otherwise."""

    preset: str
    model: str  # a key of core.training.recipe.model_catalogue, or the id of an own model
    weights: Weights
    iterations: int
    batch: Annotated[int, Bounds(1)]  # pictures an iteration, over all devices
    learning_rate: float
    warmup: int
    decay_at: tuple[int, ...]
    input_sizes: tuple[int, ...]  # the short side in training, one drawn at random
    input_max: int  # cap of the long side
    test_size: int  # the short side in validation and use
    augmentation: Augmentation = field(default_factory=Augmentation)
    seed: int = 1
    evaluate_every: int = 0  # 0: only at the end
    checkpoint_every_s: float = CHECKPOINT_EVERY_S
    patience: int = 0  # evaluations without a better AP before stopping; 0: never
    keep_background: bool = True
    frozen_stages: int = 0  # Detectron2's MODEL.BACKBONE.FREEZE_AT
    data_workers: int = 0
    overrides: dict[str, Any] = field(default_factory=dict)  # Detectron2 key -> value, applied last
    own: Model | None = None  # a model that is not in the catalogue, complete
    retries: int = 2  # how often the worker may try again by itself, where core.training.failures.table says it is safe
    hang_after_s: float = 300.0  # without an iteration or a judged picture, a run counts as hung; 0: never
    pictures_ahead: int = 0  # shown beyond iteration × batch, from before a repair made the batch smaller
    # Which pictures are shown how often: core.training.recipe.sampling.
    balance: float = 0.0  # classes on a smaller share of the pictures than this are shown more often; 0: as they are
    background_share: float | None = None  # of the pictures shown, those without objects; None: as they are
    clip: str = "value"  # bound gradients by "value" or by "norm"; "off": not
    clip_at: float = 1.0
    mixed_precision: bool | None = None  # None: on a GPU, and on a CPU that has bfloat16
    devices: Annotated[int, Bounds(1)] = 1  # GPUs of one machine, a process each; on the CPU, processes
    ema: float = 0.0  # use the running average of the weights, of which so much stays at an iteration; 0: off

    # What core.training.recipe.extension has done to it.
    extended_at: int = 0  # iterations finished when it got more; patience counts from there
    rate_until: int = 0  # the learning rate follows its schedule up to here and then stays; 0: up to the end
    keep_every: int = 0  # iterations between checkpoints that are kept besides best and last; 0: none

    @property
    def looks(self) -> tuple[Look, ...]:
        """The ways in which every picture is judged; more than one with test-time augmentation.

        Mirrored, and turned by what training turned pictures by: a picture upside down is a vertical flip, mirrored.
        """
        if not self.overrides.get(TEST_TIME_AUGMENTATION):
            return (Look(),)
        turned = (
            (0, 2, 1, 3) if self.augmentation.quarter_turns else (0, 2) if self.augmentation.flip_vertical else (0,)
        )
        return tuple(Look(turns, mirrored) for turns in turned for mirrored in (False, True))

    def to_json(self) -> dict[str, Any]:
        """The recipe as JSON values."""
        return asdict(self)


def with_mirrored_look(recipe: Recipe) -> Recipe:
    """The recipe with test-time augmentation."""
    return replace(recipe, overrides={**recipe.overrides, TEST_TIME_AUGMENTATION: True})


def model_of(recipe: Recipe) -> Model:
    """The recipe's model. Raises RecipeError where neither the recipe nor the catalogue has it."""
    return recipe.own or find_model(recipe.model)


def recipe_from_json(document: dict[str, Any]) -> Recipe:
    """The recipe that `to_json` wrote. Raises ShapeError for a field that is missing, unknown or of another type."""
    # Another file's field can be left alone; a setting that is not known here would train another model.
    if unknown := sorted(document.keys() - Recipe.__slots__):
        raise ShapeError(f"field {unknown[0][:80]!r} is not known; a later version may have written it")
    return built(Recipe, document)


def read_recipe(path: Path) -> Recipe:
    """The recipe in a file. Raises FileNotFoundError, DamagedFileError (also for a model that is not known)."""

    def made(document: dict[str, Any]) -> Recipe:
        recipe = recipe_from_json(document)
        if not recipe.input_sizes:
            raise ShapeError("field 'input_sizes' is empty")
        model_of(recipe)
        return recipe

    return read_record(path, made)
