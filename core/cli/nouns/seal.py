"""The verb about sealed test scores. Verbs that open them say so on standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from core.cli.actor import actor_of
from core.cli.declaring import verb
from core.errors import AppError, NotFoundError
from core.services import datasets, evaluation
from core.settings import Settings

# Using a name of a services package imports its module, and `--help` needs none.
if TYPE_CHECKING:
    from core.services.evaluation import OpenEvaluation


@verb("seal")
@click.argument("reference", metavar="ID", help="a data set or an evaluation")
@click.option("--open", "is_opened", is_flag=True, help="open the scores of this evaluation; this is logged")
def seal_verb(settings: Settings, reference: str, is_opened: bool) -> Any:
    """
    `dataset, version, opened` (how often)`, openings [{time, from (page or command line), evaluation, subject, actor
    {name, source}}]`
    """
    try:
        seal = evaluation.find_seal(settings, reference)
    except NotFoundError:
        if is_opened:
            raise
        version = datasets.open_version(settings, reference)
        openings = evaluation.list_openings(settings, version.dataset, version.version)
        return evaluation.openings_json(version.dataset, version.version, openings)
    if seal is None:
        raise AppError(
            f"Evaluation {reference!r} has no seal: it is not on the test split of a data set.",
            "Give one that is, or a data set.",
        )
    if is_opened:
        seal = evaluation.open_seal(settings, reference, actor=actor_of(settings)) or seal
    return seal.to_json()


def open_and_say(settings: Settings, key: str) -> OpenEvaluation:
    """Open an evaluation. Opening sealed scores is logged and reported on standard error."""
    before = evaluation.find_seal(settings, key)
    now = evaluation.open_seal(settings, key, actor=actor_of(settings))
    if before and now and not before.is_open:
        print(now.note, file=sys.stderr)
    return evaluation.open_evaluation(settings, key)
