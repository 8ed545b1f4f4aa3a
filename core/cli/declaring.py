"""Declares verbs: click's decorators, and the options that all verbs share.

A verb's docstring describes its JSON document: docs/cli.md prints it as the JSON column.
"""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource

from core.cli.arguments import in_order
from core.cli.outcome import Outcome
from core.cli.verbs import VERBS
from core.settings import load_settings

FILE: Final = click.Path(path_type=Path)
_Function = Callable[..., Any]


class Words(click.Choice[str]):
    """A choice of words; `others` maps further accepted words to them."""

    def __init__(self, choices: Sequence[str], others: dict[str, str] | None = None) -> None:
        super().__init__(choices)
        self.others = others or {}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word that the services use."""
        return super().convert(self.others.get(value, value), param, ctx)


class Verb(click.Command):
    """A verb. Only one option of each tuple in `one_of` is allowed; `is_free`: unknown options are arguments."""

    def __init__(
        self, *args: Any, one_of: tuple[tuple[str, ...], ...] = (), is_free: bool = False, **attributes: Any
    ) -> None:
        super().__init__(*args, **attributes)
        self._one_of, self._is_free = one_of, is_free
        for param in self.params:
            if isinstance(param, click.Option):
                param.show_default = bool(default_of(param))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the line. Raises click.UsageError."""
        options = {
            name: param for param in self.get_params(ctx) if isinstance(param, click.Option) for name in param.opts
        }
        try:
            left = super().parse_args(ctx, in_order(args, options, is_free=self._is_free))
        except click.UsageError as mistake:
            # Click does not set it for some mistakes.
            mistake.ctx = mistake.ctx or ctx
            raise
        for names in self._one_of:
            chosen = [options[name].opts[0] for name in names if _is_given(ctx, options[name])]
            if len(chosen) > 1:
                raise click.UsageError(f"{chosen[1]} is not allowed with {chosen[0]}", ctx)
        return left

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Arguments, then required options."""
        required = [param for param in self.params if isinstance(param, click.Option) and param.required]
        arguments = [piece for param in self.get_params(ctx) for piece in param.get_usage_pieces(ctx)]
        return [*arguments, *(f"{option.opts[0]} {option.make_metavar(ctx)}" for option in required), "[OPTIONS]"]


def verb(
    name: str, *, one_of: tuple[tuple[str, ...], ...] = (), is_free: bool = False
) -> Callable[[_Function], click.Command]:
    """Make a function the verb of this name. It takes the settings and its options, and returns a document."""

    def declare(function: _Function) -> click.Command:
        @functools.wraps(function)
        def call(**options: Any) -> Outcome:
            settings = load_settings(click.get_current_context().find_root().params["workspace"])
            result = function(settings, **options)
            return result if isinstance(result, Outcome) else Outcome(document=result)

        names = ["--help"] if is_free else ["-h", "--help"]
        command = click.command(
            name,
            cls=Verb,
            help=VERBS[name].summary,
            one_of=one_of,
            is_free=is_free,
            context_settings={"help_option_names": names},
        )(call)
        command.params += [_JSON, _WORKSPACE]
        return command

    return declare


def given_options(ctx: click.Context) -> list[click.Parameter]:
    """The verb's parameters that the user has given."""
    return [param for param in ctx.command.params if param.expose_value and _is_given(ctx, param)]


def name_on_line(parameter: click.Parameter) -> str:
    """`--batch`, or DATASET for an argument."""
    return parameter.opts[0] if isinstance(parameter, click.Option) else parameter.human_readable_name.strip("[]")


def default_of(parameter: click.Parameter) -> str:
    """The default as a user would type it; "" for none."""
    # `parameter.default` is a sentinel of click if no default is declared.
    default = parameter.to_info_dict()["default"]
    return "" if default is None or default is False or default == () else str(default)


def _is_given(ctx: click.Context, parameter: click.Parameter) -> bool:
    return ctx.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE


def _to_the_program(ctx: click.Context, _option: click.Parameter, folder: Path | None) -> None:
    if folder is not None:
        ctx.find_root().params["workspace"] = folder


# core.__main__ finds --json at any position, so that errors are JSON too.
_JSON: Final = click.Option(["--json"], is_flag=True, expose_value=False, help="one JSON document on standard output")
_WORKSPACE: Final = click.Option(
    ["--workspace"],
    type=FILE,
    expose_value=False,
    callback=_to_the_program,
    metavar="DIR",
    help="same as before the verb",
)
wait_option: Final = click.option("--wait", is_flag=True, help="wait until it has ended")
