"""Every setting of a training run, as one frozen value that is stored with the run."""

from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, Any, Final, Never

from core.records import read_record
from core.shapes import Bounds, ShapeError, built
from core.training.recipe.model_catalogue import Model, find_model
from core.training.recipe.plain_settings import PlainSettings

# Detectron2's key. Here it means that all of `Recipe.views` of an image are evaluated (core.worker.inference.tta).
TEST_TIME_AUGMENTATION: Final = "TEST.AUG.ENABLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """Random changes of a training image; 0 or False switches one off.

    Colour strengths are relative: brightness 0.2 draws a factor from 0.8 to 1.2. Hue is a share of the circle.
    """

    flip_horizontal: bool = True
    flip_vertical: bool = False
    quarter_turns: bool = False  # by 0, 90, 180 or 270 degrees; boxes stay tight
    rotation_deg: float = 0.0
    scale: float = 0.0  # 0.2 draws a zoom from 0.8 to 1.2
    crop: float = 0.0  # the share of each side that may be cropped
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A view of an image: mirrored or not, then rotated counter-clockwise by `turns` quarters."""

    turns: int = 0
    mirrored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Where training starts.

    Kind `zoo` (published), `starter` (bundled), `imagenet` (of the backbone alone, in a package), `random`, `file`
    (value: path), `run` (value: run id, its best checkpoint), `own` (those of the custom model).
    """

    kind: str = "random"
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe(PlainSettings[Never]):
    """A complete recipe. Sizes are in px, counts in iterations unless said otherwise.

    This class has the settings that follow from others and the fields of repairs and extensions. It inherits the plain
    settings.
    """

    preset: str
    model: str  # a key of core.training.recipe.model_catalogue, or the id of a custom model
    weights: Weights
    iterations: int
    batch: Annotated[int, Bounds(low=1)]  # images an iteration, over all devices
    learning_rate: float
    warmup: int
    decay_at: tuple[int, ...]
    input_sizes: tuple[int, ...]  # the short side in training, one drawn at random
    input_max: int  # cap of the long side
    test_size: int  # the short side in validation and use
    augmentation: Augmentation = field(default_factory=Augmentation)
    evaluate_every: int = 0  # 0: only at the end
    frozen_stages: int = 0  # Detectron2's MODEL.BACKBONE.FREEZE_AT
    norm_statistics: str | None = None  # core.training.recipe.norm_statistics; None: as the configuration says
    overrides: dict[str, Any] = field(default_factory=dict)  # Detectron2 key -> value, applied last
    own: Model | None = None  # a custom model, complete
    pictures_ahead: int = 0  # images shown beyond iteration × batch, because a repair reduced the batch

    # Fields of core.training.recipe.extension.
    extended_at: int = 0  # finished iterations at the extension; patience counts from there
    rate_until: int = 0  # the learning rate stays constant after this iteration; 0: it follows its schedule to the end

    @property
    def views(self) -> tuple[View, ...]:
        """The views of every image in evaluation; more than one with test-time augmentation.

        They are mirrored, and rotated by the angles used in training: a vertical flip is a mirrored half turn.
        """
        if not self.overrides.get(TEST_TIME_AUGMENTATION):
            return (View(),)
        rotations = (
            (0, 2, 1, 3) if self.augmentation.quarter_turns else (0, 2) if self.augmentation.flip_vertical else (0,)
        )
        return tuple(View(turns=turns, mirrored=mirrored) for turns in rotations for mirrored in (False, True))

    def to_json(self) -> dict[str, Any]:
        """The recipe as JSON values; the plain settings last."""
        values = asdict(self)
        plain = {setting.name: values.pop(setting.name) for setting in fields(PlainSettings)}
        return {**values, **plain}


def with_mirrored_view(recipe: Recipe) -> Recipe:
    """The recipe with test-time augmentation."""
    return replace(recipe, overrides={**recipe.overrides, TEST_TIME_AUGMENTATION: True})


def model_of(recipe: Recipe) -> Model:
    """The recipe's model. Raises RecipeError if neither the recipe nor the catalogue has it."""
    return recipe.own or find_model(recipe.model)


def recipe_from_json(document: dict[str, Any]) -> Recipe:
    """The recipe from the values of `to_json`. Raises ShapeError for a missing, unknown or mistyped field."""
    # Unlike in other files, an unknown field is refused: without that setting, another model would be trained.
    if unknown := sorted(document.keys() - {entry.name for entry in fields(Recipe)}):
        raise ShapeError(f"field {unknown[0][:80]!r} is not known; a later version may have written it")
    return built(Recipe, document)


def read_recipe(path: Path) -> Recipe:
    """The recipe in a file. Raises FileNotFoundError, DamagedFileError (also for an unknown model)."""

    def made(document: dict[str, Any]) -> Recipe:
        recipe = recipe_from_json(document)
        if not recipe.input_sizes:
            raise ShapeError("field 'input_sizes' is empty")
        if recipe.devices < 1:
            raise ShapeError(f"field 'devices' is {recipe.devices}, out of range")
        model_of(recipe)
        return recipe

    return read_record(path, made)
