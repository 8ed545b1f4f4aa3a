"""What the user has chosen on the train page, apart from what follows from the preset.

Only changes are kept: a knob that nobody touched stays with the preset's rules, so that iterations, warm-up and
learning rate go on following the batch size and the data. The values have the names of `TrainRequest`.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import streamlit as st

from core.services.training import TrainRequest
from core.training.recipe.overrides import to_yaml
from core.training.recipe.recipe import Augmentation, Recipe
from pages.widgets.first_value import first_value

_CHOSEN: Final = "train:chosen"
# They say what to train on and how to call it; another preset is no reason to forget them.
_KEPT: Final = ("name", "seed")


def chosen() -> dict[str, Any]:
    """Knob -> value, for the knobs that were touched."""
    knobs: dict[str, Any] = st.session_state.setdefault(_CHOSEN, {})
    return knobs


def forget() -> None:
    """Back to the preset; the name and the seed stay."""
    st.session_state[_CHOSEN] = {knob: value for knob, value in chosen().items() if knob in _KEPT}


def knob(
    name: str,
    value: Any,
    to_value: Callable[[Any], Any] = lambda value: value,
    start: str = "",
    among: Sequence[Any] | None = None,
) -> dict[str, Any]:
    """Keyword arguments (`key`, `on_change`, `args`) for a widget that shows `value` and records the user's change.

    `to_value` turns the widget's value into the request's; None gives the knob back to the preset. `start` and `among`
    as in `first_value`.
    """
    key = f"train:{name}"
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return {"key": key, "on_change": _choose, "args": (name, key, to_value), **first_value(value, start, among)}


def choose(name: str, value: Any) -> None:
    """Record a choice that is made of several widgets; None gives the knob back to the preset."""
    if value is None:
        chosen().pop(name, None)
    else:
        chosen()[name] = value


def request(dataset: str, version: str, preset: str) -> TrainRequest:
    """The request that the form stands for; expert settings come separately, because they may not parse."""
    known = {name: value for name, value in chosen().items() if name in TrainRequest.__slots__}
    return TrainRequest(dataset=dataset, version=version, preset=preset, **known)


def take_over(recipe: Recipe) -> None:
    """Choose everything as an earlier run had it, to repeat it with changes."""
    knobs: dict[str, Any] = {
        "model": recipe.model,
        "weights": recipe.weights.value or recipe.weights.kind,
        "iterations": recipe.iterations,
        "batch": recipe.batch,
        "lr": recipe.learning_rate,
        "seed": recipe.seed,
        "augmentation": recipe.augmentation,
        "input_sizes": recipe.input_sizes,
        "input_max": recipe.input_max,
        "test_size": recipe.test_size,
        "evaluate_every": recipe.evaluate_every or None,
        "patience": recipe.patience,
        "frozen_stages": recipe.frozen_stages,
        "keep_background": recipe.keep_background,
        "keep_every": recipe.keep_every,
        "devices": recipe.devices if recipe.devices > 1 else None,
        "retries": recipe.retries,
        "hang_after_s": recipe.hang_after_s,
        "checkpoint_every_s": recipe.checkpoint_every_s,
        "expert": to_yaml(recipe.overrides) or None,
        "balance": recipe.balance or None,
        "background_share": recipe.background_share,
        "clip": recipe.clip,
        "clip_at": recipe.clip_at,
        "mixed_precision": recipe.mixed_precision,
        "ema": recipe.ema or None,
    }
    st.session_state[_CHOSEN] = {name: value for name, value in knobs.items() if value is not None}


def augmentation_knob(current: Augmentation, field: str) -> dict[str, Any]:
    """Like `knob`, for one field of the augmentation, shown by a toggle or a slider."""
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
