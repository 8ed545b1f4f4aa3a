"""Checks single augmentation strengths by name and range."""

import dataclasses
import difflib
from collections.abc import Mapping
from typing import Any, Final

from core.errors import RecipeError
from core.training.recipe.recipe import Augmentation

# The largest strengths that leave an image. A larger zoom or crop would leave nothing.
_MOST: Final = {
    "rotation_deg": 180.0,
    "scale": 0.9,
    "crop": 0.9,
    "brightness": 1.0,
    "contrast": 1.0,
    "saturation": 1.0,
    "hue": 0.5,
}
_SWITCH: Final = {
    **dict.fromkeys(("on", "true", "yes", "1"), True),
    **dict.fromkeys(("off", "false", "no", "0"), False),
}
_NAMES: Final = tuple(field.name for field in dataclasses.fields(Augmentation))


def check_augmentation(wanted: Augmentation) -> None:
    """Raises RecipeError for a strength outside its limits."""
    for name, most in _MOST.items():
        strength = getattr(wanted, name)
        if not 0 <= strength <= most:
            raise RecipeError(f"Augmentation {name} is {strength:g}.", f"Choose between 0 and {most:g}.")


def with_strengths(base: Augmentation, texts: Mapping[str, str]) -> Augmentation:
    """The augmentation with some fields replaced by the user's texts, e.g. `{"scale": "0.3"}`.

    Raises RecipeError for an unknown name, with near misses, and for an invalid value.
    """
    values: dict[str, Any] = {}
    for name, text in texts.items():
        if name not in _NAMES:
            near = difflib.get_close_matches(name.lower(), _NAMES, 2)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(_NAMES)}."
            raise RecipeError(f"There is no augmentation {name!r}.", hint)
        values[name] = _strength(name, text) if name in _MOST else _switch(name, text)
    changed = dataclasses.replace(base, **values)
    check_augmentation(changed)
    return changed


def _strength(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise RecipeError(f"Augmentation {name} is {text!r}, no number.", f"Write e.g. {name}=0.2.") from None


def _switch(name: str, text: str) -> bool:
    if text.lower() not in _SWITCH:
        raise RecipeError(f"Augmentation {name} is {text!r}, neither on nor off.", f"Write {name}=on or {name}=off.")
    return _SWITCH[text.lower()]
