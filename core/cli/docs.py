"""Writes the tables of docs/cli.md from the program: `python -m core.cli.docs`.

Options, defaults and help come from click; the JSON column is the docstring of the verb. Only the text between the
marks of a table is replaced.
"""

import inspect
import sys
from typing import Final

import click

from core.cli.declaring import Words, default_of, name_on_line
from core.cli.program import command_of
from core.cli.verbs import ALIASES, VERBS
from core.settings import REPOSITORY

PAGE: Final = REPOSITORY / "docs" / "cli.md"
_RECIPE_VERBS: Final = ("train", "preview", "preflight")


def main() -> int:
    """Write the page."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_tables(text), encoding="utf-8")
    return 0


def with_tables(page: str) -> str:
    """The page with updated tables. Raises ValueError if the marks of a table are missing."""
    for name, rows in (("recipe options", _recipe_table()), ("verbs", _verb_table())):
        begin, end = f"<!-- {name}: written by python -m core.cli.docs -->", f"<!-- end of {name} -->"
        before, begin_mark, rest = page.partition(begin)
        _, end_mark, after = rest.partition(end)
        if not begin_mark or not end_mark:
            raise ValueError(f"{PAGE.name} has no marks {begin} and {end}")
        page = "\n".join([before + begin, *rows, end + after])
    return page


def _verb_table() -> list[str]:
    rows = ["| verb | options (default: what it does) | JSON |", "|---|---|---|"]
    for name in VERBS:
        command = _command(name)
        shared = {recipe_parameter.name for recipe_parameter in recipe_parameters()} if name in _RECIPE_VERBS else set()
        described = [
            _described(parameter)
            for parameter in _parameters(command)
            if parameter.name not in shared and _is_described(parameter)
        ]
        if shared:
            described.insert(0, "the recipe options below")
        rows.append(f"| `{_line_of(name, command)}`{_aliases(name)} | {', '.join(described)} | {_document(command)} |")
    return rows


def _recipe_table() -> list[str]:
    return [
        "| recipe option | default: what it does |",
        "|---|---|",
        *(f"| {_names(recipe_parameter)} | {_remark(recipe_parameter)} |" for recipe_parameter in recipe_parameters()),
    ]


def recipe_parameters() -> list[click.Parameter]:
    """The options that train, preview and preflight share, without those of every verb."""
    first, *others = [_parameters(_command(name)) for name in _RECIPE_VERBS]
    names = [
        {parameter.name for parameter in parameters if isinstance(parameter, click.Option)} for parameters in others
    ]
    return [parameter for parameter in first if all(parameter.name in shared for shared in names)]


def _command(verb: str) -> click.Command:
    command = command_of(verb)
    if command is None:
        raise ValueError(f"There is no verb {verb!r}")
    return command


def _parameters(command: click.Command) -> list[click.Parameter]:
    """The verb's parameters without those that every verb has."""
    return [param for param in command.params if param.expose_value]


def _is_described(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Option) or bool(_help_of(parameter))


def _line_of(verb: str, command: click.Command) -> str:
    arguments = [name_on_line(param) for param in command.params if isinstance(param, click.Argument)]
    return " ".join([verb, *arguments])


def _aliases(verb: str) -> str:
    others = [alias for alias, name in ALIASES.items() if name == verb]
    return f", also `{'`, `'.join(others)}`" if others else ""


def _document(command: click.Command) -> str:
    """The docstring of the verb's function in one line."""
    return " ".join((inspect.getdoc(command.callback) or "").split())


def _described(parameter: click.Parameter) -> str:
    remark = _remark(parameter)
    if isinstance(parameter, click.Argument):
        return f"{name_on_line(parameter)}: {remark}"
    return f"{_names(parameter)} ({remark})" if remark else _names(parameter)


def _names(parameter: click.Parameter) -> str:
    return " or ".join(f"`{name}`" for name in parameter.opts)


def _remark(param: click.Parameter) -> str:
    """Default, "required", the choices and the help of a parameter; "" for none of them."""
    if isinstance(param, click.Argument):
        return _help_of(param)
    default = default_of(param).removesuffix(".0")
    text = "; ".join(
        part for part in ("required" if param.required else "", _words(param.type), _help_of(param)) if part
    )
    return f"{default}: {text}" if default and text else default or text


def _words(choice: click.ParamType[object]) -> str:
    if not isinstance(choice, Words):
        return ""
    listed = ", ".join(f"`{word}`" for word in choice.choices)
    others = ", ".join(f"`{word}`" for word in choice.others)
    return f"{listed}; also {others}" if others else listed


def _help_of(parameter: click.Parameter) -> str:
    return " ".join((getattr(parameter, "help", None) or "").split()).replace("|", " or ")


if __name__ == "__main__":
    sys.exit(main())
