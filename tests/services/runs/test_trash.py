"""Deleting runs: which runs may be deleted, how they are restored, and what stays usable."""

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import AppError, ConflictError, NotFoundError
from core.progress import say_nothing
from core.services import evaluation as evaluating
from core.services import runs
from core.services.evaluation import evaluation_image
from core.services.runs import trash as run_trash
from core.services.training import start as training
from core.settings import Settings
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.recipe import Weights
from core.training.run.status import Phase
from core.workspace.layout import Layout
from tests.factories.actors import ADA
from tests.factories.evaluated import EvaluationMaker
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.tiny_worker import tiny_launcher

DAY_S = 86_400


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(workspace=tmp_path)


def test_a_deleted_run_comes_back_as_it_was(settings: Settings) -> None:
    run = RunMaker(name="first").make(settings)
    runs.write_note(settings, run, "keep me", actor=ADA)
    runs.change_tags(settings, run, add=["good"], actor=ADA)
    before = runs.describe_run(settings, run)
    deleted = run_trash.delete(settings, "first", actor=ADA)
    assert (deleted.run, deleted.name, deleted.dataset) == (run, "first", "cells")
    assert runs.list_runs(settings, archived=True) == []
    for ref in (run, "first"):
        with pytest.raises(NotFoundError, match="'first' was deleted") as caught:
            runs.describe_run(settings, ref)
        assert "Restore it" in caught.value.remedy
    assert run_trash.restore(settings, "first", actor=ADA) == run
    assert runs.describe_run(settings, run) == before
    assert run_trash.list_trash(settings) == []


@pytest.mark.parametrize("phase", [Phase.FINISHED, Phase.STOPPED, Phase.FAILED, Phase.LOST], ids=str)
def test_every_run_that_has_ended_can_be_deleted(settings: Settings, phase: Phase) -> None:
    run_trash.delete(settings, RunMaker(phase=phase).make(settings), actor=ADA)
    assert len(run_trash.list_trash(settings)) == 1


@pytest.mark.parametrize("phase", [Phase.QUEUED, Phase.STARTING, Phase.RUNNING], ids=str)
def test_a_living_run_cannot_be_deleted_and_stays_untouched(settings: Settings, phase: Phase) -> None:
    run = RunMaker(phase=phase).make(settings)
    with pytest.raises(ConflictError, match=str(phase)) as caught:
        run_trash.delete(settings, run, actor=ADA)
    assert "Stop it first" in caught.value.remedy
    assert runs.describe_run(settings, run).phase == phase
    assert run_trash.list_trash(settings) == []


def test_a_run_that_is_being_evaluated_cannot_be_deleted(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunMaker().make(settings)
    dataset = DatasetMaker().make(settings)
    EvaluationMaker(dataset=dataset, run=run).make(settings)
    rows = [replace(row, phase=Phase.RUNNING) for row in evaluating.list_evaluations(settings)]
    monkeypatch.setattr(run_trash, "list_evaluations", lambda _: rows)
    with pytest.raises(ConflictError, match="being evaluated"):
        run_trash.delete(settings, run, actor=ADA)
    assert runs.describe_run(settings, run).run == run


def test_the_evaluations_of_a_deleted_run_go_on_working(settings: Settings) -> None:
    dataset = DatasetMaker().make(settings)
    run = RunMaker(dataset=dataset).make(settings)
    evaluation = EvaluationMaker(dataset=dataset, run=run).make(settings)
    run_trash.delete(settings, run, actor=ADA)
    run_trash.purge(settings, run, actor=ADA)
    assert [row.id for row in evaluating.list_evaluations(settings)] == [evaluation]
    opened = evaluating.open_evaluation(settings, evaluation)
    assert evaluating.summarise(opened)["images"] == 3
    image = int(opened.truth.images["image_id"].iloc[0])
    assert evaluation_image(settings, evaluation, image).is_file()


@pytest.mark.process
def test_a_run_that_started_from_a_deleted_one_keeps_its_weights(settings: Settings) -> None:
    DatasetMaker().make(settings)
    first = RunMaker(name="first", dataset="shapes").make(settings)
    request = training.TrainRequest(
        dataset="shapes", changes=RecipeChanges(iterations=3, weights=Weights(kind="run", value="first"))
    )
    second = training.start_run(settings, request, tiny_launcher(), actor=ADA)
    run_trash.delete(settings, first, actor=ADA)
    run_trash.purge(settings, first, actor=ADA)
    assert runs.wait(settings, second, say_nothing).phase == "finished"
    assert (runs.run_folder(settings, second).root / "start.pth").read_bytes() == b"no weights in here"


def test_of_several_deletions_at_once_one_succeeds_and_the_others_are_told(settings: Settings) -> None:
    run = RunMaker().make(settings)
    outcomes: list[str] = []

    def delete() -> None:
        try:
            run_trash.delete(settings, run, actor=ADA)
            outcomes.append("deleted")
        except NotFoundError:
            outcomes.append("gone")

    threads = [threading.Thread(target=delete) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["deleted"] + ["gone"] * 5
    assert len(run_trash.list_trash(settings)) == 1
    assert not Layout(settings.workspace).folder("run", run).exists()


def test_a_resume_that_waited_for_a_deletion_finds_the_run_gone(settings: Settings) -> None:
    run = RunMaker(phase=Phase.STOPPED).make(settings)
    folder = runs.run_folder(settings, run)
    run_trash.delete(settings, run, actor=ADA)
    with pytest.raises(NotFoundError, match="gone"):
        training.launch.resume(folder, tiny_launcher())
    assert not folder.root.exists()


def test_a_run_is_not_restored_over_another_one_of_its_id(settings: Settings) -> None:
    run = RunMaker().make(settings)
    run_trash.delete(settings, run, actor=ADA)
    Layout(settings.workspace).folder("run", run).mkdir(parents=True)
    with pytest.raises(ConflictError):
        run_trash.restore(settings, run, actor=ADA)
    assert len(run_trash.list_trash(settings)) == 1


def test_the_size_of_what_lies_in_the_trash_is_told(settings: Settings) -> None:
    run = RunMaker().make(settings)
    (runs.run_folder(settings, run).checkpoints / "best.pth").write_bytes(b"x" * 1_000_000)
    assert 1_000_000 < run_trash.delete(settings, run, actor=ADA).bytes < 1_200_000


def test_what_lies_there_longer_than_the_setting_says_goes_for_good(settings: Settings) -> None:
    old, new = RunMaker(name="old").make(settings), RunMaker(name="new").make(settings)
    for run in (old, new):
        run_trash.delete(settings, run, actor=ADA)
    trash = Layout(settings.workspace).trash
    there = next(path for path in trash.iterdir() if path.name.endswith(old))
    there.rename(trash / f"{int(time.time() - 31 * DAY_S)}-{old}")
    left = {one.name: one.days_left for one in run_trash.list_trash(settings)}
    assert left["new"] == pytest.approx(30, abs=0.1)
    assert left["old"] == pytest.approx(-1, abs=0.1)
    assert run_trash.empty_old(replace(settings, trash_days=0), actor=ADA) == 0
    assert run_trash.empty_old(settings, actor=ADA) == 1
    assert [one.name for one in run_trash.list_trash(settings)] == ["new"]
    assert len(list(trash.iterdir())) == 1


def test_what_a_killed_clean_up_left_is_removed_and_never_listed(settings: Settings) -> None:
    left_over = Layout(settings.workspace).trash / ".going-1700000000-r-abc234"
    left_over.mkdir(parents=True)
    (left_over / "run.json").write_text("{}")
    assert run_trash.list_trash(settings) == []
    run_trash.empty_old(settings, actor=ADA)
    assert not left_over.exists()


def test_a_run_spoilt_by_hand_can_still_be_listed_and_restored(settings: Settings) -> None:
    run = RunMaker().make(settings)
    run_trash.delete(settings, run, actor=ADA)
    (there,) = Layout(settings.workspace).trash.iterdir()
    (there / "job.json").write_text("[")
    (there / "run.json").write_text("[")
    (one,) = run_trash.list_trash(settings)
    assert (one.run, one.name, one.dataset) == (run, run, "")
    assert run_trash.restore(settings, run, actor=ADA) == run


@pytest.mark.parametrize("act", [run_trash.restore, run_trash.purge], ids=["restore", "purge"])
@pytest.mark.parametrize("ref", ["r-nobody", "../runs", "", ".going-1-r-abc234"])
def test_what_the_trash_does_not_hold_is_refused(settings: Settings, act: Any, ref: str) -> None:
    RunMaker(name="still here").make(settings)
    with pytest.raises(NotFoundError):
        act(settings, ref, actor=ADA)
    assert len(runs.list_runs(settings)) == 1


def test_a_disk_that_refuses_the_move_is_a_message(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    run = RunMaker().make(settings)
    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(AppError, match="Permission denied"):
        run_trash.delete(settings, run, actor=ADA)
    monkeypatch.undo()
    assert runs.describe_run(settings, run).run == run
