"""Ten failures, each provoked in the real worker, each ending in a state that a user can act on, and repaired.

The tests share a workspace and its data set. A run is as small as possible but fails as large runs do.
"""

import errno
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import ConflictError, RecipeError
from core.files import read_json
from core.services import training
from core.services.runs import RunDescription
from core.services.runs import control as runs
from core.settings import Settings
from core.training.launch import launcher as launch
from core.training.launch.launcher import LocalLauncher
from core.training.launch.liveness import observe
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.recipe import Recipe, Weights, recipe_from_json
from core.training.run.folder import RunFolder
from core.training.run.job import read_job, write_job
from core.training.run.status import ENDED
from core.workspace.registry import Registry, new_id
from tests.factories.actors import ADA
from tests.factories.app.app_server import free_port
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.waiting import eventually
from tests.factories.workers.failing_worker import failing_launcher
from tests.factories.workers.tiny_run import FEW_CHANNELS, tiny_data, tiny_recipe, tiny_run

# Starting the worker takes 5 s on two free cores; a machine under load needs many times that.
_LONG_S = 240.0
pytestmark = pytest.mark.usefixtures("warm_workers")


class World:
    """A workspace with a data set, and runs in it."""

    def __init__(self, root: Path, images: DatasetMaker | None = None) -> None:
        self.settings = Settings(workspace=root)
        self.data = tiny_data(root, images or DatasetMaker(train=6, val=1, size=64))

    def start(self, recipe: Recipe, launcher: LocalLauncher | None = None) -> str:
        """Launch a run of this recipe and return its id."""
        run = new_id("r")
        folder = tiny_run(self.settings.workspace, run, recipe, self.data)
        Registry(self.settings).add("run", run, f"run {run}")
        launch.start(folder, recipe.iterations, launcher)
        return run

    def folder(self, run: str) -> RunFolder:
        return runs.run_folder(self.settings, run)

    def state(self, run: str) -> RunDescription:
        return runs.describe_run(self.settings, run)

    def end(self, run: str) -> RunDescription:
        """The run's state once it has ended."""
        folder = self.folder(run)
        eventually(lambda: observe(folder.status, folder.lock).phase in ENDED, _LONG_S, f"the end of {run}")
        return self.state(run)

    def fail(self, recipe: Recipe, launcher: LocalLauncher | None = None) -> RunDescription:
        """The state of a run of this recipe, which must fail with a message and no traceback."""
        state = self.end(self.start(recipe, launcher))
        assert state.phase == "failed", self.log(state.run)
        assert state.reason.endswith(".") and "Traceback" not in state.reason
        assert state.remedy
        return state

    def mend(self, run: str, launcher: LocalLauncher | None = None) -> RunDescription:
        """The state of the repaired run, which must finish."""
        again = self.end(training.relaunch(self.settings, run, launcher, actor=ADA))
        assert again.phase == "finished", (again.reason, again.exception, self.log(again.run))
        assert again.iteration == again.of_iterations
        return again

    def log(self, run: str) -> str:
        return runs.read_log(self.settings, run)

    def recipe(self, run: str) -> Recipe:
        return recipe_from_json(read_json(self.folder(run).recipe))

    def make_image(self, name: str) -> Path:
        return self.data / "images" / name


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("workspace"))
    yield world
    for run in runs.list_runs(world.settings):
        if not run.ended:
            runs.kill(world.settings, run.run, actor=ADA)


def _changes(found: training.Repair) -> dict[str, tuple[Any, Any]]:
    return {change.setting: (change.before, change.after) for change in found.changes}


def test_out_of_memory_halves_the_batch_by_itself_and_finishes(tmp_path: Path) -> None:
    world = World(tmp_path, DatasetMaker(train=8, val=1, size=512))
    sizes = {"input_sizes": (512,), "input_max": 512, "test_size": 512}
    recipe = tiny_recipe(2, batch=8, decay_at=(), warmup=0, mixed_precision=False, **sizes)
    # About 1,000 MiB are needed for 8 images in single precision, half for 4.
    state = world.end(world.start(recipe, failing_launcher("memory:800")))
    assert state.phase == "finished", world.log(state.run)
    first = state.retries[0]
    assert (first.failure, first.iteration) == ("memory", 0)
    assert first.cause == "The machine ran out of memory."
    assert first.knobs["batch"] == [8, 4]
    assert first.knobs["learning_rate"] == pytest.approx([recipe.learning_rate, recipe.learning_rate / 2])
    assert 1 <= len(state.retries) <= 2
    # The same images in total.
    assert state.of_iterations * world.recipe(state.run).batch == 16
    assert "Retrying automatically, 1 of at most 2." in world.log(state.run)


def test_out_of_memory_on_a_gpu_is_offered_half_the_batch_from_the_last_checkpoint(world: World) -> None:
    recipe = tiny_recipe(6, batch=4, checkpoint_every_s=0.0, decay_at=(5,), warmup=1, retries=0)
    state = world.fail(recipe, failing_launcher("cuda:4"))
    assert state.reason == "The GPU ran out of memory."
    assert state.exception.startswith("OutOfMemoryError: CUDA out of memory.")
    assert state.retries == ()
    found = training.repair(world.settings, state.run)
    assert found.iteration == 2
    rate = recipe.learning_rate
    assert _changes(found) == {
        "batch": (4, 2),
        "learning_rate": (rate, rate / 2),
        "iterations": (6, 10),
        "decay_at": ((5,), (8,)),
        "pictures_ahead": (0, 4),
    }
    again = world.mend(state.run, failing_launcher("cuda:4"))
    assert again.repaired_from is not None
    assert (again.iteration, again.repaired_from.run) == (10, state.run)
    assert "Going on from the checkpoint of iteration 2" in world.log(again.run)
    # The curve is complete: it includes the failed run's part.
    assert runs.read_curves(world.settings, again.run)["loss/total"].iterations[0] == 1
    with pytest.raises(ConflictError, match=again.run):
        training.relaunch(world.settings, state.run, actor=ADA)
    assert world.state(state.run).phase == "failed"


def test_a_loss_of_nan_is_offered_a_third_of_the_learning_rate(world: World) -> None:
    # Unbounded gradients: at 0.8 the model diverges within some steps, at a third of it not.
    recipe = tiny_recipe(20, learning_rate=0.8, warmup=0, decay_at=(), checkpoint_every_s=0.0, clip="off")
    state = world.fail(recipe)
    assert state.reason == "The training diverged: a loss became infinite or not a number."
    assert "FloatingPointError" in state.exception
    assert state.retries == ()
    found = training.repair(world.settings, state.run)
    assert _changes(found) == {"learning_rate": (0.8, pytest.approx(0.8 / 3)), "warmup": (0, 4)}
    # Its last checkpoint may already have diverged, and there was no validation yet.
    assert found.checkpoint is None
    assert "starts from the beginning" in found.words
    again = world.mend(state.run)
    assert again.run != state.run
    assert again.name.endswith("repaired")


def test_a_full_disk_is_told_and_the_run_goes_on_once_there_is_room(small_disk: Path) -> None:
    world = World(small_disk / "workspace")
    run = world.start(tiny_recipe(24, checkpoint_every_s=0.0))
    _wait_for_iteration(world, run, 2)
    filler = small_disk / "filler"
    _fill(filler)
    state = world.end(run)
    assert (state.phase, state.failure) == ("failed", "disk full"), world.log(run)
    assert state.reason == "The disk is full."
    assert "Free some disk space" in state.remedy
    reached = next(checkpoint.iteration for checkpoint in state.checkpoints if checkpoint.kind == "last")
    found = training.repair(world.settings, run)
    assert (found.changes, found.iteration) == ((), reached)
    filler.unlink()
    assert world.mend(run).run == run
    assert f"Going on from the checkpoint of iteration {reached}" in world.log(run)


def test_a_killed_run_goes_on_as_it_is(world: World) -> None:
    run = world.start(tiny_recipe(24, checkpoint_every_s=0.0))
    _wait_for_iteration(world, run, 2)
    os.killpg(_pid(world, run), signal.SIGKILL)
    state = world.end(run)
    assert (state.phase, state.failure) == ("lost", "killed")
    assert "killed from outside" in state.reason
    assert "Resume" in state.remedy
    found = training.repair(world.settings, run)
    assert found.changes == ()
    assert found.iteration >= 2
    assert world.mend(run).run == run
    assert f"Going on from the checkpoint of iteration {found.iteration}" in world.log(run)


def test_a_terminated_run_stops_with_a_checkpoint_and_outlives_that_it_is_cut_short(world: World) -> None:
    run = world.start(tiny_recipe(24, evaluate_every=4))
    eventually(lambda: world.state(run).best, _LONG_S, "a first evaluation")
    os.kill(_pid(world, run), signal.SIGTERM)
    state = world.end(run)
    assert state.phase == "stopped"
    assert state.reason == f"Stopped on request after iteration {state.iteration}; a checkpoint was written."
    kept = {checkpoint.kind: checkpoint.iteration for checkpoint in state.checkpoints}
    assert kept["last"] == state.iteration
    with pytest.raises(ConflictError, match="stopped"):
        training.repair(world.settings, run)

    last = world.folder(run).checkpoints / "last.pth"
    os.truncate(last, last.stat().st_size // 2)
    runs.resume(world.settings, run, actor=ADA)
    resumed = world.end(run)
    assert resumed.phase == "finished", world.log(run)
    (mended,) = resumed.retries
    assert mended.cause == "The last checkpoint could not be read."
    assert mended.change == f"Went on from iteration {kept['best']} instead."
    assert f"Going on from the checkpoint of iteration {kept['best']}" in world.log(run)
    assert last.with_name("last.pth.broken").is_file()


def test_an_image_that_cannot_be_read_is_named(world: World) -> None:
    image = world.make_image("2.png")
    content = image.read_bytes()
    image.write_bytes(content[: len(content) // 2])
    try:
        state = world.fail(tiny_recipe(6, checkpoint_every_s=0.0))
    finally:
        image.write_bytes(content)
    assert state.failure == "image"
    assert state.reason.startswith("Image 2.png of the data set cannot be read")
    assert "Import the data set again" in state.remedy
    # No recipe leaves an image out: only the user can act.
    assert training.repair(world.settings, state.run).recipe is None
    with pytest.raises(RecipeError, match=r"Image 2\.png"):
        training.relaunch(world.settings, state.run, actor=ADA)
    runs.resume(world.settings, state.run, actor=ADA)
    assert world.end(state.run).phase == "finished"


def test_a_hung_loader_is_ended_tried_again_without_loaders_and_then_told_of(world: World) -> None:
    image = world.make_image("3.png")
    aside = image.rename(image.with_suffix(".aside"))
    os.mkfifo(image)  # opening it waits for a writer that never comes
    try:
        state = world.fail(tiny_recipe(6, data_workers=2, hang_after_s=8.0))
    finally:
        aside.replace(image)
    (tried,) = state.retries
    assert (tried.failure, tried.knobs) == ("hang", {"data_workers": [2, 0]})
    assert state.failure == "hang"
    assert state.reason.startswith("The run hung: nothing moved for 8 s while iteration")
    assert "3.png" in state.reason
    # The stack of each process, for debugging.
    assert world.log(state.run).count("read_image") >= 2
    assert training.repair(world.settings, state.run).changes == ()
    assert world.mend(state.run).run == state.run


def test_an_unreachable_zoo_is_tried_once_more_and_other_weights_are_offered(world: World) -> None:
    small = {"MODEL.RESNETS.DEPTH": 18, "MODEL.RESNETS.RES2_OUT_CHANNELS": 64, **FEW_CHANNELS}
    recipe = tiny_recipe(2, decay_at=(), model="faster_rcnn_R_50_FPN_3x", weights=Weights(kind="zoo"), overrides=small)
    run = new_id("r")
    folder = tiny_run(world.settings.workspace, run, recipe, world.data)
    write_job(folder, replace(read_job(folder), zoo=f"http://127.0.0.1:{free_port()}/"))
    Registry(world.settings).add("run", run, "from the zoo")
    launch.start(folder, recipe.iterations)
    state = world.end(run)
    assert (state.phase, state.failure) == ("failed", "weights host"), world.log(run)
    assert "cannot be" in state.reason and "refused" in state.reason
    (tried,) = state.retries
    assert tried.change == "The same again after 5 s."
    changes = _changes(training.repair(world.settings, run))
    assert changes["weights.kind"] == ("zoo", "random")
    assert changes["learning_rate"][1] > changes["learning_rate"][0]
    world.mend(run)


def test_a_wrong_class_count_is_refused_before_the_start_and_by_the_worker(world: World) -> None:
    wrong = {"MODEL.ROI_HEADS.NUM_CLASSES": 7}
    plan = training.plan_run(
        world.settings, training.TrainRequest(dataset="shapes", changes=RecipeChanges(overrides=wrong))
    )
    assert any("NUM_CLASSES" in blocker.message and "data set" in blocker.message for blocker in plan.blockers)

    state = world.fail(tiny_recipe(2, decay_at=(), overrides={**FEW_CHANNELS, **wrong}))
    assert state.failure == "wrong key"
    assert state.reason.startswith("MODEL.ROI_HEADS.NUM_CLASSES cannot be set as an expert setting.")
    found = training.repair(world.settings, state.run)
    assert _changes(found) == {"overrides.MODEL.ROI_HEADS.NUM_CLASSES": (7, None)}
    world.mend(state.run)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A separate file system of 96 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(disk)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"A full disk can only be provoked on a small disk, which root may mount: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def _fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as handle:
        size = 2**20
        while size:
            try:
                handle.write(bytes(size))
            except OSError as error:
                assert error.errno == errno.ENOSPC
                size //= 2


def _wait_for_iteration(world: World, run: str, iteration: int) -> None:
    def there() -> bool:
        state = world.state(run)
        assert not state.ended, world.log(run)
        return any(checkpoint.kind == "last" and checkpoint.iteration >= iteration for checkpoint in state.checkpoints)

    eventually(there, _LONG_S, f"a checkpoint of iteration {iteration}")


def _pid(world: World, run: str) -> int:
    folder = world.folder(run)
    return observe(folder.status, folder.lock).pid
