"""The check of the best trial: its settings and the base's are trained with other seeds and compared on validation.

The search took the trial with the best luck among many, so its AP says too much. Other seeds take that luck out. The
validation images chose it too, which other seeds do not take out; the test split would, and a sweep does not open it.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from core.driver.following import FINISHED, PAUSED, POLL_S, Work, follow
from core.driver.search import Keep, start_run_of
from core.errors import AppError
from core.evaluation.intervals.bootstrap import RESAMPLES, Replicates
from core.evaluation.intervals.intervals import FEWEST_IMAGES, Interval, images_of_each
from core.evaluation.intervals.several_seeds import difference_over_seeds
from core.figures.words.numbers import signed
from core.progress import say_nothing
from core.services.evaluation.intervals import replicates_of
from core.services.evaluation.opened import open_evaluation
from core.services.evaluation.request import EvaluationRequest
from core.services.evaluation.start import start_evaluation
from core.services.evaluation.status import EvaluationState, evaluation_state
from core.services.sweeps.records import (
    BETTER,
    COMPLETE,
    FAILED,
    NOTHING,
    RUNNING,
    WAITING,
    Answer,
    Check,
    SweepState,
    Trial,
)
from core.training.recipe.recipe import Recipe
from core.training.recipe.search_space import with_values, words_of_values
from core.training.run.status import Phase

# Places of the checks in the group, above those of all trials.
_FIRST_PLACE: Final = 1001


def check(work: Work, state: SweepState, keep: Keep) -> SweepState:
    """Trains and evaluates what the answer needs, and gives it; without an answer a stop was requested.

    Raises AppError if a run or an evaluation fails.
    """
    best = state.best
    if best is None:
        raise AppError("No trial was validated.", "Look at the runs of the sweep.")
    if best.number == 0:
        return keep(replace(state, answer=Answer(kind=NOTHING, best=0, reason=_no_better(state))))
    if not state.checks:
        seeds = [(work.plan.seed + step) % 2**31 for step in range(1, work.plan.check_seeds + 1)]
        pairs = [Check(seed=seed, is_best=is_best, state=WAITING) for seed in seeds for is_best in (False, True)]
        state = keep(replace(state, checks=tuple(pairs)))
    for index in range(len(state.checks)):
        state = _trained(work, state, index, best, keep)
        if state.checks[index].state == COMPLETE and not state.checks[index].is_evaluated:
            state = _evaluated(work, state, index, keep)
        if not state.checks[index].is_evaluated:
            return state
    return keep(replace(state, answer=_answer(work, state, best)))


def _no_better(state: SweepState) -> str:
    tried = len(state.trials) - 1
    if tried == 1:
        return "The one trial was no better than the settings you have."
    return f"None of {tried} trials was better than the settings you have."


def _trained(work: Work, state: SweepState, index: int, best: Trial, keep: Keep) -> SweepState:
    """The state after the run of a check. Raises AppError if it fails."""
    now = state.checks[index]
    if now.state == COMPLETE:
        return state
    if not now.run or now.state == FAILED:
        label = f"{'best' if now.is_best else 'as it was'}, seed {now.seed}"
        run = start_run_of(work, _FIRST_PLACE + index, label, _change(now, best))
        now = replace(now, run=run, state=RUNNING, is_paused=False, resumes=0)
        state = keep(state.with_check(index, now))
    settings = f"trial {best.number}" if now.is_best else "the settings you have"
    work.tell(f"check of the best: {settings} with seed {now.seed}")
    left = follow(work, now.run, now.is_paused, now.resumes)
    now = replace(
        now,
        seconds=left.seconds,
        resumes=left.resumes,
        is_paused=left.how == PAUSED,
        ap=left.best.ap if left.best else None,
    )
    if left.how == FINISHED:
        return keep(state.with_check(index, replace(now, state=COMPLETE)))
    if left.how == PAUSED:
        return keep(state.with_check(index, now))
    keep(state.with_check(index, replace(now, state=FAILED)))
    raise AppError(f"A run that checks the best trial did not finish: {left.reason}",
                   "Look at it, then resume the sweep: it trains that run again.")  # fmt: skip


def _change(now: Check, best: Trial) -> Callable[[Recipe], Recipe]:
    values = best.values if now.is_best else {}
    return lambda recipe: replace(with_values(recipe, values), seed=now.seed)


def _evaluated(work: Work, state: SweepState, index: int, keep: Keep) -> SweepState:
    """The state after the evaluation of a check's best checkpoint on validation; as it was if the sweep stops.

    Raises AppError if the evaluation fails.
    """
    now = state.checks[index]
    if not now.evaluation or _evaluation(work, now).phase in (Phase.FAILED, Phase.STOPPED, Phase.LOST):
        request = EvaluationRequest(run=now.run, split="val")
        key = start_evaluation(work.settings, request, work.evaluate, actor=work.actor)
        now = replace(now, evaluation=key)
        state = keep(state.with_check(index, now))
    work.tell(f"check of the best: evaluating seed {now.seed}")
    while not (seen := _evaluation(work, now)).has_ended:
        if work.stop():
            return state
        time.sleep(POLL_S)
    if seen.phase is not Phase.FINISHED:
        raise AppError(f"An evaluation of the check is {seen.phase}: {seen.reason}", seen.remedy or "Resume the sweep.")
    return keep(state.with_check(index, replace(now, is_evaluated=True)))


def _evaluation(work: Work, now: Check) -> EvaluationState:
    return evaluation_state(work.settings, now.evaluation)


def _answer(work: Work, state: SweepState, best: Trial) -> Answer:
    """The answer from the evaluations of all checks."""
    work.tell("comparing the best trial with the settings you have")
    sides = [[check for check in state.checks if check.is_best is is_best] for is_best in (False, True)]
    pairs = [_difference(work, base, other) for base, other in zip(*sides, strict=True)]
    truth = open_evaluation(work.settings, state.checks[0].evaluation).truth
    ap, ap50 = difference_over_seeds(pairs, images_of_each(truth))
    words = words_of_values(best.values)
    return Answer(kind=_kind(ap), reason=reason_of(ap, words, len(pairs)), best=best.number, ap=ap, ap50=ap50)


def _difference(work: Work, base: Check, other: Check) -> Replicates:
    """AP of the best trial's settings minus the base's, of one seed, on the same resamples of the images."""
    left, right = (
        replicates_of(work.settings, open_evaluation(work.settings, check.evaluation), say_nothing, RESAMPLES, 0)
        for check in (base, other)
    )
    return right.minus(left)


def _kind(ap: Interval) -> str:
    return BETTER if ap.low is not None and ap.low > 0 else NOTHING


def reason_of(ap: Interval, words: str, seeds: int) -> str:
    """Why the answer is what it is, in a sentence; AP in per cent."""
    if ap.value is None or ap.low is None or ap.high is None:
        return f"Validation has fewer than {FEWEST_IMAGES} images with objects, too few to tell {words} from chance."
    span = f"{signed(ap.low)} to {signed(ap.high)} AP with {seeds} other seeds"
    if ap.low > 0:
        return f"{span}: {words}."
    doubt = "worse than the settings you have" if ap.high < 0 else "which may be nothing"
    return f"{span}, {doubt}: {words}."
