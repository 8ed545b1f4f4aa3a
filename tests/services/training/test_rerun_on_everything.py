"""Training on everything, planned by the services; the worker is the tiny one."""

from pathlib import Path

import pytest

from core.errors import ConflictError
from core.files import read_json, write_json
from core.services import runs
from core.services.training import repeat_run, train_on_everything
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.training.recipe.recipe import recipe_from_json
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.splits import read_splits
from core.training.run.status import Phase
from tests.factories.actors import ADA
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker


class _NoWorker(LocalLauncher):
    def spawn(self, folder: RunFolder) -> None:
        """What a worker does is tested with the worker."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(workspace=tmp_path)
    DatasetMaker(train=8, val=4, background=2, unlabelled=3).make(settings)
    return settings


def _run(settings: Settings, **recipe: object) -> str:
    """A finished run of 100 iterations with its best AP at 60."""
    run = RunMaker(name="chosen", dataset="shapes", classes=("red", "blue"), iterations=100).make(settings)
    folder = runs.run_folder(settings, run)
    write_json(folder.recipe, {**read_json(folder.recipe), "warmup": 10, "decay_at": [80], "patience": 3, **recipe})
    write_json(folder.status, {**read_json(folder.status), "best": {"iteration": 60, "ap": 0.5, "ap50": 0.8}})
    return run


def test_it_trains_on_all_splits_as_often_as_the_chosen_run_had_seen_each_image_at_its_best(
    settings: Settings,
) -> None:
    run = train_on_everything(settings, _run(settings), launcher=_NoWorker(), actor=ADA)
    folder = runs.run_folder(settings, run)
    recipe = recipe_from_json(read_json(folder.recipe))
    assert recipe.iterations == 90  # 60 × 12 images / 8
    assert (recipe.warmup, recipe.decay_at) == (9, (72,))
    assert (recipe.evaluate_every, recipe.patience) == (0, 0)
    splits = read_splits(folder)
    assert splits is not None
    assert (len(splits.train), splits.val) == (12, ())
    document = runs.describe_run(settings, run)
    assert document.name == "chosen on everything"
    assert "no image is left to validate with" in document.notes[0]
    assert document.best is None


def test_background_images_do_not_count_where_the_recipe_leaves_them_out(settings: Settings) -> None:
    run = train_on_everything(settings, _run(settings, keep_background=False), launcher=_NoWorker(), actor=ADA)
    assert read_json(runs.run_folder(settings, run).recipe)["iterations"] == 100  # 60 × 10 / 6


def test_without_any_ap_the_whole_length_counts(settings: Settings) -> None:
    chosen = _run(settings)
    folder = runs.run_folder(settings, chosen)
    write_json(folder.status, {**read_json(folder.status), "best": None})
    run = train_on_everything(settings, chosen, launcher=_NoWorker(), actor=ADA)
    assert read_json(runs.run_folder(settings, run).recipe)["iterations"] == 150


def test_a_run_that_goes_on_and_one_on_everything_are_refused(settings: Settings) -> None:
    running = RunMaker(name="live", phase=Phase.RUNNING, dataset="shapes", classes=("red", "blue")).make(settings)
    with pytest.raises(ConflictError, match="running"):
        train_on_everything(settings, running, launcher=_NoWorker(), actor=ADA)
    run = train_on_everything(settings, _run(settings), launcher=_NoWorker(), actor=ADA)
    folder = runs.run_folder(settings, run)
    write_json(folder.status, {**read_json(folder.status), "phase": "finished"})
    with pytest.raises(ConflictError, match="already trained on everything"):
        train_on_everything(settings, run, launcher=_NoWorker(), actor=ADA)


def test_a_run_with_its_own_splits_is_repeated_with_them(settings: Settings) -> None:
    run = train_on_everything(settings, _run(settings), launcher=_NoWorker(), actor=ADA)
    again = repeat_run(settings, run, launcher=_NoWorker(), actor=ADA)
    folders = [runs.run_folder(settings, key) for key in (run, again)]
    assert read_splits(folders[0]) == read_splits(folders[1]) is not None
    assert read_job(folders[0]).splits_note == read_job(folders[1]).splits_note != ""
