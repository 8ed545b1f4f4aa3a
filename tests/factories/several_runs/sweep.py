"""Maker of sweeps in a few milliseconds, with the write functions of services and driver."""

import time
from dataclasses import replace

from core.evaluation.intervals.intervals import Interval
from core.files import write_json
from core.services.sweeps.records import (
    BETTER,
    COMPLETE,
    FAILED,
    NOTHING,
    PRUNED,
    RUNNING,
    Answer,
    Check,
    SweepFolder,
    SweepPlan,
    SweepState,
    Trial,
    write_state,
)
from core.settings import Settings
from core.training.recipe.search_space import Span
from core.training.run.folder import RunFolder
from core.training.run.status import Phase, Status, write_status
from core.workspace.layout import Layout
from core.workspace.registry import new_id
from tests.factories.actors import ADA


def make_sweep(settings: Settings, base: str, phase: Phase = Phase.FINISHED, kind: str = BETTER) -> str:
    """A sweep over two settings with five trials. An unfinished one has no answer yet."""
    key = new_id("s")
    folder = SweepFolder(Layout(settings.workspace).sweeps / key)
    folder.root.mkdir(parents=True)
    spans = (Span(name="learning_rate", low=0.001, high=0.04), Span(name="ema", choices=(0.0, 0.998)))
    plan = SweepPlan(
        id=key,
        name="Sweep of first look",
        created=time.time() - 900,
        base=base,
        base_name="first look",
        dataset="cells",
        iterations=400,
        seed=1,
        spans=spans,
        base_values={"learning_rate": 0.01, "ema": 0.0},
        budget_s=3600,
        most_trials=30,
        check_seeds=2,
        run_seconds=280,
        actor=ADA,
    )
    write_json(folder.plan, plan.to_json())
    is_done = phase is Phase.FINISHED
    state = SweepState(trials=_trials(base, is_done))
    if is_done:
        state = replace(state, checks=_checks(base), search_ended="30 trials were made.", answer=_answer(kind))
    write_state(folder, state)
    run = RunFolder(folder.root)
    status = Status(
        phase=Phase.RUNNING if phase is Phase.LOST else phase,
        pid=99_999_999,
        iteration=3,
        of_iterations=30,
        started=time.time() - 900,
        updated=time.time() - 60,
        activity="" if is_done else "trial 4: learning rate 0.03",
        reason="Stopped on request." if phase is Phase.STOPPED else "",
    )
    write_status(run.status, status)
    return key


def _trials(base: str, is_done: bool) -> tuple[Trial, ...]:
    reports = ((200, 0.3), (400, 0.45))
    last = {"state": COMPLETE, "ap": 0.44} if is_done else {"state": RUNNING, "ap": None}
    return (
        Trial(number=0, values={"learning_rate": 0.01, "ema": 0.0}, state=COMPLETE, run=base, ap=0.45, reports=reports),
        Trial(number=1, values={"learning_rate": 0.02, "ema": 0.0}, state=COMPLETE, run=base, ap=0.49, seconds=280),
        Trial(
            number=2,
            values={"learning_rate": 0.0012, "ema": 0.998},
            state=PRUNED,
            run=base,
            ap=0.2,
            seconds=120,
            reason="Ended after iteration 200: worse than half of the trials at that point.",
        ),
        Trial(
            number=3, values={"learning_rate": 0.04, "ema": 0.0}, state=FAILED, reason="The loss became NaN.", seconds=9
        ),
        Trial(number=4, values={"learning_rate": 0.03, "ema": 0.998}, run=base, seconds=280, **last),
    )


def _checks(base: str) -> tuple[Check, ...]:
    return tuple(
        Check(seed=seed, is_best=is_best, state=COMPLETE, run=base, evaluation="e-234567", is_evaluated=True, ap=0.46)
        for seed in (2, 3)
        for is_best in (False, True)
    )


def _answer(kind: str) -> Answer:
    low = 0.004 if kind == BETTER else -0.012
    span = Interval(value=0.02, low=low, high=0.036, above=0.97)
    words = "+0.4 to +3.6 AP with 2 other seeds: learning rate 0.02." if kind != NOTHING else "It may be nothing."
    return Answer(kind=kind, reason=words, best=1, ap=span, ap50=span)
