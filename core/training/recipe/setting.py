"""The description of a recipe's setting, kept in the metadata of its field.

The command line's option, the check of limits and the row in docs/cli.md follow from it.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType
from typing import Any, Final, TypeVar, get_args

_KEY: Final = "setting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting. `name` is its field's, and the same in requests, stored recipes and the form."""

    name: str
    type: Any  # of a set value: int, float, bool, str, Weights, tuple[int, ...] or a Mapping
    default: Any
    help: str
    option: str  # the long option; its alias has the field's name
    rule: str  # the value that is used if none is set, in words; "" if that is `default`
    metavar: str
    choices: tuple[str, ...]
    limits: tuple[float, float] | None
    unit: str  # what the value counts, for the message about its limits
    either_or: str  # settings with the same word exclude each other

    @property
    def options(self) -> tuple[str, ...]:
        """The long options, the preferred one first."""
        return tuple(dict.fromkeys((self.option, f"--{self.name.replace('_', '-')}")))


def setting(
    default: Any = None,
    *,
    help_text: str,
    option: str = "",
    rule: str = "",
    metavar: str = "",
    choices: tuple[str, ...] = (),
    limits: tuple[float, float] | None = None,
    unit: str = "",
    either_or: str = "",
    default_factory: Callable[[], Any] | None = None,
) -> Any:
    """A dataclass field for a setting, to use like `dataclasses.field`. The arguments are those of `Setting`."""
    metadata: dict[str, Any] = {
        "help": help_text,
        "option": option,
        "rule": rule,
        "metavar": metavar,
        "choices": choices,
    }
    metadata |= {"limits": limits, "unit": unit, "either_or": either_or, "default": default}
    if default_factory is not None:
        return dataclasses.field(default_factory=default_factory, metadata={_KEY: metadata})
    return dataclasses.field(default=default, metadata={_KEY: metadata})


def settings_of(owner: type[Any]) -> tuple[Setting, ...]:
    """The settings of a dataclass, inherited ones last."""
    fields = [field for field in dataclasses.fields(owner) if _KEY in field.metadata]
    inherited = {name for base in owner.__mro__[1:] for name in getattr(base, "__dataclass_fields__", {})}
    return tuple(_setting_of(field) for field in sorted(fields, key=lambda field: field.name in inherited))


def _setting_of(field: "dataclasses.Field[Any]") -> Setting:
    metadata = field.metadata[_KEY]
    words = field.name.replace("_", " ")
    option = metadata["option"] or f"--{words.replace(' ', '-')}"
    return Setting(
        **{**metadata, "option": option, "unit": metadata["unit"] or words},
        name=field.name,
        type=_value_type(field.type),
    )


def _value_type(annotation: Any) -> Any:
    """`int` for `int | None`; an annotation that is no union as it is."""
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType and not isinstance(kind, TypeVar)]
    is_union = NoneType in get_args(annotation) or any(isinstance(kind, TypeVar) for kind in get_args(annotation))
    return kinds[0] if is_union else annotation
