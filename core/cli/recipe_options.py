"""The recipe options of the command line, made from `core.training.recipe.changes.SETTINGS`.

A new setting in that table gets its option, its help and its row in docs/cli.md without a change here.
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

# Using a name of a services package imports its module, and `--help` needs none.
if TYPE_CHECKING:
    from core.services.training import TrainRequest

AUTO: Final = "auto"
# The words of a switch.
SWITCH: Final = {"on": True, "off": False}


def is_repeated(setting: Setting) -> bool:
    """Whether the option may be repeated, with one KEY=VALUE each time."""
    return get_origin(setting.type) is not None and get_args(setting.type)[-1] is not Ellipsis


def choices_of(setting: Setting) -> tuple[str, ...]:
    """The only texts that the option takes; empty if it takes any text."""
    return tuple(SWITCH) if setting.type is bool else setting.choices


class _Batch(click.ParamType[int | str]):
    """A number of images, or `auto`: then the preflight check finds it."""

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
    """Groups of options of which only one is allowed."""
    words = dict.fromkeys(setting.either_or for setting in SETTINGS if setting.either_or)
    return tuple(tuple(setting.options[0] for setting in SETTINGS if setting.either_or == word) for word in words)


def request_of(*, dataset: str, preset: str | None, name: str = "", **options: Any) -> TrainRequest:
    """The request from the options. Raises AppError for an invalid value."""
    if options["batch"] == AUTO:
        options["batch"] = None
    return training.TrainRequest(dataset=dataset, preset=preset or "", name=name, changes=changes_from_options(options))


def _option_of(setting: Setting) -> Callable[..., Any]:
    return click.option(
        *setting.options,
        setting.name,
        type=_type_of(setting),
        multiple=is_repeated(setting),
        metavar=setting.metavar or None,
        help=help_of(setting),
    )


def _type_of(setting: Setting) -> click.ParamType[Any] | type[Any]:
    if setting.name == "batch":
        return _Batch()
    if choices_of(setting):
        return Words(choices_of(setting))
    return setting.type if setting.type in (int, float) else str


def help_of(setting: Setting) -> str:
    """The help of an option in one line, with its default."""
    return f"{setting.help}; default: {default_words(setting)}"


def default_words(setting: Setting) -> str:
    """The default of an option, in words."""
    if setting.rule:
        return setting.rule
    return next((word for word, value in SWITCH.items() if value is setting.default), plain_value(setting.default))


def changes_from_options(options: Mapping[str, Any]) -> RecipeChanges:
    """The recipe changes from parsed options, keyed by setting.

    None, "" and an empty list mean that an option was left out. Raises AppError for an invalid text.
    """
    values = {setting.name: options.get(setting.name) for setting in SETTINGS}
    return RecipeChanges(
        **{
            setting.name: _value(setting, values[setting.name])
            for setting in SETTINGS
            if values[setting.name] not in (None, "", [], ())
        }
    )


def _value(setting: Setting, parsed: Any) -> Any:
    """The setting's value from its parsed option."""
    option = setting.options[0]
    if is_repeated(setting):
        texts = pairs(parsed, option, "KEY=VALUE")
        is_typed = get_args(setting.type)[1] is Any
        return {key: yaml_value(text) for key, text in texts.items()} if is_typed else texts
    if get_origin(setting.type) is tuple:
        return whole_numbers(parsed, option)
    if setting.type is Weights:
        return weights_from_text(parsed)
    return SWITCH[parsed] if setting.type is bool else parsed
