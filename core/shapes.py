"""Checks JSON values against type annotations and builds records from them. Anyone may import this.

A missing field takes its default, so that files of earlier versions can be read; an unknown field is ignored. An `int`
passes for a `float`, a `bool` passes for neither. Numbers are finite and fit into 64 bits.
"""

import math
import types
from collections.abc import Callable, Hashable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import (
    Annotated,
    Any,
    Final,
    Never,
    NotRequired,
    Required,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

_T = TypeVar("_T")
# Takes a value and its field's name, and returns the value in the wanted type.
_Fit = Callable[[Any, str], Any]
_LARGEST: Final = 2**63 - 1
_NAMES: Final = {str: "text", bool: "true or false", int: "a whole number", float: "a number", type(None): "null"}
_QUOTED_CHARACTERS: Final = 40


class ShapeError(ValueError):
    """A value has another type than expected; the text says which, as a part of a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The range of a number, ends included; written as `Annotated[int, Bounds(low=0)]`."""

    low: float
    high: float = _LARGEST


@dataclass(frozen=True, slots=True)
class OrNone:
    """Written as `Annotated[X | None, OR_NONE]`: a value that does not fit becomes None, and the rest is still read."""


OR_NONE: Final = OrNone()
Count = Annotated[int, Bounds(low=0, high=2**53)]
# Unix seconds up to the year 5138: a larger number cannot be shown as a date.
Moment = Annotated[float, Bounds(low=0, high=1e11)]


def built(kind: type[_T], document: Any) -> _T:
    """Builds a dataclass, or checks a TypedDict, from a JSON value. Raises ShapeError, naming the field."""
    record: _T = fit_for(cast("Hashable", kind))(document, "")
    return record


@cache
def fit_for(kind: Any) -> _Fit:
    """The function that checks values of a type. Raises TypeError for a type without JSON values."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return lambda value, _: value
    if origin in (Required, NotRequired):
        return fit_for(arguments[0])
    if origin is Annotated:
        return _annotated(*arguments)
    if origin in (Union, types.UnionType):
        return _union(arguments)
    if origin in (list, tuple, dict):
        return {list: _list, tuple: _tuple, dict: _dict}[origin](arguments)
    if kind in _NAMES:
        return _plain(kind)
    return _class(kind)


def _class(kind: Any) -> _Fit:
    if is_typeddict(kind):
        return _typed_dict(kind)
    if is_dataclass(kind):
        return _fields(kind, {field.name for field in fields(kind) if _is_needed(field)})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum(kind)
    if isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return _fields(kind, set(kind._fields) - set(getattr(kind, "_field_defaults", ())))
    raise TypeError(f"{kind} is no type of JSON values")


def _is_needed(field: Any) -> bool:
    return bool(field.init and field.default is MISSING and field.default_factory is MISSING)


def _plain(kind: type) -> _Fit:
    wanted = _NAMES[kind]
    accepted = (int, float) if kind is float else (kind,)

    def fit(value: Any, where: str) -> Any:
        # `type`, not isinstance: to Python, true and false are numbers.
        if type(value) not in accepted:
            raise ShapeError(f"{_named(where)} is {_quoted(value)}, not {wanted}")
        if kind in (int, float) and not (math.isfinite(value) if type(value) is float else abs(value) <= _LARGEST):
            raise ShapeError(f"{_named(where)} is {_quoted(value)}, out of range")
        return value

    return fit


def _annotated(kind: Any, *notes: Any) -> _Fit:
    """A note that is a type replaces the annotated type; Bounds add to it."""
    if OR_NONE in notes:
        return _or_none(fit_for(kind))
    others = [note for note in notes if not isinstance(note, Bounds)]
    inner, bounds = fit_for(others[0] if others else kind), [note for note in notes if isinstance(note, Bounds)]

    def fit(value: Any, where: str) -> Any:
        number = inner(value, where)
        if any(not bound.low <= number <= bound.high for bound in bounds):
            raise ShapeError(f"{_named(where)} is {_quoted(value)}, out of range")
        return number

    return fit


def _or_none(inner: _Fit) -> _Fit:
    def fit(value: Any, where: str) -> Any:
        try:
            return inner(value, where)
        except ShapeError:
            return None

    return fit


def _union(kinds: tuple[Any, ...]) -> _Fit:
    # A type variable or Never stands for values that files do not hold (core.training.recipe.plain_settings).
    held = [kind for kind in kinds if kind is not type(None) and kind is not Never and not isinstance(kind, TypeVar)]
    inner = [fit_for(kind) for kind in held]
    is_optional = type(None) in kinds

    def fit(value: Any, where: str) -> Any:
        if value is None and is_optional:
            return None
        for fit_alternative in inner[:-1]:
            try:
                return fit_alternative(value, where)
            except ShapeError:
                continue
        return inner[-1](value, where)

    return fit


def _list(kinds: tuple[Any, ...]) -> _Fit:
    inner = fit_for(kinds[0])

    def fit(value: Any, where: str) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise ShapeError(f"{_named(where)} is {_quoted(value)}, not a list")
        return [inner(item, f"{where}[{index}]") for index, item in enumerate(value)]

    return fit


def _tuple(kinds: tuple[Any, ...]) -> _Fit:
    if kinds[-1] is Ellipsis:
        of_any_length = _list(kinds[:1])
        return lambda value, where: tuple(of_any_length(value, where))
    inner = [fit_for(kind) for kind in kinds]

    def fit(value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or len(value) != len(inner):
            raise ShapeError(f"{_named(where)} is {_quoted(value)}, not a list of {len(inner)}")
        items = enumerate(zip(inner, value, strict=True))
        return tuple(fit_item(item, f"{where}[{index}]") for index, (fit_item, item) in items)

    return fit


def _dict(kinds: tuple[Any, ...]) -> _Fit:
    inner = fit_for(kinds[1])

    def fit(value: Any, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ShapeError(f"{_named(where)} is {_quoted(value)}, not an object")
        return {name: inner(item, _below(where, name)) for name, item in value.items()}

    return fit


def _typed_dict(kind: Any) -> _Fit:
    inner = {name: fit_for(hint) for name, hint in get_type_hints(kind, include_extras=True).items()}
    needed = kind.__required_keys__

    def fit(value: Any, where: str) -> dict[str, Any]:
        # Unknown fields stay, for readers of the whole object.
        return {**_object(value, where), **_parts(inner, needed, value, where)}

    return fit


def _fields(kind: Any, needed: set[str]) -> _Fit:
    inner = {name: fit_for(hint) for name, hint in get_type_hints(kind, include_extras=True).items()}

    def fit(value: Any, where: str) -> Any:
        if type(value) is kind:
            return value
        return kind(**_parts(inner, needed, _object(value, where), where))

    return fit


def _parts(inner: dict[str, _Fit], needed: Any, value: dict[str, Any], where: str) -> dict[str, Any]:
    for name in needed:
        if name not in value:
            raise ShapeError(f"{_named(_below(where, name))} is missing")
    return {name: fit(value[name], _below(where, name)) for name, fit in inner.items() if name in value}


def _enum(kind: Any) -> _Fit:
    choices = ", ".join(str(member.value) for member in kind)

    def fit(value: Any, where: str) -> Any:
        try:
            return kind(value)
        except ValueError:
            raise ShapeError(f"{_named(where)} is {_quoted(value)}, none of {choices}") from None

    return fit


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ShapeError(f"{_named(where)} is {_quoted(value)}, not an object")
    return value


def _below(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _named(where: str) -> str:
    return f"field {where[:80]!r}" if where else "the content"


def _quoted(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= _QUOTED_CHARACTERS else f"{text[:_QUOTED_CHARACTERS]}…"
