"""The search of a sweep: one trial after the other, until the budget, the trials or the combinations are used up."""

import statistics
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from core.driver.following import ENDED_EARLY, FINISHED, PAUSED, Left, Reports, Work, follow
from core.driver.study import Study
from core.errors import AppError
from core.services.runs import control as runs
from core.services.sweeps.records import COMPLETE, FAILED, PRUNED, RUNNING, WAITING, SweepPlan, SweepState, Trial
from core.services.training.create_run import NewRun, make_run
from core.services.training.rerun import stored_run
from core.training.recipe.recipe import Recipe
from core.training.recipe.search_space import with_values, words_of_values
from core.training.run.groups import SWEEP, GroupPart
from core.training.run.status import Phase
from core.workspace.names import LONGEST_NAME

# After so many failures in a row the cause is the machine or the data, not the settings.
_MOST_FAILURES: Final = 3

Keep = Callable[[SweepState], SweepState]  # writes the state and returns it


def search(work: Work, state: SweepState, study: Study, keep: Keep) -> SweepState:
    """Makes trials until there is a reason to end, or a stop is requested (`search_ended` is "" then).

    Raises AppError if several trials in a row fail.
    """
    while not state.search_ended and not work.stop():
        trial = next((trial for trial in state.trials if trial.state in (WAITING, RUNNING)), None)
        if trial is None:
            if ended := why_ended(work.plan, state):
                return keep(replace(state, search_ended=ended))
            values = study.ask(len(state.trials))
            if values is None:
                return keep(replace(state, search_ended="Every combination was tried."))
            trial = Trial(number=len(state.trials), values=values, state=WAITING)
            state = keep(state.with_trial(trial))
        if not trial.run:
            trial = replace(trial, run=_run_of(work, trial), state=RUNNING)
            state = keep(state.with_trial(trial))
        work.tell(f"trial {trial.number}: {words_of_values(trial.values)}")
        left = follow(work, trial.run, trial.is_paused, trial.resumes, _poor(study, trial.number))
        trial = _after(trial, left)
        if trial.state in (COMPLETE, PRUNED, FAILED):
            study.tell(trial.number, trial.state, trial.ap)
        state = keep(state.with_trial(trial))
    return state


def why_ended(plan: SweepPlan, state: SweepState) -> str:
    """Why no further trial is made, in a sentence; "" if there may be one. Raises AppError after failures in a row."""
    last = state.trials[-_MOST_FAILURES:]
    if len(last) == _MOST_FAILURES and all(trial.state == FAILED for trial in last):
        raise AppError(f"{_MOST_FAILURES} trials in a row failed. The last one: {last[-1].reason}",
                       "Look at their runs, mend the cause, and resume the sweep.")  # fmt: skip
    if len(state.trials) > plan.most_trials:
        return f"{plan.most_trials} trials were made."
    if state.spent_s + seconds_a_run(plan, state) * (1 + 2 * plan.check_seeds) > plan.budget_s:
        left = "leaves no time for another trial and the check of the best"
        return f"The budget of {plan.budget_s / 60:.0f} minutes {left}."
    return ""


def seconds_a_run(plan: SweepPlan, state: SweepState) -> float:
    """What a whole run takes: the mean of those that were not ended early, and of the base."""
    whole = [trial.seconds for trial in state.trials if trial.state == COMPLETE and trial.seconds]
    return statistics.fmean([plan.run_seconds, *whole])


def start_run_of(work: Work, place: int, label: str, change: Callable[[Recipe], Recipe]) -> str:
    """The run at this place of the sweep's group: one that a killed driver has started already, or a new one."""
    plan = work.plan
    for run in runs.list_runs(work.settings, archived=True):
        if run.group and run.group.group == plan.id and run.group.place == place and run.phase != Phase.FAILED:
            return run.run
    stored: NewRun = stored_run(work.settings, plan.base)
    recipe = replace(stored.recipe, extended_at=0, rate_until=0, pictures_ahead=0)
    part = GroupPart(
        group=plan.id, name=plan.name, kind=SWEEP, place=place, of=0, label=label, origin=plan.base, seed=recipe.seed
    )
    name = f"{plan.name}, {label}"[:LONGEST_NAME]
    return make_run(
        work.settings, replace(stored, name=name, recipe=change(recipe), group=part), work.train, actor=work.actor
    )


def _run_of(work: Work, trial: Trial) -> str:
    return start_run_of(work, trial.number, f"trial {trial.number}", lambda recipe: with_values(recipe, trial.values))


def _poor(study: Study, number: int) -> Callable[[Reports], bool]:
    return lambda reports: study.report(number, reports)


def _after(trial: Trial, left: Left) -> Trial:
    """The trial as its run was left."""
    best = left.best
    trial = replace(
        trial,
        seconds=left.seconds,
        resumes=left.resumes,
        is_paused=left.how == PAUSED,
        ap=best.ap if best else None,
        ap50=best.ap50 if best else None,
        reason=left.reason,
    )
    if left.how == PAUSED:
        return trial
    if left.how == FINISHED and trial.ap is not None:
        return replace(trial, state=COMPLETE)
    if left.how == ENDED_EARLY:
        return replace(trial, state=PRUNED)
    return replace(trial, state=FAILED, reason=left.reason or "It was not validated.")
