"""What is known about a setting of a recipe, kept with the field that holds its value.

From it follow the option of the command line, the check of its limits, and its row in docs/cli.md.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType
from typing import Any, Final, TypeVar, get_args

_KEY: Final = "setting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting. `name` is that of its field, and the same in requests, stored recipes and the form."""

    name: str
    type: Any  # of a value that is given: int, float, bool, str, Weights, tuple[int, ...] or a Mapping
    default: Any
    help: str
    option: str  # the long option; its alias has the field's name
    rule: str  # in words, what is taken where nothing is given; "" where that is `default`
    metavar: str
    choices: tuple[str, ...]
    limits: tuple[float, float] | None
    unit: str  # what the value counts, for the message about its limits
    either_or: str  # settings with the same word here exclude each other

    @property
    def options(self) -> tuple[str, ...]:
        """The long options, the one to show first."""
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
    """A dataclass field for a setting, in the place of `dataclasses.field`; the arguments are those of `Setting`."""
    known: dict[str, Any] = {"help": help_text, "option": option, "rule": rule, "metavar": metavar, "choices": choices}
    known |= {"limits": limits, "unit": unit, "either_or": either_or, "default": default}
    if default_factory is not None:
        return dataclasses.field(default_factory=default_factory, metadata={_KEY: known})
    return dataclasses.field(default=default, metadata={_KEY: known})


def settings_of(owner: type[Any]) -> tuple[Setting, ...]:
    """The settings among the fields of a dataclass; those that it inherits last."""
    fields = [field for field in dataclasses.fields(owner) if _KEY in field.metadata]
    inherited = {name for base in owner.__mro__[1:] for name in getattr(base, "__dataclass_fields__", {})}
    return tuple(_setting_of(field) for field in sorted(fields, key=lambda field: field.name in inherited))


def _setting_of(field: "dataclasses.Field[Any]") -> Setting:
    known = field.metadata[_KEY]
    words = field.name.replace("_", " ")
    option = known["option"] or f"--{words.replace(' ', '-')}"
    return Setting(
        **{**known, "option": option, "unit": known["unit"] or words}, name=field.name, type=_given(field.type)
    )


def _given(annotation: Any) -> Any:
    """`int` for `int | None`; what is no union as it is."""
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType and not isinstance(kind, TypeVar)]
    is_union = NoneType in get_args(annotation) or any(isinstance(kind, TypeVar) for kind in get_args(annotation))
    return kinds[0] if is_union else annotation
