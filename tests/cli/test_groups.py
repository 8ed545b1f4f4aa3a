"""Groups, training on everything and checks before a training on the command line; no worker is started."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main
from core.files import read_json, write_json
from core.services import runs
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.training.run.folder import RunFolder
from core.training.run.measurements import Trial, write_measurements
from core.training.run.status import Phase, Status, write_status
from tests.factories.measurements import measurements
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker


def _answer(_launcher: LocalLauncher, folder: RunFolder) -> None:
    """A check finishes at once; a run stays queued."""
    if not (folder.root / "request.json").exists():
        return
    auto = read_json(folder.root / "request.json")["auto"]
    batch = 4 if auto else read_json(folder.recipe)["batch"]
    source = "A batch of 8 does not fit: out of memory." if auto else ""
    trials = (Trial(batch=batch, fits=True, peak_mib=900.0, step_s=2.0),)
    write_measurements(folder.root, measurements(batch=batch, batch_source=source, trials=trials))
    write_status(folder.status, Status(phase=Phase.FINISHED, updated=time.time()))


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr(LocalLauncher, "spawn", _answer)
    settings = Settings(workspace=tmp_path)
    DatasetMaker(train=9, val=3).make(settings)
    return settings


def _core(settings: Settings, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    capsys.readouterr()
    code = main(["--workspace", str(settings.workspace), *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def _seeds_of(settings: Settings, group: dict[str, Any]) -> list[int]:
    return [read_json(runs.run_folder(settings, run["run"]).recipe)["seed"] for run in group["runs"]]


@pytest.mark.parametrize(
    ("arguments", "seeds"),
    [
        pytest.param(("--seeds", "3"), [1, 2, 3], id="how many"),
        pytest.param(("--seeds", "2", "--seed", "40"), [40, 41], id="from a seed on"),
        pytest.param(("--seeds", "4,9"), [4, 9], id="a list"),
    ],
)
def test_seeds_start_a_group_that_group_shows(
    settings: Settings, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], seeds: list[int]
) -> None:
    code, group = _core(settings, capsys, "train", "shapes", "--iterations", "5", *arguments)
    assert (code, group["kind"], _seeds_of(settings, group)) == (0, "seeds", seeds)
    assert group["best"]["ap"] == {"values": [None] * len(seeds), "mean": None, "deviation": None}
    assert _core(settings, capsys, "group", group["name"]) == (0, group)
    assert main(["--workspace", str(settings.workspace), "group", group["group"]]) == 0
    assert f"seed {seeds[0]}" in capsys.readouterr().out


def test_folds_start_a_group(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    code, group = _core(settings, capsys, "train", "shapes", "--folds", "3", "--name", "cv", "--iterations", "5")
    assert (code, group["name"], group["kind"], len(group["runs"])) == (0, "cv", "folds", 3)
    assert runs.describe_run(settings, "cv, fold 1").of_iterations == 5


def test_everything_repeats_a_run_on_all_splits(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    RunMaker(name="good", dataset="shapes", classes=("red", "blue")).make(settings)
    code, started = _core(settings, capsys, "train", "--like", "good", "--everything", "--name", "final")
    assert code == 0
    document = runs.describe_run(settings, started["run"])
    assert document.name == "final"
    assert "no AP" in document.notes[0]


def test_preflight_prints_what_was_measured(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = _core(settings, capsys, "preflight", "shapes", "--iterations", "20", "--batch", "3")
    assert (code, found["batch"], found["step_s"], found["batch_source"]) == (0, 3, 1.0, "")
    assert found["finish"] == pytest.approx(time.time() + found["seconds"], abs=30)
    assert found["trials"] == [{"batch": 3, "fits": True, "peak_mib": 900.0, "step_s": 2.0, "why": ""}]


def test_batch_auto_trains_with_the_batch_that_was_found(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    _, found = _core(settings, capsys, "preflight", "shapes", "--batch", "auto")
    assert found["batch_source"] == "A batch of 8 does not fit: out of memory."
    code, started = _core(settings, capsys, "train", "shapes", "--batch", "auto")
    recipe = read_json(runs.run_folder(settings, started["run"]).recipe)
    assert (code, recipe["batch"], recipe["learning_rate"]) == (0, 4, found["learning_rate"])


def test_ema_reaches_the_recipe(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    _, started = _core(settings, capsys, "train", "shapes", "--ema", "0.99")
    assert read_json(runs.run_folder(settings, started["run"]).recipe)["ema"] == 0.99


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("train", "shapes", "--seeds", "1"), "1 seeds", id="one seed"),
        pytest.param(("train", "shapes", "--seeds", "a"), "--seeds", id="no number"),
        pytest.param(("train", "shapes", "--seeds", "2", "--folds", "2"), "not allowed with", id="seeds and folds"),
        pytest.param(("train", "shapes", "--everything"), "--like", id="everything of nothing"),
        pytest.param(("train", "--like", "good", "--folds", "2"), "--folds", id="folds of a run"),
        pytest.param(("train", "--like", "good", "--everything", "--seed", "2"), "seed", id="everything with a seed"),
        pytest.param(("train", "shapes", "--batch", "many"), "many", id="no batch"),
        pytest.param(("preview", "shapes", "--batch", "auto", "--out", "x"), "cannot search", id="auto in a preview"),
        pytest.param(("train", "shapes", "--ema", "1.5"), "1.5", id="no share"),
        pytest.param(("group", "nothing"), "no group", id="no group"),
    ],
)
def test_what_makes_no_sense_is_refused(
    settings: Settings, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    RunMaker(name="good", dataset="shapes", classes=("red", "blue")).make(settings)
    code, document = _core(settings, capsys, *arguments)
    assert code == 2
    assert said in document["error"]["message"]
    assert document["error"]["remedy"]
    assert len(runs.list_runs(settings)) == 1


@pytest.mark.parametrize(("phase", "code"), [(Phase.FINISHED, 0), (Phase.FAILED, 2)])
def test_waiting_for_a_group_is_exit_0_only_where_every_run_finished(
    settings: Settings, capsys: pytest.CaptureFixture[str], phase: Phase, code: int
) -> None:
    for place, ended in enumerate((Phase.FINISHED, phase), 1):
        folder = runs.run_folder(
            settings, RunMaker(name=f"cv, fold {place}", phase=ended, dataset="shapes").make(settings)
        )
        part = {"group": "g-222222", "name": "cv", "kind": "folds", "place": place, "of": 2, "label": f"fold {place}"}
        write_json(folder.job, {**read_json(folder.job), "group": part})
    exit_code, document = _core(settings, capsys, "group", "cv", "--wait")
    assert (exit_code, len(document["runs"])) == (code, 2)
    assert ("error" in document) == (code == 2)
