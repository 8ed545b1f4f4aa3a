"""More iterations: the schedule by hand arithmetic, and which runs can have them."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ConflictError, RecipeError
from core.files import read_json, write_json
from core.training.launch.launcher import extend, kill, start, stop
from core.training.launch.liveness import observe
from core.training.recipe.build import make_recipe
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.extension import extended
from core.training.recipe.presets import find_preset
from core.training.recipe.recipe import Recipe, recipe_from_json
from core.training.run.folder import RunFolder
from core.training.run.status import Phase, read_status
from tests.factories.waiting import eventually
from tests.factories.workers.tiny_worker import make_run, tiny_launcher


def _recipe(iterations: int = 500, decay_at: tuple[int, ...] = (200, 400)) -> Recipe:
    return replace(make_recipe(find_preset("quick"), 10, RecipeChanges(iterations=iterations)), decay_at=decay_at)


@pytest.mark.parametrize(
    ("done", "is_finished", "length", "decay_at"),
    [
        (500, True, 600, (200, 400)),  # all passed: the rate stays
        (300, False, 600, (200, 450)),  # of the 200 left, decay after half of them; of 300 now
        (100, False, 600, (225, 475)),  # 400 left become 500: 100 -> 125, 300 -> 375
        (300, True, 400, (200, 350)),  # patience ended it at 300; the second decay is ahead
    ],
    ids=["finished", "stopped after the first decay", "stopped before both", "ended by patience"],
)
def test_passed_decay_points_stay_and_those_ahead_keep_their_share_of_the_way(
    done: int, is_finished: bool, length: int, decay_at: tuple[int, ...]
) -> None:
    longer = extended(_recipe(), 100, done, is_finished)
    assert (longer.iterations, longer.decay_at) == (length, decay_at)
    assert (longer.extended_at, longer.rate_until) == (done, 0)
    assert (longer.warmup, longer.learning_rate) == (_recipe().warmup, _recipe().learning_rate)


def test_a_schedule_that_falls_to_its_end_is_not_stretched_and_not_by_a_second_time_either() -> None:
    cosine = replace(_recipe(), overrides={"SOLVER.LR_SCHEDULER_NAME": "WarmupCosineLR"})
    longer = extended(cosine, 100, 500, True)
    assert longer.rate_until == 500
    assert extended(longer, 100, 600, True).rate_until == 500


@pytest.mark.parametrize("more", [0, -5, 10_000_000])
def test_a_length_that_is_none_is_refused(more: int) -> None:
    with pytest.raises(RecipeError, match="more iterations"):
        extended(_recipe(), more, 500, True)


def _phase(folder: RunFolder) -> Phase:
    return observe(folder.status, folder.lock).phase


@pytest.mark.process
def test_a_finished_run_goes_on_from_its_last_checkpoint_to_the_new_end(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    write_json(folder.recipe, _recipe(6, ()).to_json())
    start(folder, 6, tiny_launcher())
    with pytest.raises(ConflictError, match="cannot be extended"):
        extend(folder, 4, tiny_launcher())
    eventually(lambda: _phase(folder) is Phase.FINISHED)
    eventually(lambda: not observe(folder.status, folder.lock).pid)
    extend(folder, 4, tiny_launcher())
    status = read_status(folder.status)
    assert (status.iteration, status.of_iterations) == (6, 10)
    eventually(lambda: _phase(folder) is Phase.FINISHED)
    assert read_status(folder.status).iteration == 10
    recipe = recipe_from_json(read_json(folder.recipe))
    assert (recipe.iterations, recipe.extended_at) == (10, 6)


@pytest.mark.process
def test_a_stopped_run_gets_its_iterations_on_top_of_the_planned_ones(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    write_json(folder.recipe, _recipe(1000, ()).to_json())
    start(folder, 1000, tiny_launcher())
    eventually(lambda: _phase(folder) is Phase.RUNNING)
    stop(folder)
    eventually(lambda: _phase(folder) is Phase.STOPPED and not observe(folder.status, folder.lock).pid)
    extend(folder, 50, tiny_launcher())
    assert read_status(folder.status).of_iterations == 1050
    kill(folder)


@pytest.mark.process
def test_a_run_without_a_checkpoint_is_not_extended(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    write_json(folder.recipe, _recipe().to_json())
    start(folder, 500, tiny_launcher(5.0))
    kill(folder)
    with pytest.raises(ConflictError, match="no checkpoint"):
        extend(folder, 50, tiny_launcher())
