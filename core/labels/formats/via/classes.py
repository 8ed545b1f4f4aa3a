"""Tells which attribute of VIA's regions is the class, from their names, their values and their declaration."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from core.labels.formats.via.records import Declared

# Names that people give to the class. Those of the first row mean nothing else.
_SURE: Final = (
    "class",
    "label",
    "category",
    "classname",
    "categoryname",
    "labelname",
    "classes",
    "labels",
    "categories",
)
_LIKELY: Final = ("type", "name", "object", "objecttype", "objectclass", "objectname", "species", "kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The attribute that is the class and the reason, or "" and the `candidates` between which nothing decides."""

    attribute: str = ""
    reason: str = ""
    candidates: tuple[str, ...] = ()


def choose_class(regions: Iterable[dict[str, Any]], declared: dict[str, Declared]) -> Choice:
    """The class among the attributes of all regions, each {name: value}."""
    rows = [{name: _plain_values(value) for name, value in region.items() if chosen(value)} for region in regions]
    counts = Counter(name for row in rows for name in row)
    candidates = tuple(counts)
    if not candidates:
        return Choice()
    if len(candidates) == 1:
        return Choice(attribute=candidates[0], reason="the only one")
    for names in (_SURE, _LIKELY):
        telling = [name for name in candidates if _plain(name) in names]
        if telling:
            seen = _settle(telling, counts, rows, declared, "its name says so")
            return seen or Choice(candidates=tuple(telling))
    choices = [name for name in candidates if name in declared and declared[name].is_choice]
    if len(choices) == 1:
        return Choice(attribute=choices[0], reason="the only one with a list of options")
    seen = _settle(list(candidates), counts, rows, declared, "")
    return seen or Choice(candidates=candidates)


def _settle(
    names: list[str], counts: Counter[str], rows: list[dict[str, Any]], declared: dict[str, Declared], reason: str
) -> Choice | None:
    """The one of these attributes that stands out; None if there is none."""
    if len(names) == 1:
        return Choice(attribute=names[0], reason=reason)
    full = [name for name in names if counts[name] == len(rows)]
    if len(full) == 1:
        return Choice(attribute=full[0], reason="the only one that all regions have")
    if all(row.get(name) == row.get(names[0]) for row in rows for name in names):
        return Choice(attribute=names[0], reason=f"equal to {', '.join(map(repr, names[1:]))}")
    choices = [name for name in full or names if name in declared and declared[name].is_choice]
    return Choice(attribute=choices[0], reason="the only one with a list of options") if len(choices) == 1 else None


def chosen(value: Any) -> list[Any]:
    """The values of an attribute: one for a text, the ticked ones of a checkbox {key: true}, none if it is empty."""
    if isinstance(value, dict):
        return [key for key, is_ticked in value.items() if is_ticked is True and key]
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def described(declared: Declared | None, value: Any) -> Any:
    """The class's name for a value: the option's description where the keys are only numbers, else the value."""
    if declared is None or not declared.options or declared.kind == "image" or not isinstance(value, str):
        return value
    if all(key.isdecimal() and text.strip() for key, text in declared.options):
        return dict(declared.options).get(value, value)
    return value


def _plain_values(value: Any) -> list[Any]:
    """The chosen values, with None for lists and objects, which are no names and may be too deep to be compared."""
    return [item if isinstance(item, str | int | float) else None for item in chosen(value)]


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())
