"""The verbs that go beyond one setting: the learning curve of a run, and the sweep of its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from core.cli.actor import actor_of
from core.cli.declaring import verb
from core.cli.outcome import Outcome
from core.cli.progress import progress_bar
from core.errors import AppError
from core.figures.words.more_images import gain_words
from core.services import training
from core.settings import Settings

if TYPE_CHECKING:
    from core.services.training import LearningCurve


@verb("learning-curve")
@click.argument("run", metavar="RUN")
@click.option("--seeds", type=int, default=3, metavar="N", help="runs for each share, 2 to 5; at the first start only")
@click.option("--show", is_flag=True, help="start nothing: show the curve as it stands")
@click.option("--wait", is_flag=True, help="wait until every run has ended")
def learning_curve_verb(settings: Settings, run: str, seeds: int, show: bool, wait: bool) -> Outcome:
    """
    `group` ("" before the start)`, origin, origin_name, dataset, iterations, ended, complete, runs [{share, seed, run,
    name, phase (or missing), is_origin, images, aps {class: AP; "" for all}}], rows [{name ("" for all classes), levels
    [{share, images, objects, mean, low, high, values}], validation_objects, gain {verdict (gain, little or cannot say),
    value, low, high, reason}}]` (AP that twice the images would add, with a 95 % interval)`, seconds_left, notes,
    words` (a sentence for each row); it starts the runs that are missing, exit 2 with `--wait` unless all finished
    """
    key = run
    if not show:
        with progress_bar() as progress:
            key = training.start_learning_curve(settings, run, progress, seeds, actor=actor_of(settings))
            if wait:
                training.wait_for_group(settings, key, progress)
    return _curve_outcome(training.learning_curve(settings, key), wait)


def _curve_outcome(curve: LearningCurve, wait: bool) -> Outcome:
    document = curve.to_json() | {"words": [gain_words(row.name, row.gain) for row in curve.rows]}
    if curve.is_complete or not wait:
        return Outcome(document=document)
    error = AppError(" ".join(curve.notes) or "Not every run finished.", "Call it again: it starts what is missing.")
    return Outcome(document={**document, **error.as_dict()}, exit_code=2)
