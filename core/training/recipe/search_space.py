"""The settings that a sweep may change, their ranges, and a recipe with such values.

Every value is a number: a switch is 0 or 1. The sweep's runs have one length and one batch, so that they can be
compared; these, the seed and settings of the machine cannot be swept.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from core.errors import RecipeError
from core.training.recipe.augmentation import check_augmentation
from core.training.recipe.changes import RecipeChanges, check_changes
from core.training.recipe.recipe import Recipe

MOST_SETTINGS: Final = 5
MOST_TRIALS: Final = 200
USUAL_TRIALS: Final = 30
USUAL_SEEDS: Final = 3  # of the check of the best
_MOST_CHOICES: Final = 12
_STEP_PX: Final = 32
INPUT_SIZE: Final = "input_size"  # the largest short side in training; the other sizes keep their ratio to it
# Ratios count, not differences: twice the rate is as far as half of it.
_BY_RATIO: Final = ("learning_rate", "clip_at")
_STRENGTHS: Final = ("scale", "crop", "rotation_deg", "brightness", "contrast", "saturation", "hue")
_SWITCHES: Final = ("flip_horizontal", "flip_vertical", "quarter_turns")
_PLAIN: Final = ("learning_rate", "ema", "frozen_stages", "balance", "clip_at")
_WHOLE: Final = ("frozen_stages", INPUT_SIZE)
SWEPT: Final = ("learning_rate", "ema", "frozen_stages", INPUT_SIZE, *_STRENGTHS, *_SWITCHES, "balance", "clip_at")
_TITLES: Final = {INPUT_SIZE: "input size", "ema": "averaged weights (EMA)", "rotation_deg": "rotation (degrees)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The values of a setting that a sweep may try: `choices`, or if empty everything from `low` to `high`."""

    name: str  # of SWEPT
    low: float = 0.0
    high: float = 0.0
    choices: tuple[float, ...] = ()

    @property
    def by_ratio(self) -> bool:
        """Whether values are drawn and shown on a logarithmic axis."""
        return self.name in _BY_RATIO

    @property
    def words(self) -> str:
        """The span as it is written: `0.001..0.01`, `0,0.99,0.998`."""
        if self.choices:
            return ",".join(f"{value:g}" for value in self.choices)
        return f"{self.low:g}..{self.high:g}"

    def to_json(self) -> dict[str, Any]:
        """The span in files and on the command line."""
        return asdict(self)


def title_of(name: str) -> str:
    """The setting in words."""
    return _TITLES.get(name, name.replace("_", " "))


def value_of(recipe: Recipe, name: str) -> float:
    """The recipe's value of a setting of SWEPT."""
    if name == INPUT_SIZE:
        return float(max(recipe.input_sizes))
    owner = recipe if name in _PLAIN else recipe.augmentation
    return float(getattr(owner, name))


def with_values(recipe: Recipe, values: Mapping[str, float]) -> Recipe:
    """The recipe with these settings. Raises RecipeError for a value outside the setting's limits."""
    plain: dict[str, Any] = {name: value for name, value in values.items() if name in _PLAIN}
    if "frozen_stages" in plain:
        plain["frozen_stages"] = round(plain["frozen_stages"])
    strengths: dict[str, Any] = {name: values[name] for name in _STRENGTHS if name in values}
    strengths |= {name: values[name] >= 0.5 for name in _SWITCHES if name in values}
    augmentation = replace(recipe.augmentation, **strengths)
    sizes = _sizes(recipe, values[INPUT_SIZE]) if INPUT_SIZE in values else {}
    check_augmentation(augmentation)
    check_changes(RecipeChanges(**plain, **sizes))
    return replace(recipe, **plain, **sizes, augmentation=augmentation)


def usual_span(recipe: Recipe, name: str) -> Span:
    """The span around the recipe's value that is tried if the user names none. Raises RecipeError as `check_name`."""
    check_name(name)
    value = value_of(recipe, name)
    if name in _BY_RATIO:
        return Span(name=name, low=_short(value / 4), high=_short(value * 4))
    if name == INPUT_SIZE:
        sizes = {_STEP_PX * round(value * ratio / _STEP_PX) for ratio in (0.75, 1.0, 1.25)}
        return with_base(Span(name=name, choices=tuple(float(size) for size in sorted(sizes))), recipe)
    if name in _SWITCHES:
        return Span(name=name, choices=(0.0, 1.0))
    if name == "frozen_stages":
        return with_base(Span(name=name, choices=(0.0, 1.0, 2.0, 3.0)), recipe)
    if name == "ema":
        return with_base(Span(name=name, choices=(0.0, 0.99, 0.998)), recipe)
    if name == "balance":
        return with_base(Span(name=name, choices=(0.0, 0.1, 0.3)), recipe)
    return with_base(Span(name=name, low=0.0, high={"rotation_deg": 20.0, "hue": 0.05}.get(name, 0.4)), recipe)


def read_span(text: str, recipe: Recipe) -> Span:
    """The span of `learning_rate=0.001..0.01`, `ema=0,0.998`, or `ema` alone (the usual one).

    It always holds the recipe's value, because that is what others are compared with. Raises RecipeError.
    """
    name, _, written = text.partition("=")
    name = name.strip().replace("-", "_")
    if not written.strip():
        return usual_span(recipe, name)
    check_name(name)
    low, dots, high = written.partition("..")
    if dots:
        span = Span(name=name, low=_number(low, text), high=_number(high, text))
        if name in (*_WHOLE, *_SWITCHES):
            raise RecipeError(f"{text!r}: {title_of(name)} takes single values.", f"Write e.g. {name}=1,2.")
        if span.low >= span.high:
            raise RecipeError(f"{text!r} is no range.", "Write the smaller number first.")
    else:
        values = {_number(part, text) for part in written.split(",") if part.strip()}
        if name in _WHOLE and any(value != round(value) for value in values):
            raise RecipeError(f"{text!r}: {title_of(name)} takes whole numbers.", f"Write e.g. {name}=1,2.")
        span = Span(name=name, choices=tuple(sorted(values)))
    return with_base(span, recipe)


def read_spans(texts: Iterable[str], recipe: Recipe) -> tuple[Span, ...]:
    """The spans of a sweep, each setting once. Raises RecipeError for none, too many, or a value outside its limits."""
    spans = tuple(read_span(text, recipe) for text in texts)
    names = [span.name for span in spans]
    if not 1 <= len(spans) <= MOST_SETTINGS:
        raise RecipeError(f"A sweep over {len(spans)} settings is not possible.", f"Choose 1 to {MOST_SETTINGS}.")
    if len(set(names)) < len(names):
        raise RecipeError(f"{', '.join(names)}: a setting is named twice.", "Name each once.")
    for span in spans:
        for value in span.choices or (span.low, span.high):
            with_values(recipe, {span.name: value})
        if len(span.choices) == 1:
            raise RecipeError(f"{span.words} is all there is of {title_of(span.name)}.", "Give other values, too.")
    return spans


def with_base(span: Span, recipe: Recipe) -> Span:
    """The span, made wide enough for the recipe's value. Raises RecipeError for too many choices."""
    value = value_of(recipe, span.name)
    if span.choices or (not span.low and not span.high):
        choices = tuple(sorted({*span.choices, value}))
        if len(choices) > _MOST_CHOICES:
            raise RecipeError(
                f"{len(choices)} values of {title_of(span.name)} are too many.", f"Give up to {_MOST_CHOICES}."
            )
        return replace(span, choices=choices)
    if span.by_ratio and span.low <= 0:
        raise RecipeError(f"{title_of(span.name)} of {span.low:g} cannot be trained with.", "Begin above 0.")
    return replace(span, low=min(span.low, value), high=max(span.high, value))


def combinations(spans: Sequence[Span]) -> int | None:
    """How many combinations of values there are; None if a span is continuous."""
    return math.prod(len(span.choices) for span in spans) if all(span.choices for span in spans) else None


def check_name(name: str) -> None:
    """Raises RecipeError for a setting that cannot be swept."""
    if name not in SWEPT:
        raise RecipeError(f"{name!r} cannot be swept.", f"Choose from: {', '.join(SWEPT)}.")


def words_of_values(values: Mapping[str, float]) -> str:
    """The values of a trial: `learning rate 0.02, scale 0.3`."""
    return ", ".join(f"{title_of(name)} {value_words(name, value)}" for name, value in values.items())


def value_words(name: str, value: float) -> str:
    """One value: three significant digits, a switch as on or off."""
    if name in _SWITCHES:
        return "on" if value >= 0.5 else "off"
    return f"{value:g}" if name in ("ema", *_WHOLE) else f"{value:.3g}"


def _sizes(recipe: Recipe, size: float) -> dict[str, Any]:
    """Input sizes, the cap and the test size, in the ratio that they had to the largest input size."""
    ratio = size / max(recipe.input_sizes)
    sizes = tuple(round(side * ratio) for side in recipe.input_sizes)
    return {
        "input_sizes": sizes,
        "input_max": round(recipe.input_max * ratio),
        "test_size": round(recipe.test_size * ratio),
    }


def _number(text: str, of: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise RecipeError(f"{text.strip()!r} in {of!r} is no number.", "Write e.g. learning_rate=0.001..0.01.")
    return value


def _short(value: float) -> float:
    """The value with three significant digits."""
    return float(f"{value:.3g}")
