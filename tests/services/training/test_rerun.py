"""Running a recipe again; the worker is the tiny one, so that nothing imports torch."""

from pathlib import Path

import pytest

from core.errors import NotFoundError, RecipeError
from core.files import read_json, write_json
from core.progress import say_nothing
from core.services import runs, training
from core.services.training import TrainRequest, repeat_run
from core.settings import Settings
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.recipe import Weights
from core.training.run.job import read_job
from core.training.run.status import Phase
from tests.factories.actors import ADA
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.tiny_worker import tiny_launcher

LAUNCHER = tiny_launcher(step_s=0.001)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    settings = Settings(workspace=tmp_path)
    DatasetMaker().make(settings)
    return settings


def _finished(settings: Settings, run: str) -> str:
    assert runs.wait(settings, run, say_nothing).phase == Phase.FINISHED
    return run


def _first(settings: Settings, **asked: object) -> str:
    request = TrainRequest(dataset="shapes", name="one", changes=RecipeChanges(iterations=10, seed=7, **asked))  # type: ignore[arg-type]
    return _finished(settings, training.start_run(settings, request, LAUNCHER, actor=ADA))


@pytest.mark.process
def test_a_repeated_run_has_the_same_recipe_data_version_and_seed(settings: Settings) -> None:
    first = _first(settings)
    # A newer version of the data set, and a setting that no preset would give today.
    recipe = runs.run_folder(settings, first).recipe
    write_json(recipe, {**read_json(recipe), "warmup": 3})
    DatasetMaker(train=9, seed=1).make(settings)

    again = _finished(settings, repeat_run(settings, "one", launcher=LAUNCHER, actor=ADA))

    one, two = (runs.run_folder(settings, run) for run in (first, again))
    assert read_json(two.recipe) == read_json(one.recipe)
    assert read_json(two.recipe)["warmup"] == 3
    assert (read_job(two).data, read_job(two).version) == (read_job(one).data, read_job(one).version)
    assert runs.describe_run(settings, again).name == "one again"
    assert runs.describe_run(settings, repeat_run(settings, "one", launcher=LAUNCHER, actor=ADA)).name == "one again 2"


@pytest.mark.process
def test_another_seed_is_all_that_may_differ(settings: Settings) -> None:
    first = _first(settings)
    again = repeat_run(settings, first, name="two", seed=8, launcher=LAUNCHER, actor=ADA)
    one, two = (read_json(runs.run_folder(settings, run).recipe) for run in (first, again))
    assert {setting for setting in one if one[setting] != two[setting]} == {"seed"}
    with pytest.raises(RecipeError, match="-1 is no seed"):
        repeat_run(settings, first, seed=-1, launcher=LAUNCHER, actor=ADA)


@pytest.mark.process
def test_weights_of_an_earlier_run_are_those_that_it_started_from(settings: Settings) -> None:
    first = _first(settings)
    second = training.start_run(
        settings,
        TrainRequest(
            dataset="shapes", name="two", changes=RecipeChanges(iterations=5, weights=Weights(kind="run", value=first))
        ),
        LAUNCHER,
        actor=ADA,
    )
    # As the worker replaces a checkpoint: by a new file of the same name.
    last = runs.run_folder(settings, first).checkpoints / "last.pth"
    last.unlink()
    last.write_bytes(b"trained on since")

    third = repeat_run(settings, _finished(settings, second), launcher=LAUNCHER, actor=ADA)

    kept = [read_job(runs.run_folder(settings, run)).weights_file for run in (second, third)]
    assert all(kept)
    assert kept[0] != kept[1]
    assert kept[0].read_bytes() == kept[1].read_bytes() != b"trained on since"  # type: ignore[union-attr]


@pytest.mark.process
def test_weights_that_are_gone_are_said(settings: Settings, tmp_path: Path) -> None:
    weights = tmp_path / "mine.pth"
    weights.write_bytes(b"no weights in here")
    first = _first(settings, weights=Weights(kind="file", value=str(weights)))
    weights.unlink()
    with pytest.raises(NotFoundError, match=r"mine\.pth"):
        repeat_run(settings, first, launcher=LAUNCHER, actor=ADA)
