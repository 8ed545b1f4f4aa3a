"""Expert settings: Detectron2 keys checked against the worker's list of them, without Detectron2."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

from core.errors import RecipeError
from core.shapes import built
from core.training.recipe import override_values
from core.yaml_files import YamlError, read_yaml

# Below this share of equal letters, a suggestion is another setting and no slip of the pen.
_NEAR: Final = 0.8
# Characters of a wrong value that a message repeats.
_SHOWN: Final = 80


@dataclass(frozen=True, slots=True)
class ConfigKey:
    """One configuration key: Detectron2's type name and default, and why it cannot be set here ("" where it can).

    `choices`: the values that Detectron2 knows; empty where any of the type will do.
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
    """What is wrong with the overrides, a sentence or two each, with near misses named; empty where nothing is."""
    problems = [_problem(keys, name, value) for name, value in overrides.items()]
    return [problem for problem in problems if problem]


def coerce(keys: ConfigKeys, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The overrides as Detectron2 wants them: 1.0 for 1, and a number for 1e-3, which YAML reads as text."""
    return {name: _coerced(keys[name], value) if name in keys else value for name, value in overrides.items()}


def to_yaml(values: Mapping[str, Any]) -> str:
    """Dotted keys as the nested YAML that Detectron2's own files have."""
    tree: dict[str, Any] = {}
    for name, value in values.items():
        *parents, leaf = name.split(".")
        node = tree
        for part in parents:
            node = node.setdefault(part, {})
        node[leaf] = list(value) if isinstance(value, tuple) else value
    return yaml.safe_dump(tree, sort_keys=True, default_flow_style=None) if tree else ""


def from_yaml(text: str) -> dict[str, Any]:
    """Nested or dotted YAML as dotted keys. Raises RecipeError for what is no mapping of settings, with the line."""
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
    found: dict[str, Any] = {}
    for name, value in tree.items():
        key = f"{prefix}{name}"
        found.update(_flat(value, f"{key}.") if isinstance(value, dict) and value else {key: value})
    return found


def _problem(keys: ConfigKeys, name: str, value: Any) -> str:
    known = keys.get(name)
    if known is None:
        able = [key for key in keys if not keys[key].refused]
        return f"Detectron2 has no setting {name!r}.{_meant(str(name).upper(), able)}"
    if known.refused:
        return f"{name} cannot be set as an expert setting. {known.refused}"
    coerced = _coerced(known, value)
    if not override_values.fits(name, known.default, coerced):
        return f"{name} is {_shown(value)}, but it takes a value like {known.default!r} ({known.type})."
    if known.choices and coerced not in known.choices:
        able = [str(choice) for choice in known.choices]
        hint = _meant(str(coerced), able) or f" It can be: {', '.join(repr(choice) for choice in known.choices)}."
        return f"{name} cannot be {_shown(value)}.{hint}"
    if bounds := override_values.out_of_bounds(name, known.default, coerced):
        return f"{name} is {_shown(value)}, but {bounds}."
    return ""


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _meant(given: str, able: Sequence[str]) -> str:
    near = difflib.get_close_matches(given, able, 2, _NEAR)
    return f" Did you mean {' or '.join(near)}?" if near else ""


def _coerced(known: ConfigKey, value: Any) -> Any:
    if known.type == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if known.type == "float" and isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value
