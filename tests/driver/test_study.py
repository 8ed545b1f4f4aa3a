"""The choice of trials, in one process and over restarts of it."""

from dataclasses import replace
from pathlib import Path

import pytest
from optuna.storages.journal import JournalFileBackend
from optuna.storages.journal._base import BaseJournalSnapshot

from core.driver.study import Study
from core.services.sweeps.records import COMPLETE, FAILED, PRUNED, RUNNING, SweepPlan, SweepState, Trial
from core.training.recipe.search_space import Span
from tests.factories.actors import ADA

RATE = Span(name="learning_rate", low=0.001, high=0.1)
EMA = Span(name="ema", choices=(0.0, 0.99, 0.998))
BASE = Trial(
    number=0,
    values={"learning_rate": 0.01},
    state=COMPLETE,
    ap=0.5,
    reports=((100, 0.2), (200, 0.4), (300, 0.5)),
)


def _plan(*spans: Span) -> SweepPlan:
    return SweepPlan(
        id="s-234567",
        name="sweep",
        created=1.0,
        base="r-234567",
        base_name="first",
        dataset="cells",
        iterations=300,
        seed=1,
        spans=spans,
        base_values={span.name: BASE.values.get(span.name, 0.0) for span in spans},
        budget_s=600,
        most_trials=30,
        check_seeds=3,
        run_seconds=60,
        actor=ADA,
    )


def _state(*trials: Trial) -> SweepState:
    return SweepState(trials=(BASE, *trials))


def test_the_journal_is_read_without_running_anything() -> None:
    assert not issubclass(JournalFileBackend, BaseJournalSnapshot), "snapshots are pickles"


def test_trials_are_within_the_span_and_differ(tmp_path: Path) -> None:
    study = Study(tmp_path / "journal", _plan(RATE), _state())
    rates = []
    for number in range(1, 9):
        values = study.ask(number)
        assert values is not None
        rates.append(values["learning_rate"])
        study.tell(number, COMPLETE, 0.5 - abs(rates[-1] - 0.02))
    assert len(set(rates)) == 8
    assert all(0.001 <= rate <= 0.1 for rate in rates)


def test_a_restart_changes_nothing_in_what_is_tried(tmp_path: Path) -> None:
    def rates(restarts: bool) -> list[float]:
        path, trials = tmp_path / f"journal {restarts}", [BASE]
        study = Study(path, _plan(RATE), SweepState(trials=tuple(trials)))
        tried = []
        for number in range(1, 8):
            if restarts:
                study = Study(path, _plan(RATE), SweepState(trials=tuple(trials)))
            values = study.ask(number) or {}
            trials.append(Trial(number=number, values=values, state=RUNNING))
            tried.append(values["learning_rate"])
            study.tell(number, COMPLETE, 0.5 - abs(tried[-1] - 0.02))
            trials[-1] = replace(trials[-1], state=COMPLETE, ap=0.5)
        return tried

    assert rates(restarts=True) == rates(restarts=False)


def test_each_combination_is_tried_once_and_then_there_is_none(tmp_path: Path) -> None:
    study = Study(tmp_path / "journal", _plan(EMA), SweepState(trials=(replace(BASE, values={"ema": 0.0}),)))
    tried = set()
    for number in (1, 2):
        values = study.ask(number)
        assert values is not None
        tried.add(values["ema"])
        study.tell(number, COMPLETE, 0.4)
    assert tried == {0.99, 0.998}
    assert study.ask(3) is None


def test_a_trial_far_below_the_others_is_ended_and_not_before_a_third_of_its_length(tmp_path: Path) -> None:
    study = Study(tmp_path / "journal", _plan(RATE), _state())
    for number in (1, 2):
        study.ask(number)
        assert not study.report(number, [(100, 0.2), (200, 0.4)]), "too few to compare with"
        study.tell(number, COMPLETE, 0.5)
    study.ask(3)
    assert not study.report(3, [(50, 0.0)])
    assert study.report(3, [(50, 0.0), (100, 0.1)])
    study.tell(3, PRUNED, None)
    study.ask(4)
    assert not study.report(4, [(100, 0.3)])


def test_a_trial_that_the_state_does_not_have_is_forgotten(tmp_path: Path) -> None:
    study = Study(tmp_path / "journal", _plan(EMA), SweepState(trials=(replace(BASE, values={"ema": 0.0}),)))
    study.ask(1)
    again = Study(tmp_path / "journal", _plan(EMA), SweepState(trials=(replace(BASE, values={"ema": 0.0}),)))
    tried = {(again.ask(number) or {})["ema"] for number in (1, 2)}
    assert tried == {0.99, 0.998}, "the driver was killed before it wrote the first down"


@pytest.mark.parametrize(
    "content",
    [b"\x80\x04\x95hostile", b'{"op_code": 99}\n', b"[1, 2]\n[]\n", b"not json\nnor this\n"],
    ids=["a pickle", "another operation", "lists", "text"],
)
def test_a_journal_of_something_else_is_set_aside_and_written_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal"
    path.write_bytes(content)
    done = Trial(number=1, values={"learning_rate": 0.02}, state=COMPLETE, ap=0.6)
    lost = Trial(number=2, values={"learning_rate": 0.09}, state=FAILED)
    now = Trial(number=3, values={"learning_rate": 0.03}, state=RUNNING)
    study = Study(path, _plan(RATE), _state(done, lost, now))
    assert not study.report(3, [(100, 0.3)])
    study.tell(3, COMPLETE, 0.55)
    assert study.ask(4) is not None


def test_a_lock_that_a_killed_driver_left_is_no_obstruction(tmp_path: Path) -> None:
    Study(tmp_path / "journal", _plan(RATE), _state())
    (tmp_path / "journal.lock").touch()
    assert Study(tmp_path / "journal", _plan(RATE), _state()).ask(1) is not None
