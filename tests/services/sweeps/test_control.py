"""Starting, stopping and reading sweeps, without their driver (tests/driver has it)."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import AppError, ConflictError, DamagedFileError, NotFoundError
from core.files import read_json, write_json
from core.services import sweeps
from core.services.sweeps import SweepRequest
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.training.run.folder import RunFolder
from core.training.run.status import Phase
from tests.factories.actors import ADA
from tests.factories.several_runs.learning_curve import finished_run
from tests.factories.several_runs.sweep import make_sweep


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[LocalLauncher, RunFolder]]:
    folders: list[tuple[LocalLauncher, RunFolder]] = []
    monkeypatch.setattr(LocalLauncher, "spawn", lambda self, folder: folders.append((self, folder)))
    return folders


def _request(run: str, *over: str, minutes: float = 60) -> SweepRequest:
    return SweepRequest(run=run, over=over or ("learning_rate",), minutes=minutes)


def test_a_sweep_is_written_and_its_driver_launched_in_its_workspace(
    settings: Settings, launched: list[tuple[LocalLauncher, RunFolder]]
) -> None:
    run = finished_run(settings).make(settings)
    key = sweeps.start_sweep(settings, _request(run, "learning_rate=0.001..0.1", "ema"), actor=ADA)
    ((launcher, folder),) = launched
    assert folder.root == settings.workspace / "sweeps" / key
    assert launcher.command[-2:] == ("-m", "core.driver")
    assert launcher.environment["DETDESK_WORKSPACE"] == str(settings.workspace)
    sweep = sweeps.describe_sweep(settings, key)
    assert (sweep.phase, sweep.plan.base, sweep.plan.actor) == (Phase.QUEUED, run, ADA)
    assert sweep.plan.run_seconds == pytest.approx(280, rel=0.02), "0.7 s an iteration, 400 of them"
    assert sweep.to_json()["sweep"] == key
    assert sweeps.describe_sweep(settings, "Sweep of first look").plan.id == key, "by name, too"


@pytest.mark.parametrize(
    ("phase", "request_of", "said"),
    [
        pytest.param(Phase.RUNNING, _request, "is running", id="a run under way"),
        pytest.param(Phase.FAILED, _request, "is failed", id="a failed run"),
        pytest.param(Phase.FINISHED, lambda run: _request(run, "seed=1,2"), "cannot be swept", id="the seed"),
        pytest.param(Phase.FINISHED, lambda run: _request(run, minutes=10), "too few", id="no time for a check"),
        pytest.param(Phase.FINISHED, lambda run: _request(run, minutes=1e9), "no budget", id="for ever"),
        pytest.param(Phase.FINISHED, lambda run: replace(_request(run), trials=0), "no sweep", id="no trial"),
        pytest.param(Phase.FINISHED, lambda run: replace(_request(run), seeds=1), "cannot check", id="one seed"),
        pytest.param(Phase.FINISHED, lambda run: replace(_request(run), name="\n"), "", id="an empty name"),
        pytest.param(Phase.FINISHED, lambda run: replace(_request(run), name="a\nb"), "no name", id="two lines"),
    ],
)
def test_what_cannot_be_searched_is_refused_and_leaves_nothing(
    settings: Settings,
    launched: list[tuple[LocalLauncher, RunFolder]],
    phase: Phase,
    request_of: "type[SweepRequest]",
    said: str,
) -> None:
    run = replace(finished_run(settings), phase=phase).make(settings)
    request = request_of(run)  # type: ignore[call-arg]
    if not said:
        assert sweeps.start_sweep(settings, request, actor=ADA)
        return
    with pytest.raises(AppError, match=said):
        sweeps.start_sweep(settings, request, actor=ADA)
    assert sweeps.list_sweeps(settings) == []
    assert not launched


def test_a_driver_that_cannot_start_leaves_no_sweep(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: LocalLauncher, folder: RunFolder) -> None:
        raise OSError("no processes left")

    run = finished_run(settings).make(settings)
    monkeypatch.setattr(LocalLauncher, "spawn", broken)
    with pytest.raises(AppError, match="could not be started"):
        sweeps.start_sweep(settings, _request(run), actor=ADA)
    assert sweeps.list_sweeps(settings) == []


def test_the_best_is_a_complete_trial_and_the_base_wins_a_tie(settings: Settings) -> None:
    run = finished_run(settings).make(settings)
    state = sweeps.describe_sweep(settings, make_sweep(settings, run)).state
    best = state.best
    assert best is not None
    assert best.number == 1
    tied = [replace(trial, ap=0.45) for trial in state.trials]
    best = replace(state, trials=tuple(tied)).best
    assert best is not None
    assert best.number == 0
    assert state.spent_s == 280 + 120 + 9 + 280


def test_a_finished_sweep_is_not_resumed_and_an_unknown_one_is_named(settings: Settings) -> None:
    run = finished_run(settings).make(settings)
    key = make_sweep(settings, run)
    with pytest.raises(ConflictError, match="has finished"):
        sweeps.resume_sweep(settings, key, actor=ADA)
    with pytest.raises(ConflictError, match="does not run"):
        sweeps.stop_sweep(settings, key, actor=ADA)
    for ref in ("s-222222", "../runs", "", "."):
        with pytest.raises(NotFoundError, match="There is no sweep"):
            sweeps.describe_sweep(settings, ref)


@pytest.mark.parametrize(
    ("file", "field", "value"),
    [
        ("plan.json", "spans", "all"),
        ("plan.json", "actor", None),
        ("plan.json", "budget_s", "an hour"),
        ("state.json", "trials", [{"number": -1}]),
        ("state.json", "answer", {"kind": 7}),
    ],
)
def test_a_damaged_sweep_says_so_and_the_others_are_listed(
    settings: Settings, file: str, field: str, value: object
) -> None:
    run = finished_run(settings).make(settings)
    sound, broken = make_sweep(settings, run), make_sweep(settings, run)
    path: Path = settings.workspace / "sweeps" / broken / file
    write_json(path, read_json(path) | {field: value})
    with pytest.raises(DamagedFileError, match=file):
        sweeps.describe_sweep(settings, broken)
    rows = {row.sweep: row for row in sweeps.list_sweeps(settings)}
    assert rows[sound].damaged is None
    damage = rows[broken].damaged
    assert damage is not None
    assert damage.file.endswith(file)
