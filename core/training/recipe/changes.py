"""The user's changes to a preset, from the form, the command line or an earlier recipe."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from core.errors import RecipeError
from core.training.recipe.augmentation import check_augmentation
from core.training.recipe.norm_statistics import CHOICES, usual_statistics
from core.training.recipe.plain_settings import PlainSettings
from core.training.recipe.presets import Preset
from core.training.recipe.recipe import Augmentation, Recipe, Weights, model_of
from core.training.recipe.setting import Setting, setting, settings_of

_MOST_ITERATIONS: Final = 10_000_000
_WEIGHTS_SUFFIXES: Final = (".pth", ".pkl")
_C = TypeVar("_C")


def _unset_by_default(cls: type[_C]) -> type[_C]:
    """Gives the inherited settings the default None before `dataclass` reads them."""
    for field in dataclasses.fields(PlainSettings):
        cls.__annotations__[field.name] = field.type
        setattr(cls, field.name, dataclasses.field(default=None, metadata=field.metadata))
    return cls


@dataclass(frozen=True, slots=True, kw_only=True)
@_unset_by_default
class RecipeChanges(PlainSettings[None]):
    """The user's overrides of a preset. None keeps the preset's value or rule.

    This class has the settings that follow from others and inherits the plain ones. Sizes are in px.
    """

    model: str | None = setting(
        help_text="a model of the catalogue by its key, a custom model by id or name", rule="the preset's"
    )
    weights: Weights | None = setting(
        help_text="zoo, starter, imagenet, own, random, a .pth or .pkl file, or a run (its best checkpoint)",
        rule="the best there are",
    )
    epochs: float | None = setting(
        help_text="how often every image is seen", rule="the preset's", limits=(0.01, 10_000), either_or="length"
    )
    iterations: int | None = setting(  # takes precedence over epochs
        help_text="steps of one batch each", rule="the preset's", limits=(1, _MOST_ITERATIONS), either_or="length"
    )
    batch: int | None = setting(
        help_text="images an iteration, over all devices; auto: the largest that fits (train and preflight)",
        rule="the preset's",
        metavar="N|auto",
        limits=(1, 1024),
        unit="images an iteration",
    )
    learning_rate: float | None = setting(
        help_text="for the whole batch", option="--lr", rule="follows the batch size", limits=(1e-9, 10)
    )
    input_sizes: tuple[int, ...] | None = setting(
        help_text="short side in training, one drawn at random; e.g. 480,640", rule="the model's", metavar="PX,PX"
    )
    input_max: int | None = setting(
        help_text="the most px on the long side",
        rule="follows the input sizes",
        metavar="PX",
        limits=(32, 8192),
        unit="px on the long side",
    )
    test_size: int | None = setting(
        help_text="short side in validation and use",
        rule="the largest of the input sizes",
        metavar="PX",
        limits=(32, 4096),
        unit="px on the short side",
    )
    evaluate_every: int | None = setting(
        help_text="iterations between evaluations",
        rule="follows the length",
        metavar="N",
        limits=(1, _MOST_ITERATIONS),
        unit="iterations between evaluations",
    )
    frozen_stages: int | None = setting(
        help_text="frozen stages of the backbone",
        option="--frozen",
        rule="the preset's; 0 from random weights",
        metavar="STAGES",
        limits=(0, 5),
    )
    norm_statistics: str | None = setting(
        help_text="of batch norm: frozen as in the weights, or measured on each batch",
        option="--norms",
        rule="frozen below 8 images a device",
        choices=CHOICES,
    )
    augmentation: Augmentation | None = None
    strengths: Mapping[str, str] = setting(  # changes of `augmentation`, as written
        help_text="a strength of the augmentation, e.g. scale=0.3; may be repeated",
        option="--augment",
        rule="the preset's",
        metavar="KEY=VALUE",
        default_factory=dict,
    )
    overrides: Mapping[str, Any] = setting(
        help_text="a Detectron2 key, applied last; may be repeated",
        option="--set",
        rule="the preset's",
        metavar="KEY=VALUE",
        default_factory=dict,
    )


SETTINGS: Final = settings_of(RecipeChanges)


def check_changes(changes: RecipeChanges) -> None:
    """Raises RecipeError for the first value outside its limits or choices, and names its setting."""
    for entry in SETTINGS:
        value = getattr(changes, entry.name)
        if value is not None:
            _check(entry, value)
    if changes.input_sizes is not None:
        _check_sizes(changes.input_sizes)
    if changes.augmentation is not None:
        check_augmentation(changes.augmentation)


def plain_values(preset: Preset, changes: RecipeChanges) -> dict[str, Any]:
    """The fields of `PlainSettings` for a recipe: the user's values, else the preset's, else the defaults."""
    asked = {field.name: getattr(changes, field.name) for field in dataclasses.fields(PlainSettings)}
    usual = {field.name: getattr(preset, field.name, field.default) for field in dataclasses.fields(PlainSettings)}
    return {name: usual[name] if value is None else value for name, value in asked.items()}


def changes_to(recipe: Recipe) -> RecipeChanges:
    """The changes that make this recipe from its preset.

    Leaves out the data workers, which depend on the machine, norm statistics that follow from the batch, and values
    that a user cannot set (a run without evaluations).
    """
    names = {entry.name: entry for entry in SETTINGS if hasattr(recipe, entry.name)}
    values = {name: getattr(recipe, name) for name in names if name != "data_workers"}
    if recipe.norm_statistics == usual_statistics(
        model_of(recipe), recipe.weights.kind, recipe.batch // recipe.devices
    ):
        del values["norm_statistics"]
    askable = {name: value for name, value in values.items() if value is not None and _is_within(names[name], value)}
    return RecipeChanges(**askable, augmentation=recipe.augmentation)


def weights_from_text(text: str) -> Weights | None:
    """The weights in a user's text: a source, a file's path, or a run's id or name; None for ""."""
    name = text.strip()
    if name in ("zoo", "starter", "imagenet", "random", "own"):
        return Weights(kind=name)
    if "/" in name or name.endswith(_WEIGHTS_SUFFIXES):
        return Weights(kind="file", value=name)
    return Weights(kind="run", value=name) if name else None


def _check(entry: Setting, value: Any) -> None:
    words = entry.name.replace("_", " ")
    if entry.choices and value not in entry.choices:
        raise RecipeError(f"The setting {words} cannot be {value!r}.", f"Choose one of: {', '.join(entry.choices)}.")
    if entry.limits and not _is_within(entry, value):
        low, high = entry.limits
        raise RecipeError(f"{value} {entry.unit} cannot be trained with.", f"Choose between {low:g} and {high:g}.")


def _is_within(entry: Setting, value: Any) -> bool:
    return entry.limits is None or bool(entry.limits[0] <= value <= entry.limits[1])


def _check_sizes(sizes: tuple[int, ...]) -> None:
    if not sizes or len(sizes) > 64 or not all(32 <= size <= 4096 for size in sizes):
        raise RecipeError(f"Input sizes {list(sizes)} cannot be trained with.", "Give 1 to 64 sizes of 32 to 4096 px.")
