"""What sets the recipes of several runs apart. Light; no torch."""

from collections.abc import Mapping
from typing import Any, Final

# It only says where a recipe began; what became of it is in the knobs.
_LEFT_OUT: Final = ("preset",)


def recipe_differences(recipes: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Knob -> run -> value, for the knobs in which the recipes (as `Recipe.to_json` wrote them) are not all alike.

    Groups of knobs are taken apart: `augmentation.scale`. A knob that a recipe does not have is None.
    """
    flat = {run: _flatten(recipe) for run, recipe in recipes.items()}
    knobs = dict.fromkeys(knob for recipe in flat.values() for knob in recipe if knob not in _LEFT_OUT)
    table = {knob: {run: recipe.get(knob) for run, recipe in flat.items()} for knob in knobs}
    return {knob: values for knob, values in table.items() if not _are_alike(list(values.values()))}


def _flatten(recipe: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in recipe.items():
        found.update(_flatten(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value})
    return found


def _are_alike(values: list[Any]) -> bool:
    return all(value == values[0] for value in values)
