"""Makers of learning curves and sweeps in a few milliseconds, with the write functions of services and driver."""

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
from core.training.run.groups import IMAGES, GroupPart
from core.training.run.job import read_job, write_job
from core.training.run.splits import RunSplits, write_splits
from core.training.run.status import Phase, Status, write_status
from core.workspace.layout import Layout
from core.workspace.registry import new_id
from tests.factories.actors import ADA
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker

SHARES = (0.25, 0.5, 1.0)
IMAGES_OF = {0.25: 10, 0.5: 20, 1.0: 40}
AP_OF = {0.25: 0.30, 0.5: 0.38, 1.0: 0.45}


def finished_run(settings: Settings) -> RunMaker:
    """A maker of finished runs on a new data set of 40 training images."""
    dataset = DatasetMaker(train=40, val=12).make(settings)
    return RunMaker(dataset=dataset, classes=("red", "blue"), images=40, top_ap=AP_OF[1.0])


def make_curve(settings: Settings, without: tuple[int, ...] = ()) -> tuple[str, str]:
    """A learning curve of three seeds, without the runs at some places (from 1). Returns first run and group."""
    maker = finished_run(settings)
    origin, group = maker.make(settings), new_id("g")
    places = [(seed, share) for seed in (1, 2, 3) for share in SHARES]
    for place, (seed, share) in enumerate(places, 1):
        if (seed, share) == (1, 1.0) or place in without:
            continue
        label = f"{share * 100:.0f} % of the images, seed {seed}"
        top = AP_OF[share] + 0.004 * (seed - 2)
        run = replace(maker, name=f"first look, {label}", seed=seed, top_ap=top, images=IMAGES_OF[share]).make(settings)
        folder = RunFolder(Layout(settings.workspace).folder("run", run))
        part = GroupPart(
            group=group,
            name="Learning curve of first look",
            kind=IMAGES,
            place=place,
            of=9,
            label=label,
            origin=origin,
            share=share,
            seed=seed,
        )
        write_job(folder, replace(read_job(folder), group=part))
        ids = range(1, 41)
        write_splits(
            folder, RunSplits(train=tuple(ids[: IMAGES_OF[share]]), val=(), unused=tuple(ids[IMAGES_OF[share] :]))
        )
    return origin, group


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
