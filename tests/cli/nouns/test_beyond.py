"""The verbs that go beyond one run, through `main`."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.training.run.folder import RunFolder
from core.training.run.status import Phase
from tests.factories.several_runs.learning_curve import finished_run, make_curve
from tests.factories.several_runs.sweep import make_sweep


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Those of a workspace in which nothing is launched."""
    monkeypatch.setattr(LocalLauncher, "spawn", lambda self, folder: (folder.root / "launched").touch())
    return Settings(workspace=tmp_path / "workspace")


def _json(settings: Settings, capsys: pytest.CaptureFixture[str], *line: str, code: int = 0) -> Any:
    assert main(["--workspace", str(settings.workspace), *line, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_curve_is_shown_with_a_sentence_for_each_class(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    run, group = make_curve(settings)
    document = _json(settings, capsys, "learning-curve", run, "--show")
    assert (document["group"], document["complete"]) == (group, True)
    assert [row["name"] for row in document["rows"]] == ["", "red", "blue"]
    assert [row["gain"]["verdict"] for row in document["rows"]] == ["gain"] * 3
    assert document["words"][1].startswith("Twice the `red` images: +")
    assert document["words"][1].endswith(" AP.")


def test_a_curve_is_started_and_then_only_what_it_lacks(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    run = finished_run(settings).make(settings)
    assert _json(settings, capsys, "learning-curve", run, "--show")["group"] == ""
    started = _json(settings, capsys, "learning-curve", run, "--seeds", "2")
    assert [point["phase"] for point in started["runs"]] == ["queued", "queued", "finished"] + ["queued"] * 3
    assert started["words"] == [
        "Twice the images: cannot say, because too few runs have ended.",
        "Twice the `red` images: cannot say, because too few runs have ended.",
        "Twice the `blue` images: cannot say, because too few runs have ended.",
    ]
    again = _json(settings, capsys, "learning-curve", run)
    assert [point["run"] for point in again["runs"]] == [point["run"] for point in started["runs"]]


def test_a_sweep_is_started_listed_stopped_and_resumed(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    run = finished_run(settings).make(settings)
    line = ("sweep", run, "--over", "learning_rate=0.001..0.1", "--over", "ema", "--minutes", "60", "--trials", "9")
    started = _json(settings, capsys, *line)
    assert (started["phase"], started["most_trials"], started["base"]) == ("queued", 9, run)
    assert [span["name"] for span in started["spans"]] == ["learning_rate", "ema"]
    (row,) = _json(settings, capsys, "sweeps")
    assert (row["sweep"], row["phase"], row["answer"]) == (started["sweep"], "queued", "")
    assert _json(settings, capsys, "sweep-stop", started["sweep"])["phase"] == "queued"
    assert RunFolder(settings.workspace / "sweeps" / started["sweep"]).stop_request.exists()
    stopped = make_sweep(settings, run, Phase.STOPPED)
    assert _json(settings, capsys, "sweep-resume", stopped)["phase"] == "queued"
    assert (settings.workspace / "sweeps" / stopped / "launched").exists()


def test_the_answer_of_a_sweep_is_in_its_status(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    run = finished_run(settings).make(settings)
    key = make_sweep(settings, run)
    document = _json(settings, capsys, "sweep-status", key, "--wait")
    assert document["answer"]["kind"] == "better"
    assert document["answer"]["ap"]["low"] == 0.004
    assert [trial["state"] for trial in document["trials"]] == ["complete", "complete", "pruned", "failed", "complete"]
    waited = _json(settings, capsys, "sweep-status", make_sweep(settings, run, Phase.STOPPED), "--wait", code=2)
    assert "is stopped" in waited["error"]["message"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param(("--over", "seed=1,2", "--minutes", "60"), "cannot be swept", id="the seed"),
        pytest.param(("--over", "ema", "--minutes", "1"), "too few", id="no time"),
    ],
)
def test_a_sweep_that_cannot_be_is_exit_2(
    settings: Settings, capsys: pytest.CaptureFixture[str], line: tuple[str, ...], said: str
) -> None:
    run = finished_run(settings).make(settings)
    assert said in _json(settings, capsys, "sweep", run, *line, code=2)["error"]["message"]
