import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from core.errors import AppError, NotFoundError
from core.services.evaluation import (
    EvaluationRequest,
    evaluate_files,
    image_file,
    list_evaluations,
    open_evaluation,
    start_evaluation,
    summarise,
    wait_for_evaluation,
)
from core.settings import Settings
from core.training.run.status import Phase
from core.workspace.layout import Layout
from tests.factories.actors import ADA
from tests.factories.coco_files import SETTINGS, write_files, write_results
from tests.factories.evaluations import make_version, perfect_evaluator
from tests.factories.progress import silent
from tests.factories.results import Results, make_categories, make_detections, make_images, make_truths, random_results
from tests.factories.runs import RunMaker


def test_a_csv_and_a_coco_file_of_the_same_boxes_give_an_equal_evaluation(tmp_path: Path, settings: Settings) -> None:
    """Reference: the COCO result file, whose reader has separate tests."""
    truth, found = write_results(tmp_path, random_results(11, images=20, crowd=0.1))
    lines = [
        f"p{row['image_id']}.png\tclass {row['category_id']}\t{row['score']!r}\t" + "\t".join(map(repr, row["bbox"]))
        for row in json.loads(found.read_text())
    ]
    table = tmp_path / "found.tsv"
    table.write_text("\n".join(["File name\tLabel\tConfidence\tx\ty\tw\th", *lines]))
    documents = []
    for detections in (found, table):
        document = summarise(open_evaluation(settings, evaluate_files(settings, truth, detections, actor=ADA)))
        documents.append({name: value for name, value in document.items() if name != "evaluation"})
    assert documents[0]["ap"] > 0.1
    assert documents[1] == documents[0]


def test_images_are_found_only_below_their_folder(tmp_path: Path, settings: Settings) -> None:
    truth = {
        "images": [{"id": 1, "file_name": "p1.png"}, {"id": 2, "file_name": "../secret"}, {"id": 3, "file_name": "\0"}],
        "categories": [{"id": 1, "name": "dog"}],
        "annotations": [],
    }
    (tmp_path / "secret").touch()
    (tmp_path / "pictures").mkdir()
    files = write_files(tmp_path / "pictures", truth=truth, found=[])
    opened = open_evaluation(settings, evaluate_files(settings, *files, images_dir=tmp_path / "pictures", actor=ADA))
    assert image_file(settings, opened, 1) == tmp_path / "pictures" / "p1.png"
    for image_id in (2, 3, 4):
        with pytest.raises(NotFoundError):
            image_file(settings, opened, image_id)
    bare = open_evaluation(settings, evaluate_files(settings, *files, actor=ADA))
    with pytest.raises(NotFoundError, match="were not given"):
        image_file(settings, bare, 1)


def test_files_that_do_not_fit_leave_nothing_behind(tmp_path: Path, settings: Settings) -> None:
    truth, found = write_files(tmp_path, found=[{"image_id": 99, "category_id": 1, "bbox": SETTINGS, "score": 0.5}])
    for options in ({}, {"iou": 1.5}, {"score": -0.1}, {"images_dir": tmp_path / "nowhere"}):
        with pytest.raises(AppError):
            evaluate_files(settings, truth, found, **options, actor=ADA)
    assert list_evaluations(settings) == []
    assert not list(settings.workspace.glob("evaluations/*"))


class TestOfARun:
    """Evaluations in a separate process; a stand-in evaluates, because the worker needs torch and minutes."""

    @pytest.fixture
    def workspace(self, settings: Settings) -> Settings:
        results = random_results(7, images=10, truths=4)
        results = results.with_(images=results.images.assign(split=["train"] * 4 + ["val"] * 6))
        make_version(settings, "cells", results)
        RunMaker(dataset="cells", classes=("class a", "class b", "class c")).make(settings)
        return settings

    @pytest.mark.worker
    def test_it_goes_from_request_to_result(self, workspace: Settings) -> None:
        key = start_evaluation(workspace, EvaluationRequest(run="first look", iou=0.7), perfect_evaluator(), actor=ADA)
        wait_for_evaluation(workspace, key, silent)
        opened = open_evaluation(workspace, key)
        document = summarise(opened, None, None)
        assert (document["ap"], document["images"], document["iou"]) == (1.0, 6, 0.7)
        assert opened.spec.split == "val"
        assert image_file(workspace, opened, 5).name == "image 5.png"
        (row,) = list_evaluations(workspace)
        assert (row.id, row.name, row.phase, row.ap, row.images) == (
            key,
            "first look on cells, val",
            Phase.FINISHED,
            1,
            6,
        )
        assert (row.dataset, row.version, row.split, row.checkpoint) == ("cells", "v1", "val", "best")

    @pytest.mark.worker
    def test_a_look_at_mirrored_images_is_asked_for_and_named(self, workspace: Settings) -> None:
        key = start_evaluation(
            workspace, EvaluationRequest(run="first look", mirrored=True), perfect_evaluator(), actor=ADA
        )
        wait_for_evaluation(workspace, key, silent)
        opened = open_evaluation(workspace, key)
        assert opened.spec.mirrored
        assert opened.name == "first look on cells, val, mirrored too"

    def test_a_look_that_the_model_cannot_take_is_refused_before_the_start(self, workspace: Settings) -> None:
        RunMaker(name="dense", classes=("red", "blue"), model="retinanet_R_50_FPN_3x").make(workspace)
        with pytest.raises(AppError, match="cannot use mirrored images") as refused:
            start_evaluation(workspace, EvaluationRequest(run="dense", mirrored=True), perfect_evaluator(), actor=ADA)
        assert refused.value.remedy

    @pytest.mark.worker
    def test_the_workspace_can_be_moved(self, workspace: Settings, tmp_path: Path) -> None:
        key = start_evaluation(workspace, EvaluationRequest(run="first look"), perfect_evaluator(), actor=ADA)
        wait_for_evaluation(workspace, key, silent)
        moved = Settings(workspace=tmp_path / "elsewhere")
        shutil.move(workspace.workspace, moved.workspace)
        opened = open_evaluation(moved, key)
        assert image_file(moved, opened, 5).is_relative_to(moved.workspace)

    @pytest.mark.worker
    def test_a_failure_is_told_with_its_remedy(self, workspace: Settings) -> None:
        key = start_evaluation(
            workspace, EvaluationRequest(run="first look"), perfect_evaluator(PERFECT_EVALUATOR_FAILS="1"), actor=ADA
        )
        with pytest.raises(AppError, match="is failed: The model is a teapot") as failed:
            wait_for_evaluation(workspace, key, silent)
        assert failed.value.remedy == "Use another one."
        assert list_evaluations(workspace)[0].phase is Phase.FAILED
        with pytest.raises(AppError, match="no result yet"):
            open_evaluation(workspace, key)

    @pytest.mark.worker
    def test_another_data_set_is_joined_by_class_names(self, workspace: Settings) -> None:
        truths = make_truths([(1, 0, (0, 0, 20, 20), False)])
        other = Results(
            images=make_images(1),
            annotations=truths,
            categories=make_categories("class b"),
            detections=make_detections([]),
        )
        make_version(workspace, "others", other)
        make_version(workspace, "others", other, "v2")
        key = start_evaluation(
            workspace, EvaluationRequest(run="first look", dataset="others"), perfect_evaluator(), actor=ADA
        )
        wait_for_evaluation(workspace, key, silent)
        assert (list_evaluations(workspace)[0].dataset, list_evaluations(workspace)[0].version) == ("others", "v2")

    @pytest.mark.parametrize(
        ("changes", "complaint"),
        [
            ({"run": "nobody"}, "no run 'nobody'"),
            ({"split": "test"}, "no labelled image in the split 'test'"),
            ({"split": "some"}, "no split 'some'"),
            ({"dataset": "nothing"}, "no data set 'nothing'"),
            ({"version": "v9"}, "no version 'v9'"),
            ({"checkpoint": "17"}, "no checkpoint '17'"),
            ({"score": 1.2}, "score threshold is 1.2"),
            ({"iou": 0.0}, "IoU threshold is 0"),
        ],
        ids=["run", "split", "word", "data set", "version", "checkpoint", "score", "iou"],
    )
    def test_a_request_that_cannot_be_met_starts_nothing(
        self, workspace: Settings, changes: dict[str, Any], complaint: str
    ) -> None:
        with pytest.raises(AppError, match=complaint):
            start_evaluation(
                workspace, EvaluationRequest(**{"run": "first look", **changes}), perfect_evaluator(), actor=ADA
            )
        assert list_evaluations(workspace) == []

    @pytest.mark.worker
    def test_an_evaluation_whose_start_was_cut_off_is_lost(self, workspace: Settings) -> None:
        key = start_evaluation(workspace, EvaluationRequest(run="first look"), perfect_evaluator(), actor=ADA)
        wait_for_evaluation(workspace, key, silent)
        folder = Layout(workspace.workspace).folder("evaluation", key)
        for name in ("status.json", "request.json", "scores.json"):
            (folder / name).unlink()
        (row,) = list_evaluations(workspace)
        assert (row.phase, row.run, row.ap) == (Phase.LOST, "", None)
        with pytest.raises(AppError, match="is lost"):
            wait_for_evaluation(workspace, key, silent)
