"""The verbs that go beyond one setting: the learning curve of a run, and the sweep of its settings."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import click

from core.cli.actor import actor_of
from core.cli.declaring import verb
from core.cli.outcome import Outcome, listed
from core.cli.progress import progress_bar
from core.errors import AppError
from core.services import sweeps, training
from core.settings import Settings
from core.training.recipe.search_space import MOST_SETTINGS, SWEPT, USUAL_SEEDS, USUAL_TRIALS
from core.training.run.groups import USUAL_CURVE_SEEDS
from core.training.run.status import ENDED, Phase

if TYPE_CHECKING:
    from core.services.sweeps import Sweep
    from core.services.training import LearningCurve

_OVER = f"a setting and its values, up to {MOST_SETTINGS} times: NAME=LOW..HIGH, NAME=A,B,C, or NAME for the usual ones"


@verb("learning-curve")
@click.argument("run", metavar="RUN")
@click.option(
    "--seeds",
    type=int,
    default=USUAL_CURVE_SEEDS,
    metavar="N",
    help="runs for each share, 2 to 5; at the first start only",
)
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
    from core.figures.words.more_images import gain_words

    document = curve.to_json() | {"words": [gain_words(row.name, row.gain) for row in curve.rows]}
    if curve.is_complete or not wait:
        return Outcome(document=document)
    error = AppError(" ".join(curve.notes) or "Not every run finished.", "Call it again: it starts what is missing.")
    return Outcome(document={**document, **error.as_dict()}, exit_code=2)


@verb("sweep")
@click.argument("run", metavar="RUN")
@click.option("--over", multiple=True, required=True, metavar="NAME[=VALUES]", help=f"{_OVER}; of {', '.join(SWEPT)}")
@click.option("--minutes", type=float, required=True, help="of training, over all runs of the sweep")
@click.option("--trials", type=int, default=USUAL_TRIALS, metavar="N", help="the most trials")
@click.option("--check-seeds", type=int, default=USUAL_SEEDS, metavar="N", help="seeds that check the best, 2 to 5")
@click.option("--name", default="")
@click.option("--wait", is_flag=True, help="wait until it has ended")
def sweep_verb(
    settings: Settings, run: str, over: tuple[str, ...], minutes: float, trials: int, check_seeds: int, name: str,
    wait: bool,
) -> Outcome:  # fmt: skip
    """
    as `sweep-status`; RUN is a finished run, whose settings are trial 0; with `--wait` exit 2 unless it finished
    """
    request = sweeps.SweepRequest(run=run, over=over, minutes=minutes, trials=trials, seeds=check_seeds, name=name)
    key = sweeps.start_sweep(settings, request, actor=actor_of(settings))
    return _sweep_outcome(settings, key, wait)


@verb("sweeps")
def sweeps_verb(settings: Settings) -> Outcome:
    """list of `sweep, name, base, phase, trials, created, answer` (better, nothing or "")`, damaged`"""
    rows = [row.to_json() for row in sweeps.list_sweeps(settings)]
    return listed(rows, "sweep", "name", "phase", "trials", "answer")


@verb("sweep-status")
@click.argument("sweep", metavar="ID")
@click.option("--wait", is_flag=True, help="wait until it has ended")
def sweep_status_verb(settings: Settings, sweep: str, wait: bool) -> Outcome:
    """
    `sweep, name, created, base, base_name, dataset, iterations, seed, spans [{name, low, high, choices}], base_values,
    budget_s, spent_s, most_trials, check_seeds, run_seconds, actor, caveat` (why the answer can only be nothing; or
    "")`, phase (as of a run), reason, remedy, activity, ended, best` (number of the best trial)`, trials [{number` (0:
    the run it began with)`, values, state (waiting, running, complete, pruned or failed), run, reports [[iteration,
    ap]]` (of trial 0)`, ap, ap50, seconds, reason, is_paused, resumes}], checks [{seed, is_best, state, run,
    evaluation, is_evaluated, ap, seconds, is_paused, resumes}], search_ended` (why there are no more trials)`, answer
    {kind (better or nothing), reason, best, ap {value, low, high, above}, ap50}` (null before the end; ap: best minus
    base over the seeds of the checks, with a 95 % interval; null where no check was needed)
    """
    return _sweep_outcome(settings, sweep, wait)


@verb("sweep-stop")
@click.argument("sweep", metavar="ID")
@click.option("--wait", is_flag=True, help="wait until it has ended")
def sweep_stop_verb(settings: Settings, sweep: str, wait: bool) -> Outcome:
    """as `sweep-status`; its run is stopped, too"""
    sweeps.stop_sweep(settings, sweep, actor=actor_of(settings))
    return _sweep_outcome(settings, sweep, wait, ENDED)


@verb("sweep-resume")
@click.argument("sweep", metavar="ID")
@click.option("--wait", is_flag=True, help="wait until it has ended")
def sweep_resume_verb(settings: Settings, sweep: str, wait: bool) -> Outcome:
    """as `sweep-status`"""
    sweeps.resume_sweep(settings, sweep, actor=actor_of(settings))
    return _sweep_outcome(settings, sweep, wait)


def _sweep_outcome(
    settings: Settings, key: str, wait: bool, expected: Collection[Phase] = (Phase.FINISHED,)
) -> Outcome:
    if not wait:
        return Outcome(document=sweeps.describe_sweep(settings, key).to_json())
    with progress_bar() as progress:
        sweep = sweeps.wait_for_sweep(settings, key, progress)
    if sweep.phase in expected:
        return Outcome(document=sweep.to_json())
    return Outcome(document={**sweep.to_json(), **_not_finished(sweep).as_dict()}, exit_code=2)


def _not_finished(sweep: Sweep) -> AppError:
    remedy = sweep.remedy or f"`python -m core sweep-resume {sweep.plan.id}` continues it."
    return AppError(f"Sweep {sweep.plan.name} is {sweep.phase}: {sweep.reason}", remedy)
