"""The user's choices on the train page that differ from the preset.

Only changes are kept. An untouched setting follows the preset's rules: iterations, warm-up and learning rate still
follow the batch size and the data. The values have the names of `RecipeChanges`.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Final

import streamlit as st

from core.training.recipe.changes import RecipeChanges, changes_to
from core.training.recipe.overrides import to_yaml
from core.training.recipe.recipe import Augmentation, Recipe
from pages.widgets.address import first_value

_CHOSEN: Final = "train:chosen"
# Another preset does not reset these.
_KEPT: Final = ("name", "seed")
_SETTINGS: Final = tuple(field.name for field in dataclasses.fields(RecipeChanges))


def chosen() -> dict[str, Any]:
    """Setting -> value, for the changed settings."""
    settings: dict[str, Any] = st.session_state.setdefault(_CHOSEN, {})
    return settings


def forget() -> None:
    """Returns to the preset; the name and the seed stay."""
    st.session_state[_CHOSEN] = {setting: value for setting, value in chosen().items() if setting in _KEPT}


def setting(
    name: str,
    value: Any,
    to_value: Callable[[Any], Any] = lambda value: value,
    start: str = "",
    among: Sequence[Any] | None = None,
) -> dict[str, Any]:
    """Keyword arguments (`key`, `on_change`, `args`) for a widget that shows `value` and records the user's change.

    `to_value` turns the widget's value into the request's; None returns the setting to the preset. `start` and `among`
    are as in `first_value`.
    """
    key = f"train:{name}"
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return {"key": key, "on_change": _choose, "args": (name, key, to_value), **first_value(value, start, among)}


def choose(name: str, value: Any) -> None:
    """Records a choice; None returns the setting to the preset."""
    if value is None:
        chosen().pop(name, None)
    else:
        chosen()[name] = value


def changes() -> RecipeChanges:
    """The changes of the form without expert settings, which may not parse and come separately."""
    return RecipeChanges(**{name: value for name, value in chosen().items() if name in _SETTINGS})


def name() -> str:
    """The name for the run; "" leaves it to the plan."""
    return str(chosen().get("name", ""))


def take_over(recipe: Recipe) -> None:
    """Sets all choices as in an earlier run's recipe."""
    asked = changes_to(recipe)
    choices = {name: getattr(asked, name) for name in _SETTINGS if name not in ("overrides", "strengths")}
    choices["expert"] = to_yaml(asked.overrides) or None
    st.session_state[_CHOSEN] = {name: value for name, value in choices.items() if value is not None}


def augmentation_setting(current: Augmentation, field: str) -> dict[str, Any]:
    """Like `setting`, for one field of the augmentation with a toggle or a slider."""
    key = f"train:augmentation:{field}"
    value = getattr(current, field)
    if not isinstance(value, bool):
        value = float(value)  # a slider of floats takes no int
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    tie = {"key": key, "on_change": _choose_augmentation, "args": (current, field, key)}
    return {**tie, **first_value(value, "value")}


def _choose(name: str, key: str, to_value: Callable[[Any], Any]) -> None:
    choose(name, to_value(st.session_state[key]))


def _choose_augmentation(current: Augmentation, field: str, key: str) -> None:
    values = {name: getattr(current, name) for name in Augmentation.__slots__}
    choose("augmentation", Augmentation(**{**values, field: st.session_state[key]}))
