"""Expert settings: Detectron2 keys checked against the worker's list of them, without Detectron2. Light; no torch."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from core.errors import RecipeError

# A configuration file of Detectron2 has about 10 kB; far beyond that it is something else.
_YAML_BYTES: Final = 200_000
# Below this share of equal letters, a suggestion is another setting and no slip of the pen.
_NEAR: Final = 0.8


@dataclass(frozen=True, slots=True)
class ConfigKey:
    """One configuration key: Detectron2's type name and default, and why it cannot be set here ("" where it can)."""

    type: str
    default: Any
    refused: str = ""


ConfigKeys = Mapping[str, ConfigKey]


def keys_from_json(document: dict[str, Any]) -> dict[str, ConfigKey]:
    """The keys that `python -m core.worker schema` wrote."""
    return {name: ConfigKey(entry["type"], entry["default"], entry["refused"]) for name, entry in document.items()}


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
    if len(text.encode()) > _YAML_BYTES:
        raise RecipeError("The expert settings are longer than 200 kB.", "Keep only what differs from the preset.")
    if "&" in text or "*" in text:
        # Anchors and aliases can make a short text endlessly large, and no setting needs them.
        _refuse_aliases(text)
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        cause = getattr(error, "problem", None) or "it cannot be read"
        raise RecipeError(f"Expert settings{where}: {cause}.", "Write `KEY: value`, one a line.") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise RecipeError("The expert settings are no list of keys and values.", "Write `KEY: value`, one a line.")
    return _flat(document, "")


def _refuse_aliases(text: str) -> None:
    try:
        tokens = list(yaml.scan(text))
    except yaml.YAMLError:
        return  # said with its line by the parser
    if any(isinstance(token, yaml.AliasToken | yaml.AnchorToken) for token in tokens):
        raise RecipeError("The expert settings use YAML anchors.", "Write each value out.")


def _flat(tree: dict[Any, Any], prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in tree.items():
        key = f"{prefix}{name}"
        found.update(_flat(value, f"{key}.") if isinstance(value, dict) and value else {key: value})
    return found


def _problem(keys: ConfigKeys, name: str, value: Any) -> str:
    known = keys.get(name)
    if known is None:
        near = difflib.get_close_matches(str(name).upper(), [key for key in keys if not keys[key].refused], 2, _NEAR)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        return f"Detectron2 has no setting {name!r}.{hint}"
    if known.refused:
        return f"{name} cannot be set as an expert setting. {known.refused}"
    if not _fits(known, _coerced(known, value)):
        return f"{name} is {value!r}, but it takes a value like {known.default!r} ({known.type})."
    return ""


def _coerced(known: ConfigKey, value: Any) -> Any:
    if known.type == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if known.type == "float" and isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _fits(known: ConfigKey, value: Any) -> bool:
    """Whether Detectron2 would take the value: the same type, a list for a tuple, and anything where one is None."""
    given = type(value).__name__
    if given == "float" and not math.isfinite(value):
        return False
    return "NoneType" in (known.type, given) or known.type == given or {known.type, given} <= {"list", "tuple"}
