"""The options of the command line for the settings of a recipe, made from their table.

What the options are is in `core.training.recipe.changes.SETTINGS`; nothing here names a setting, so that a new one has
its option, its help and its row in docs/cli.md at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, get_args, get_origin

import click

from core.cli.declaring import Words
from core.cli.values import pairs, whole_numbers, yaml_value
from core.services import training
from core.training.recipe.changes import SETTINGS, RecipeChanges, weights_from_text
from core.training.recipe.diff import plain_value
from core.training.recipe.presets import PRESETS
from core.training.recipe.recipe import Weights
from core.training.recipe.setting import Setting

# Using a name of a door imports its module, and `--help` needs none.
if TYPE_CHECKING:
    from core.services.training import TrainRequest

AUTO: Final = "auto"
# How a switch is written, for the option's choices.
SWITCH: Final = {"on": True, "off": False}


def is_repeated(setting: Setting) -> bool:
    """Whether the option may be given several times, each with one KEY=VALUE."""
    return get_origin(setting.type) is not None and get_args(setting.type)[-1] is not Ellipsis


def choices_of(setting: Setting) -> tuple[str, ...]:
    """The texts that the option takes; empty where it takes others too."""
    return tuple(SWITCH) if setting.type is bool else setting.choices


class _Batch(click.ParamType[int | str]):
    """A number of images, or `auto`: the check before a training can look for it."""

    name = "batch"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        if value == AUTO:
            return AUTO
        if not str(value).isdecimal():
            self.fail(f"{value!r} is neither a number of images nor {AUTO}.", param, ctx)
        return int(value)


def recipe_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare the preset and an option for each setting."""
    for setting in reversed(SETTINGS):
        function = _option_of(setting)(function)
    presets = tuple(preset.key for preset in PRESETS)
    return click.option("--preset", type=Words(presets), help="default: quick without a GPU, else finetune")(function)


def either_or() -> tuple[tuple[str, ...], ...]:
    """The options of which only one may be given, by what they are about."""
    words = dict.fromkeys(setting.either_or for setting in SETTINGS if setting.either_or)
    return tuple(tuple(setting.options[0] for setting in SETTINGS if setting.either_or == word) for word in words)


def request_of(*, dataset: str, preset: str | None, name: str = "", **options: Any) -> TrainRequest:
    """The request that the options stand for. Raises AppError for a value that is none."""
    if options["batch"] == AUTO:
        options["batch"] = None
    return training.TrainRequest(dataset=dataset, preset=preset or "", name=name, changes=changes_from_options(options))


def _option_of(known: Setting) -> Callable[..., Any]:
    return click.option(
        *known.options,
        known.name,
        type=_type_of(known),
        multiple=is_repeated(known),
        metavar=known.metavar or None,
        help=help_of(known),
    )


def _type_of(known: Setting) -> click.ParamType[Any] | type[Any]:
    if known.name == "batch":
        return _Batch()
    if choices_of(known):
        return Words(choices_of(known))
    return known.type if known.type in (int, float) else str


def help_of(setting: Setting) -> str:
    """One line, with what is taken where the option is left out."""
    return f"{setting.help}; default: {default_words(setting)}"


def default_words(setting: Setting) -> str:
    """What is taken where the option is left out."""
    if setting.rule:
        return setting.rule
    return next((word for word, value in SWITCH.items() if value is setting.default), plain_value(setting.default))


def changes_from_options(given: Mapping[str, Any]) -> RecipeChanges:
    """The changes that parsed options stand for, by the names of their settings.

    None, "" and an empty list are options that were left out. Raises AppError for a text that is no value.
    """
    asked = {setting.name: given.get(setting.name) for setting in SETTINGS}
    return RecipeChanges(
        **{
            setting.name: _value(setting, asked[setting.name])
            for setting in SETTINGS
            if asked[setting.name] not in (None, "", [], ())
        }
    )


def _value(setting: Setting, given: Any) -> Any:
    """The setting's value from what its option was parsed to."""
    option = setting.options[0]
    if is_repeated(setting):
        texts = pairs(given, option, "KEY=VALUE")
        is_typed = get_args(setting.type)[1] is Any
        return {key: yaml_value(text) for key, text in texts.items()} if is_typed else texts
    if get_origin(setting.type) is tuple:
        return whole_numbers(given, option)
    if setting.type is Weights:
        return weights_from_text(given)
    return SWITCH[given] if setting.type is bool else given
