"""Reorders a command line for click.

Click reads each argument with a dash as an option, and supports neither options with several values nor abbreviations.
This module supports them: `note RUN "- too dark"`, `tag RUN -bad`, `suspects ID --accept 3 5`, `train D --iter 90`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

_NUMBER: Final = re.compile(r"-\d+(\.\d*)?|-\.\d+")


class SpreadOption(click.Option):
    """An option with one or more values: `--accept 3 5`."""

    def __init__(self, *declared: Any, **attributes: Any) -> None:
        super().__init__(*declared, **{**attributes, "multiple": True})


def in_order(args: Sequence[str], options: Mapping[str, click.Option], *, is_free: bool = False) -> list[str]:
    """The same line with full option names first, and everything else after `--`.

    `options` are keyed by their names on the line. `is_free`: an unknown option is a plain argument. Raises
    click.UsageError for an option without its value.
    """
    first: list[str] = []
    rest: list[str] = []
    left = list(args)
    while left:
        arg = left.pop(0)
        if arg == "--":
            rest += left
            break
        name, equals, value = arg.partition("=")
        name = _written_out(name, options)
        if name in options:
            first.append(name + equals + value)
            if not equals and not options[name].is_flag:
                first += _values(name, options, left)
        elif _looks_like_option(arg) and not is_free:
            first.append(arg)
        else:
            rest.append(arg)
    return [*first, "--", *rest]


def _values(name: str, options: Mapping[str, click.Option], left: list[str]) -> list[str]:
    """Remove the values of an option from `left`. The name is repeated before each further value."""
    if not left or left[0] in options:
        raise click.BadOptionUsage(name, f"Option {name!r} requires an argument.")
    number = options[name].nargs
    if len(left) < number:
        raise click.BadOptionUsage(name, f"Option {name!r} requires {number} arguments.")
    values = [left.pop(0) for _ in range(number)]
    while isinstance(options[name], SpreadOption) and left and not _looks_like_option(left[0]):
        values += [name, left.pop(0)]
    return values


def _written_out(name: str, options: Mapping[str, click.Option]) -> str:
    """The only option with this prefix, else the name unchanged."""
    if name in options or not name.startswith("--") or len(name) < 3:
        return name
    begun = {id(option): whole for whole, option in options.items() if whole.startswith(name)}
    return next(iter(begun.values())) if len(begun) == 1 else name


def _looks_like_option(arg: str) -> bool:
    return len(arg) > 1 and arg[0] == "-" and " " not in arg and not _NUMBER.fullmatch(arg)
