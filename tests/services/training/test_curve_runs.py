"""The runs of a learning curve; the worker's training is the scored one, all else is the product's."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from core.errors import AppError, ConflictError
from core.files import read_json
from core.progress import say_nothing
from core.services import runs
from core.services.training import TrainRequest, describe_group, learning_curve, rerun, start, wait_for_group
from core.services.training.curve_runs import find_members, start_learning_curve
from core.settings import Settings
from core.training.recipe.changes import RecipeChanges
from core.training.run.job import read_job
from core.training.run.splits import as_the_run_has_it, read_splits
from core.workspace.datasets import VersionFolder, load_labels
from tests.factories.actors import ADA
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.scored_worker import scored_launcher

pytestmark = pytest.mark.process


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A workspace with a run and its finished learning curve of three seeds."""

    settings: Settings
    run: str
    group: str


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Tests must not change it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUDA_VISIBLE_DEVICES", "")
        settings = Settings(workspace=tmp_path_factory.mktemp("curve"))
        DatasetMaker(train=16, val=12, background=2, unlabelled=1).make(settings)
        request = TrainRequest(dataset="shapes", name="first", changes=RecipeChanges(iterations=4, seed=5))
        run = start.start_run(settings, request, scored_launcher(), actor=ADA)
        runs.wait(settings, run, say_nothing)
        assert learning_curve(settings, run).group == ""
        group = _curve(settings, run)
        wait_for_group(settings, group, say_nothing)
        yield Workspace(settings=settings, run=run, group=group)


@pytest.fixture
def copied(done: Workspace, tmp_path: Path) -> Workspace:
    """A copy that a test may change."""
    shutil.copytree(done.settings.workspace, tmp_path / "copy")
    return replace(done, settings=Settings(workspace=tmp_path / "copy"))


def _curve(settings: Settings, run: str, seeds: int = 3) -> str:
    return start_learning_curve(settings, run, say_nothing, seeds, scored_launcher(), actor=ADA)


def test_each_seed_trains_on_nested_shares_in_proportion_and_on_equal_steps(done: Workspace) -> None:
    settings = done.settings
    group = describe_group(settings, done.group)
    assert [member.group.label for member in group.runs if member.group][:5] == [
        "25 % of the images, seed 5",
        "50 % of the images, seed 5",
        "25 % of the images, seed 6",
        "50 % of the images, seed 6",
        "100 % of the images, seed 6",
    ], "100 % with seed 5 is the run itself"
    recipes = [read_json(runs.run_folder(settings, member.run).recipe) for member in group.runs]
    assert [recipe.pop("seed") for recipe in recipes] == [5, 5, 6, 6, 6, 7, 7, 7]
    first = read_json(runs.run_folder(settings, done.run).recipe)
    first.pop("seed")
    assert all(recipe == first for recipe in recipes)
    parts = [read_splits(runs.run_folder(settings, member.run)) for member in group.runs]
    assert parts[4] is None
    sets = [set(part.train) for part in parts[:4] if part]
    assert [len(part) for part in sets] == [4, 8, 4, 8]
    assert sets[0] < sets[1]
    assert sets[2] < sets[3]
    assert sets[1] != sets[3], "another seed chooses other images"
    folder = runs.run_folder(settings, group.runs[1].run)
    images = as_the_run_has_it(load_labels(VersionFolder(read_job(folder).data)).images, folder)
    mine = images[(images["split"] == "train") & (images["use"] != "unlabelled")]
    assert set(mine["image_id"]) == sets[1]
    assert (mine["use"] == "background").sum() == 1, "one of two"
    assert (images["split"] == "val").sum() == 12


def test_the_curve_is_read_with_its_range_and_what_more_images_would_add(done: Workspace) -> None:
    curve = learning_curve(done.settings, done.run)
    assert curve.is_complete
    assert (curve.group, curve.origin) == (done.group, done.run)
    (note,) = curve.notes
    assert note.startswith("With 4 iterations each training image is seen only 0.5 times"), (
        "four of two, sixteen images"
    )
    assert [(point.run == done.run) for point in curve.runs] == [False, False, True] + [False] * 6
    assert [row.name for row in curve.rows] == ["", "red", "blue"]
    together = curve.rows[0]
    assert [level.images for level in together.levels] == [4, 8, 16]
    # The law of the stand-in, best at the end, with chance up to 0.01.
    for level, images in zip(together.levels, (4, 8, 16), strict=True):
        assert level.mean == pytest.approx(0.7 - 0.6 / images**0.5, abs=0.01)
        assert level.low is not None and level.mean is not None and level.high is not None
        assert level.low < level.mean < level.high
    assert together.gain.verdict == "gain"
    assert together.gain.low is not None and together.gain.high is not None
    assert together.gain.low < 0.0439 < together.gain.high, "the law's own: 0.6 / 4 - 0.6 / 5.66"
    by_group, by_part = (learning_curve(done.settings, ref) for ref in (done.group, curve.runs[0].run))
    assert by_group == by_part == curve


def test_starting_it_again_fills_what_is_missing_and_keeps_what_is_there(copied: Workspace) -> None:
    settings = copied.settings
    before = {place: member.run for place, member in find_members(settings, copied.run).runs.items()}
    runs.delete(settings, before[2], actor=ADA)
    assert learning_curve(settings, copied.run).notes[1:] == ("Not started, or deleted: 50 % of the images, seed 5.",)
    assert _curve(settings, copied.run, 4) == copied.group, "the number of seeds stays that of the first start"
    wait_for_group(settings, copied.group, say_nothing)
    after = {place: member.run for place, member in find_members(settings, copied.run).runs.items()}
    assert {place for place in before if before[place] != after[place]} == {2}
    assert learning_curve(settings, copied.run).is_complete
    first, again = (read_splits(runs.run_folder(settings, member)) for member in (after[1], after[2]))
    assert first is not None and again is not None
    assert set(first.train) < set(again.train), "the same choice as before"


def test_a_curve_whose_first_run_was_deleted_is_read_and_says_so(copied: Workspace) -> None:
    runs.delete(copied.settings, copied.run, actor=ADA)
    curve = learning_curve(copied.settings, copied.group)
    assert curve.origin == ""
    assert "was deleted" in curve.notes[0]
    assert curve.rows[0].gain.low is not None, "eight runs are left"


def test_an_extended_run_is_not_its_own_point(copied: Workspace) -> None:
    rerun.extend_run(copied.settings, copied.run, iterations=2, launcher=scored_launcher(), actor=ADA)
    runs.wait(copied.settings, copied.run, say_nothing)
    assert 3 not in find_members(copied.settings, copied.run).runs


def test_a_part_of_a_curve_begins_no_other(done: Workspace) -> None:
    member = describe_group(done.settings, done.group).runs[0].run
    with pytest.raises(ConflictError, match="itself a part"):
        _curve(done.settings, member)


@pytest.mark.parametrize("seeds", [1, 6], ids=["one", "six"])
def test_a_wrong_number_of_seeds_is_refused(done: Workspace, seeds: int) -> None:
    with pytest.raises(AppError, match="no curve"):
        _curve(done.settings, done.run, seeds)
