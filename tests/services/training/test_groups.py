"""Several runs of one recipe; the worker is the tiny one, so that nothing imports torch."""

from pathlib import Path
from typing import Any

import pytest

from core.errors import AppError, NotFoundError
from core.files import read_json, write_json
from core.progress import say_nothing
from core.services import runs
from core.services.runs import RunSummary
from core.services.training import TrainRequest, groups
from core.settings import Settings
from core.training.recipe.changes import RecipeChanges
from core.training.run.groups import GroupPart
from core.training.run.job import read_job
from core.training.run.splits import as_the_run_has_it, read_splits
from core.workspace.datasets import VersionFolder, load_labels
from tests.factories.actors import ADA
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.tiny_worker import tiny_launcher


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    settings = Settings(workspace=tmp_path)
    DatasetMaker(train=9, val=3, unlabelled=1).make(settings)
    return settings


def _members(settings: Settings, key: str) -> tuple[RunSummary, ...]:
    return groups.wait_for_group(settings, key, say_nothing).runs


@pytest.mark.process
def test_seeds_make_one_run_each_that_differ_in_nothing_else(settings: Settings) -> None:
    key = groups.start_seeds(
        settings,
        TrainRequest(dataset="shapes", changes=RecipeChanges(iterations=2)),
        (4, 7),
        tiny_launcher(),
        actor=ADA,
    )
    members = _members(settings, key)
    assert [run.name for run in members] == ["shapes quick 1, seed 4", "shapes quick 1, seed 7"]
    assert {run.phase for run in members} == {"finished"}
    first, second = (read_json(runs.run_folder(settings, run.run).recipe) for run in members)
    assert (first.pop("seed"), second.pop("seed")) == (4, 7)
    assert first == second


@pytest.mark.process
def test_the_next_group_gets_the_next_name(settings: Settings) -> None:
    for expected in ("shapes quick 1", "shapes quick 2"):
        key = groups.start_seeds(
            settings,
            TrainRequest(dataset="shapes", changes=RecipeChanges(iterations=1)),
            (1, 2),
            tiny_launcher(),
            actor=ADA,
        )
        assert groups.wait_for_group(settings, key, say_nothing).name == expected


@pytest.mark.process
def test_folds_validate_on_each_training_and_validation_image_exactly_once(settings: Settings) -> None:
    key = groups.start_folds(
        settings,
        TrainRequest(dataset="shapes", name="cv", changes=RecipeChanges(iterations=1)),
        3,
        say_nothing,
        tiny_launcher(),
        actor=ADA,
    )
    folders = [runs.run_folder(settings, run.run) for run in _members(settings, key)]
    version = VersionFolder(read_job(folders[0]).data)
    before = load_labels(version).images
    used = set(before.loc[before["use"] != "unlabelled", "image_id"])
    validated: list[int] = []
    for folder in folders:
        splits = read_splits(folder)
        assert splits is not None
        assert set(splits.train) | set(splits.val) == used
        assert not set(splits.train) & set(splits.val)
        validated += splits.val
        images = as_the_run_has_it(before, folder)
        assert (images["split"] == "val").sum() == len(splits.val) == 4
    assert sorted(validated) == sorted(used)
    assert load_labels(version).images.equals(before)
    assert not list(folders[0].root.rglob("*.png"))


@pytest.mark.process
def test_a_fold_says_in_words_what_it_was_trained_and_validated_on(settings: Settings) -> None:
    key = groups.start_folds(
        settings,
        TrainRequest(dataset="shapes", changes=RecipeChanges(iterations=1)),
        3,
        say_nothing,
        tiny_launcher(),
        actor=ADA,
    )
    second = runs.describe_run(settings, _members(settings, key)[1].run)
    assert second.notes == ("Fold 2 of 3: validated on 4 images, trained on 8.",)
    assert second.group is not None
    assert second.group.label == "fold 2"


@pytest.mark.parametrize(
    ("start", "said"),
    [
        pytest.param(lambda s, r: groups.start_seeds(s, r, (1,), actor=ADA), "no seeds of a group", id="one seed"),
        pytest.param(
            lambda s, r: groups.start_seeds(s, r, (1, 1), actor=ADA), "no seeds of a group", id="a seed twice"
        ),
        pytest.param(lambda s, r: groups.start_seeds(s, r, (1, -1), actor=ADA), "-1 seed", id="no seed"),
        pytest.param(lambda s, r: groups.start_folds(s, r, 1, say_nothing, actor=ADA), "1 folds", id="one fold"),
        pytest.param(
            lambda s, r: groups.start_folds(s, r, 13, say_nothing, actor=ADA), "only 12 images", id="too many folds"
        ),
    ],
)
def test_what_makes_no_group_is_refused_and_nothing_is_started(settings: Settings, start: Any, said: str) -> None:
    with pytest.raises(AppError, match=said) as caught:
        start(settings, TrainRequest(dataset="shapes"))
    assert caught.value.remedy
    assert runs.list_runs(settings) == []


def _made_group(settings: Settings, tops: list[float], of: int = 3) -> None:
    for place, top in enumerate(tops, 1):
        folder = runs.run_folder(
            settings, RunMaker(name=f"cv, fold {place}", dataset="shapes", top_ap=top).make(settings)
        )
        part = GroupPart(group="g-222222", name="cv", kind="folds", place=place, of=of, label=f"fold {place}")
        write_json(folder.job, {**read_json(folder.job), "group": part.as_dict()})


def test_a_group_shows_mean_spread_and_each_value_of_best_and_last(settings: Settings) -> None:
    _made_group(settings, [0.4, 0.5, 0.6])
    group = groups.describe_group(settings, "cv")
    values = [run.best.ap for run in group.runs if run.best]
    mean = sum(value or 0 for value in values) / 3
    assert list(group.best["ap"].values) == values
    assert group.best["ap"].mean == pytest.approx(mean)
    assert group.best["ap"].deviation == pytest.approx((sum(((v or 0) - mean) ** 2 for v in values) / 2) ** 0.5)
    assert list(group.last["ap50"].values) == [run.metrics["ap50"] for run in group.runs]
    assert group.last["ap50"].mean is not None
    assert groups.describe_group(settings, "g-222222") == group
    assert "other images" in group.notes[0]


def test_a_group_of_which_a_run_is_gone_says_so(settings: Settings) -> None:
    _made_group(settings, [0.4, 0.5])
    assert any("1 of 3 runs" in note for note in groups.describe_group(settings, "cv").notes)


def test_a_repaired_run_stands_in_its_group_for_the_one_that_failed(settings: Settings) -> None:
    _made_group(settings, [0.4, 0.5, 0.6])
    folder = runs.run_folder(settings, RunMaker(name="cv, fold 2 repaired", dataset="shapes").make(settings))
    part = GroupPart(group="g-222222", name="cv", kind="folds", place=2, of=3, label="fold 2")
    write_json(folder.job, {**read_json(folder.job), "group": part.as_dict()})
    names = [run.name for run in groups.describe_group(settings, "cv").runs]
    assert names == ["cv, fold 1", "cv, fold 2 repaired", "cv, fold 3"]


def test_a_group_that_is_not_there_is_refused_by_name(settings: Settings) -> None:
    with pytest.raises(NotFoundError, match="no group 'cv'"):
        groups.describe_group(settings, "cv")


def test_a_run_in_no_group_has_none(settings: Settings) -> None:
    RunMaker(dataset="shapes").make(settings)
    assert groups.list_groups(settings) == []
