"""Repairs of failed runs, with runs that never trained: real ones are in tests/process."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ConflictError
from core.files import read_json, write_json
from core.services import runs, training
from core.services.runs import summary as run_state
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.training.recipe.recipe import Weights
from core.training.run.folder import RunFolder
from core.training.run.status import Phase, read_status, write_status
from core.workspace.layout import Layout
from tests.factories.actors import ADA
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker


class Recorder(LocalLauncher):
    """Launches nothing, and records its calls."""

    launched: list[str] = []  # noqa: RUF012  one list for the frozen launcher of each test

    def spawn(self, folder: RunFolder) -> None:
        self.launched.append(folder.root.name)


@pytest.fixture
def launcher() -> LocalLauncher:
    Recorder.launched = []
    return Recorder()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(workspace=tmp_path)


def _failed(settings: Settings, failure: str, phase: Phase = Phase.FAILED, **status: object) -> RunFolder:
    """A failed run on a data set that is there."""
    dataset = DatasetMaker(name="cells").make(settings)
    version = next(Layout(settings.workspace).folder("dataset", dataset).joinpath("versions").iterdir()).name
    maker = RunMaker(name="first look", phase=phase, dataset=dataset, version=version, classes=("red", "blue"))
    folder = runs.run_folder(settings, maker.make(settings))
    write_status(folder.status, replace(read_status(folder.status), failure=failure, **status))  # type: ignore[arg-type]
    return folder


def test_a_changed_recipe_makes_a_new_run_that_goes_on_from_the_checkpoint(
    settings: Settings, launcher: LocalLauncher
) -> None:
    old = _failed(settings, "memory")
    before = old.recipe.read_bytes()
    run = training.relaunch(settings, old.root.name, launcher, actor=ADA)
    new = runs.run_folder(settings, run)
    assert run != old.root.name
    assert Recorder.launched == [run]
    assert old.recipe.read_bytes() == before
    recipe = run_state.read_recipe(new)
    assert recipe is not None
    assert (recipe.batch, recipe.pictures_ahead) == (1, 240)
    # 240 of 400 iterations of 2 images were made.
    assert recipe.iterations == 240 + 2 * 160
    assert read_json(new.checkpoints / "index.json")["last"] == {"iteration": 240}
    assert (new.checkpoints / "best.pth").is_file()
    assert new.metrics.read_bytes() == old.metrics.read_bytes()
    document = runs.describe_run(settings, run)
    assert document.name == "first look repaired"
    assert document.repaired_from is not None
    assert document.repaired_from.run == old.root.name
    assert document.of_iterations == 560
    assert runs.describe_run(settings, old.root.name).repaired_by == run


def test_of_many_clicks_one_starts_a_run(settings: Settings, launcher: LocalLauncher) -> None:
    old = _failed(settings, "memory")
    refused: list[str] = []

    def click() -> None:
        try:
            training.relaunch(settings, old.root.name, launcher, actor=ADA)
        except ConflictError as error:
            refused.append(error.message)

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Recorder.launched) == 1
    assert len(refused) == 7
    assert len(list(Layout(settings.workspace).all_of("run").iterdir())) == 2


def test_a_repair_that_was_deleted_can_be_made_again(settings: Settings, launcher: LocalLauncher) -> None:
    old = _failed(settings, "memory")
    write_json(old.repaired_by, {"run": "r-222222"})
    assert training.repair(settings, old.root.name).repaired_by == ""
    assert training.relaunch(settings, old.root.name, launcher, actor=ADA) in Recorder.launched


@pytest.mark.parametrize("failure", ["disk full", "killed", "restart", "crashed"])
def test_where_the_recipe_was_not_at_fault_the_run_itself_goes_on(
    settings: Settings, launcher: LocalLauncher, failure: str
) -> None:
    old = _failed(settings, failure)
    found = training.repair(settings, old.root.name)
    assert (found.changes, found.iteration) == ((), 240)
    assert training.relaunch(settings, old.root.name, launcher, actor=ADA) == old.root.name
    assert Recorder.launched == [old.root.name]
    assert read_status(old.status).phase is Phase.QUEUED


def test_a_diverged_run_continues_from_the_checkpoint_that_was_best_on_validation(settings: Settings) -> None:
    old = _failed(settings, "not finite")
    found = training.repair(settings, old.root.name)
    assert found.checkpoint is not None
    assert (found.checkpoint.kind, found.iteration) == ("best", 140)
    index = read_json(old.checkpoints / "index.json")
    write_json(old.checkpoints / "index.json", {**index, "best": {**index["best"], "ap": 0.0}})
    assert training.repair(settings, old.root.name).checkpoint is None


def test_weights_that_cannot_be_had_are_replaced_and_the_run_starts_anew(
    settings: Settings, launcher: LocalLauncher
) -> None:
    old = _failed(settings, "weights file")
    recipe = run_state.read_recipe(old)
    assert recipe is not None
    write_json(old.recipe, replace(recipe, weights=Weights(kind="file", value="/models/gone.pth")).to_json())
    new = runs.run_folder(settings, training.relaunch(settings, old.root.name, launcher, actor=ADA))
    repaired = run_state.read_recipe(new)
    assert repaired is not None
    assert repaired.weights.kind in ("starter", "random")
    assert not new.checkpoints.exists()
    assert not new.metrics.exists()


def test_a_lost_run_of_a_release_before_the_table_is_known_by_its_exception(settings: Settings) -> None:
    old = _failed(settings, "", exception="OSError: [Errno 28] No space left on device")
    assert training.repair(settings, old.root.name).failure == "disk full"


def test_a_run_that_did_not_fail_has_nothing_to_repair(settings: Settings) -> None:
    old = _failed(settings, "", phase=Phase.FINISHED)
    with pytest.raises(ConflictError, match="did not fail"):
        training.repair(settings, old.root.name)


def test_the_document_is_plain_json(settings: Settings) -> None:
    document = training.repair(settings, _failed(settings, "memory").root.name).to_json()
    assert json.loads(json.dumps(document))["goes_on_from"] == 240
    assert {change["knob"] for change in document["changes"]} >= {"batch", "learning_rate", "iterations"}
