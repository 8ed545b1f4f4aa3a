"""The verb that rebuilds damaged files of the workspace."""

from typing import Any

import click

from core.cli.actor import actor_of
from core.cli.declaring import verb
from core.settings import Settings


@verb("rebuild")
@click.argument("key", metavar="ID", help="a run, evaluation, data set or custom model")
def rebuild_verb(settings: Settings, key: str) -> Any:
    """
    `kind, id, rebuilt [file], put_aside [file]`: damaged files that were rebuilt from others, and those that were set
    aside because the item works without them; each damaged file is kept as `FILE.damaged`. Exit 2 if a damaged file
    remains that only a backup restores
    """
    # It has no lazy exports: importing it loads pandas, which `--help` does not need.
    from core.services.rebuilding import rebuild

    return rebuild(settings, key, actor=actor_of(settings)).to_json()
