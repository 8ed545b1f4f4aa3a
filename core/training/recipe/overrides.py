"""Expert settings: checks Detectron2 keys against the worker's list, without Detectron2."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

from core.errors import RecipeError
from core.shapes import built
from core.training.recipe import override_values
from core.yaml_files import YamlError, read_yaml

# Below this share of equal letters, a suggestion is another setting and no typing mistake.
_NEAR: Final = 0.8
# Characters of a wrong value that a message repeats.
_QUOTED: Final = 80


@dataclass(frozen=True, slots=True)
class ConfigKey:
    """A configuration key: type name, Detectron2's default, and why it cannot be set ("" if it can).

    `choices`: the values that Detectron2 handles; empty if any value of the type is valid.
    """

    type: str
    default: Any
    refused: str = ""
    choices: tuple[Any, ...] = ()


ConfigKeys = Mapping[str, ConfigKey]


def keys_from_json(document: dict[str, Any]) -> dict[str, ConfigKey]:
    """The keys that `python -m core.worker schema` wrote."""
    return {name: built(ConfigKey, entry) for name, entry in document.items()}


def check_overrides(keys: ConfigKeys, overrides: Mapping[str, Any]) -> list[str]:
    """The problems of the overrides, a sentence or two each, with near misses; empty if there are none."""
    problems = [_problem(keys, name, value) for name, value in overrides.items()]
    return [problem for problem in problems if problem]


def coerce(keys: ConfigKeys, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The overrides in Detectron2's types: 1.0 for 1, and a number for 1e-3, which YAML reads as text."""
    return {name: _coerced(keys[name], value) if name in keys else value for name, value in overrides.items()}


def to_yaml(values: Mapping[str, Any]) -> str:
    """Dotted keys as nested YAML, as in Detectron2's files."""
    tree: dict[str, Any] = {}
    for name, value in values.items():
        *parents, leaf = name.split(".")
        node = tree
        for part in parents:
            node = node.setdefault(part, {})
        node[leaf] = list(value) if isinstance(value, tuple) else value
    return yaml.safe_dump(tree, sort_keys=True, default_flow_style=None) if tree else ""


def from_yaml(text: str) -> dict[str, Any]:
    """Nested or dotted YAML as dotted keys. Raises RecipeError with the line if it is not a mapping of settings."""
    try:
        document = read_yaml(text)
    except YamlError as error:
        raise RecipeError(f"Expert settings{error.where}: {error.problem}.", error.remedy) from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise RecipeError("The expert settings are no list of keys and values.", "Write `KEY: value`, one a line.")
    return _flat(document, "")


def _flat(tree: dict[Any, Any], prefix: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        key = f"{prefix}{name}"
        flat.update(_flat(value, f"{key}.") if isinstance(value, dict) and value else {key: value})
    return flat


def _problem(keys: ConfigKeys, name: str, value: Any) -> str:
    config_key = keys.get(name)
    if config_key is None:
        able = [key for key in keys if not keys[key].refused]
        return f"Detectron2 has no setting {name!r}.{_meant(str(name).upper(), able)}"
    if config_key.refused:
        return f"{name} cannot be set as an expert setting. {config_key.refused}"
    coerced = _coerced(config_key, value)
    if not override_values.fits(name, config_key.default, coerced):
        return f"{name} is {_quoted(value)}, but it takes a value like {config_key.default!r} ({config_key.type})."
    if config_key.choices and coerced not in config_key.choices:
        able = [str(choice) for choice in config_key.choices]
        hint = _meant(str(coerced), able) or f" It can be: {', '.join(repr(choice) for choice in config_key.choices)}."
        return f"{name} cannot be {_quoted(value)}.{hint}"
    if bounds := override_values.out_of_bounds(name, config_key.default, coerced):
        return f"{name} is {_quoted(value)}, but {bounds}."
    return ""


def _quoted(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"


def _meant(text: str, able: Sequence[str]) -> str:
    near = difflib.get_close_matches(text, able, 2, _NEAR)
    return f" Did you mean {' or '.join(near)}?" if near else ""


def _coerced(config_key: ConfigKey, value: Any) -> Any:
    if config_key.type == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if config_key.type == "float" and isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value
