"""Differences between recipes: of several runs, or before and after a repair."""

from collections.abc import Mapping
from typing import Any, Final

from core.training.recipe.recipe import Recipe

# `preset` is only the start of a recipe. `own` is the model that the setting `model` names.
_LEFT_OUT: Final = ("preset", "own")


def recipe_differences(recipes: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Setting -> run -> value, for settings that differ between recipes (as written by `Recipe.to_json`).

    Groups of settings are flattened: `augmentation.scale`. A missing setting is None.
    """
    flat = {run: _flatten(recipe) for run, recipe in recipes.items()}
    settings = dict.fromkeys(setting for recipe in flat.values() for setting in recipe)
    table = {setting: {run: recipe.get(setting) for run, recipe in flat.items()} for setting in settings}
    return {setting: values for setting, values in table.items() if not _are_alike(list(values.values()))}


def setting_changes(before: Recipe, after: Recipe) -> dict[str, tuple[Any, Any]]:
    """Setting -> its values in two recipes, for the settings that differ."""
    table = recipe_differences({"before": before.to_json(), "after": after.to_json()})
    return {setting: (values["before"], values["after"]) for setting, values in table.items()}


def words_of(changes: Mapping[str, tuple[Any, Any]]) -> str:
    """The changes as one line: `batch 8 → 4, learning rate 0.02 → 0.01.`"""
    parts = [
        f"{setting.replace('_', ' ')} {plain_value(old)} → {plain_value(new)}"
        for setting, (old, new) in changes.items()
    ]
    return ", ".join(parts).capitalize() + "."


def plain_value(value: Any) -> str:
    """A setting's value as text."""
    if isinstance(value, list | tuple):
        return " ".join(map(plain_value, value)) or "none"
    return f"{value:.4g}" if isinstance(value, float) else "none" if value is None else str(value)


def _flatten(recipe: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in recipe.items():
        if not prefix and name in _LEFT_OUT:
            continue
        flat.update(_flatten(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value})
    return flat


def _are_alike(values: list[Any]) -> bool:
    return all(value == values[0] for value in values)
