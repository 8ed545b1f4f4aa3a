"""Sweeps from start to answer: driver, queue, runs and comparison are the product's; trainings are quick ones."""

import os
import signal

import pytest

from core.progress import say_nothing
from core.services import runs, sweeps
from core.services.sweeps import Sweep, SweepRequest
from core.training.run.status import Phase
from tests.driver.conftest import Base
from tests.factories.actors import ADA
from tests.factories.waiting import eventually
from tests.factories.workers.scored_driver import scored_driver

pytestmark = pytest.mark.process


def _start(base: Base, *over: str, trials: int = 30, step_s: float = 0.01, **environment: str) -> str:
    request = SweepRequest(run=base.run, over=over, minutes=5, trials=trials, seeds=2)
    launcher = scored_driver(SCORED_STEP_S=str(step_s), **environment)
    return sweeps.start_sweep(base.settings, request, launcher, actor=ADA)


def _ended(base: Base, key: str) -> Sweep:
    sweep = sweeps.wait_for_sweep(base.settings, key, say_nothing)
    assert sweep.phase == Phase.FINISHED, sweep.reason
    return sweep


def test_a_better_rate_wins_and_is_trained_and_compared_again_with_other_seeds(base: Base) -> None:
    sweep = _ended(base, _start(base, f"learning_rate={2 * base.rate}"))
    first, other = sweep.state.trials
    assert (first.run, first.values) == (base.run, {"learning_rate": base.rate}), "trial 0 is the run itself"
    assert other.values == {"learning_rate": 2 * base.rate}
    assert other.ap is not None and first.ap is not None and other.ap > first.ap + 0.05
    assert sweep.state.search_ended == "Every combination was tried."
    seeds = [(check.seed, check.is_best) for check in sweep.state.checks]
    assert seeds == [(4, False), (4, True), (5, False), (5, True)]
    recipes = [runs.describe_run(base.settings, check.run).recipe for check in sweep.state.checks]
    assert [(recipe.seed, recipe.learning_rate) for recipe in recipes if recipe] == [
        (4, base.rate),
        (4, 2 * base.rate),
        (5, base.rate),
        (5, 2 * base.rate),
    ]
    answer = sweep.state.answer
    assert answer is not None
    assert (answer.kind, answer.best) == (sweeps.BETTER, 1)
    assert answer.ap is not None and answer.ap.low is not None and answer.ap.low > 0
    assert answer.ap.low < 0.1 < (answer.ap.high or 0), "the law's own difference"
    names = [run.name for run in runs.list_runs(base.settings) if run.group and run.group.group == sweep.plan.id]
    assert names == [
        "Sweep of first, best, seed 5",
        "Sweep of first, as it was, seed 5",
        "Sweep of first, best, seed 4",
        "Sweep of first, as it was, seed 4",
        "Sweep of first, trial 1",
    ]


def test_a_setting_that_does_nothing_is_no_better_and_costs_no_check(base: Base) -> None:
    sweep = _ended(base, _start(base, "clip_at=2,4"))
    aps = {trial.ap for trial in sweep.state.trials}
    assert len(sweep.state.trials) == 3
    assert len(aps) == 1
    assert sweep.state.checks == ()
    assert sweep.state.answer is not None
    assert (sweep.state.answer.kind, sweep.state.answer.best) == (sweeps.NOTHING, 0)
    assert sweep.reason == "None of 2 trials was better than the settings you have."


@pytest.mark.long
def test_a_winner_by_luck_alone_is_found_out_by_other_seeds(base: Base) -> None:
    # Rates that the law cannot tell apart, and a lot of chance: the best of them was lucky.
    close = ",".join(str(base.rate * (1 + step / 1000)) for step in range(1, 7))
    sweep = _ended(base, _start(base, f"learning_rate={close}", SCORED_NOISE="0.06"))
    assert sweep.state.best is not None and sweep.state.best.number > 0
    assert len(sweep.state.checks) == 4
    assert sweep.state.answer is not None
    assert sweep.state.answer.kind == sweeps.NOTHING
    assert "which may be nothing" in sweep.reason


def test_a_killed_driver_leaves_its_run_and_goes_on_with_it_when_resumed(base: Base) -> None:
    key = _start(base, "clip_at=2", step_s=0.3)
    folder = base.settings.workspace / "sweeps" / key
    eventually(lambda: _first_run(base, key))
    first = _first_run(base, key)
    eventually(lambda: runs.describe_run(base.settings, first).phase == "running")
    driver = int((folder / "status.json").read_text().split('"pid": ')[1].split(",")[0])
    os.kill(driver, signal.SIGKILL)
    eventually(lambda: sweeps.describe_sweep(base.settings, key).phase == Phase.LOST)
    assert runs.describe_run(base.settings, first).phase == "running", "the run does not need its driver"
    # As if the kill had come in the middle of a line.
    with (folder / "study.journal").open("ab") as journal:
        journal.write(b'{"op_code": 5, "wor')
    sweeps.resume_sweep(base.settings, key, scored_driver(), actor=ADA)
    sweep = _ended(base, key)
    assert [trial.run for trial in sweep.state.trials] == [base.run, first]
    members = [run for run in runs.list_runs(base.settings) if run.group and run.group.group == key]
    assert [member.run for member in members] == [first], "no run was started twice"
    assert runs.describe_run(base.settings, first).history == ()


@pytest.mark.long
def test_a_stopped_sweep_stops_its_run_and_resumes_both(base: Base) -> None:
    key = _start(base, "clip_at=2", step_s=0.3)
    eventually(lambda: _first_run(base, key))
    run = _first_run(base, key)
    eventually(lambda: runs.describe_run(base.settings, run).iteration > 0)
    sweeps.stop_sweep(base.settings, key, actor=ADA)
    stopped = sweeps.wait_for_sweep(base.settings, key, say_nothing)
    assert stopped.phase == Phase.STOPPED
    assert runs.describe_run(base.settings, run).phase == "stopped"
    assert stopped.state.answer is None
    sweeps.resume_sweep(base.settings, key, scored_driver(), actor=ADA)
    sweep = _ended(base, key)
    assert [trial.run for trial in sweep.state.trials] == [base.run, run]
    assert sweep.state.trials[1].state == "complete"
    assert [change.did for change in runs.describe_run(base.settings, run).history] == ["stopped", "resumed"]


@pytest.mark.long
def test_a_killed_worker_is_resumed_once(base: Base) -> None:
    key = _start(base, "clip_at=2", step_s=0.3)
    eventually(lambda: _first_run(base, key))
    run = _first_run(base, key)
    eventually(lambda: runs.describe_run(base.settings, run).iteration > 0)
    status = (base.settings.workspace / "runs" / run / "status.json").read_text()
    os.kill(int(status.split('"pid": ')[1].split(",")[0]), signal.SIGKILL)
    sweep = _ended(base, key)
    assert (sweep.state.trials[1].state, sweep.state.trials[1].resumes) == ("complete", 1)


def _first_run(base: Base, key: str) -> str:
    trials = sweeps.describe_sweep(base.settings, key).state.trials
    return trials[1].run if len(trials) > 1 else ""
