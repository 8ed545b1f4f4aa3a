"""The command line: finds a verb, imports its module and runs it."""

import importlib
from collections.abc import Sequence
from typing import Any, Final

import click

from core.cli.declaring import FILE
from core.cli.outcome import Outcome
from core.cli.verbs import ALIASES, VERBS
from core.errors import AppError

_NAME: Final = "python -m core"


class Program(click.Group):
    """The group of all verbs. Imports a verb's module when the verb is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs in the order of `VERBS`."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb with this name or alias; None if there is none."""
        return command_of(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb of the first argument. Raises click.NoSuchCommand with similar verbs."""
        if command_of(args[0]) is None and not args[0].startswith("-"):
            message = f"There is no verb {args[0]!r}."
            raise click.NoSuchCommand(args[0], message, possibilities=[*VERBS, *ALIASES], ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs with their summaries, without importing them."""
        others = {verb: alias for alias, verb in ALIASES.items()}
        rows = [(f"{verb}, {others[verb]}" if verb in others else verb, entry.summary) for verb, entry in VERBS.items()]
        with formatter.section("Verbs"):
            formatter.write_dl(rows)


def run(line: Sequence[str]) -> Outcome | None:
    """Run a command line; None after `--help` and `--version`. Raises AppError for a user's mistake."""
    try:
        # Not main(): it ends the process, and handles a closed pipe and Ctrl-C differently.
        with program.make_context(_NAME, list(line)) as ctx:
            outcome: Outcome = program.invoke(ctx)
            return outcome
    except click.exceptions.Exit:
        return None
    except click.UsageError as mistake:
        raise _error_of(mistake) from None


def command_of(verb: str) -> click.Command | None:
    """The command of a verb or alias; None if there is none."""
    name = ALIASES.get(verb, verb)
    if name not in VERBS:
        return None
    module = importlib.import_module(f"core.cli.nouns.{VERBS[name].module}")
    command: click.Command = getattr(module, f"{name.replace('-', '_')}_verb")
    return command


def _error_of(mistake: click.UsageError) -> AppError:
    """The error of a usage mistake, with similar words, the usage, and how to list the options."""
    path, usage = _NAME, f"{_NAME} [--workspace DIR] VERB … [--json]"
    if mistake.ctx is not None and mistake.ctx.parent is not None:
        path = mistake.ctx.command_path
        usage = " ".join(mistake.ctx.get_usage().removeprefix("Usage: ").split())
    meant = getattr(mistake, "possibilities", None)
    message = mistake.message if meant else mistake.format_message()
    guess = f"Did you mean {' or '.join(meant)}? " if meant else ""
    listed = "options" if path != _NAME else "verbs"
    return AppError(
        f"{path}: {' '.join(message.split()).removesuffix('.')}.",
        f"{guess}Usage: {usage}. `{path} --help` lists the {listed}.",
    )


def _show_version(ctx: click.Context, _option: click.Parameter, is_asked: bool) -> None:
    if is_asked:
        # It reads a file, and only this option needs it.
        from core.version import app_version

        click.echo(f"Detdesk {app_version()}")
        ctx.exit()


@click.command(
    cls=Program,
    invoke_without_command=True,
    subcommand_metavar="VERB …",
    help="Detdesk from the command line. docs/cli.md describes each verb and its JSON document.",
    epilog="`python -m core VERB --help` lists the options of a verb.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--workspace", type=FILE, metavar="DIR", help="default: DETDESK_WORKSPACE, else ./workspace")
@click.option("--json", is_flag=True, expose_value=False, help="one JSON document on standard output")
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="print it")
@click.pass_context
def program(ctx: click.Context, **_options: Any) -> None:
    """The command line. Raises click.UsageError without a verb."""
    if ctx.invoked_subcommand is None:
        raise click.UsageError("The verb is missing.", ctx)
