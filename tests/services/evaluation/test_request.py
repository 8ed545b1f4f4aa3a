"""request.json as starting an evaluation writes it: its keys, in order, for a run, a custom model and two files."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.files import read_json, write_json
from core.services import evaluation
from core.services.evaluation import EvaluationRequest
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.workspace.layout import Layout
from tests.factories.actors import ADA
from tests.factories.custom_models import stored_custom_model
from tests.factories.evaluations import perfect_evaluator
from tests.factories.progress import silent
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker

_OF_DATA = ["checkpoint", "slots", "dataset", "version", "data", "split", "sealed", "score", "iou", "mirrored", "actor"]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    # The worker is not what is tested.
    monkeypatch.setattr(LocalLauncher, "spawn", lambda self, folder: None)
    return Settings(workspace=tmp_path)


def asked(settings: Settings, key: str) -> dict[str, Any]:
    """request.json of an evaluation."""
    return read_json(Layout(settings.workspace).folder("evaluation", key) / "request.json")


def test_an_evaluation_of_a_run_writes_what_it_always_wrote(settings: Settings) -> None:
    dataset = DatasetMaker(name="shapes").make(settings)
    run = RunMaker(dataset=dataset, classes=("red", "blue")).make(settings)
    request = EvaluationRequest(run=run, split="val", score=0.4, mirrored=True)
    written = asked(settings, evaluation.start_evaluation(settings, request, actor=ADA))
    assert list(written) == ["run", "run_folder", *_OF_DATA]
    assert written == {
        "run": run, "run_folder": f"../../runs/{run}", "checkpoint": "best", "slots": "../../slots",
        "dataset": dataset, "version": "v1", "data": f"../../datasets/{dataset}/versions/v1", "split": "val",
        "sealed": False, "score": 0.4, "iou": 0.5, "mirrored": True,
        "actor": ADA.to_json(),
    }  # fmt: skip


def test_an_evaluation_of_a_custom_model_writes_what_it_always_wrote(settings: Settings) -> None:
    dataset = DatasetMaker(name="shapes").make(settings)
    model = stored_custom_model(settings, "mine", ("red", "blue"))
    request = EvaluationRequest(model=model, dataset=dataset, split="val")
    written = asked(settings, evaluation.start_evaluation(settings, request, actor=ADA))
    assert list(written) == ["run", "model", "model_folder", *_OF_DATA]
    assert (written["run"], written["model"], written["checkpoint"], written["score"]) == ("", model, "", None)


def test_an_evaluation_of_two_files_writes_what_it_always_wrote(settings: Settings, tmp_path: Path) -> None:
    truth, found = tmp_path / "truth.json", tmp_path / "found.json"
    box = {"image_id": 1, "category_id": 1, "bbox": [1, 1, 20, 20]}
    write_json(
        truth,
        {
            "images": [{"id": 1, "file_name": "1.png", "width": 64, "height": 64}],
            "categories": [{"id": 1, "name": "red"}],
            "annotations": [{**box, "id": 1, "area": 400, "iscrowd": 0}],
        },
    )
    found.write_text(json.dumps([{**box, "score": 0.9}]))
    written = asked(settings, evaluation.evaluate_files(settings, truth, found, tmp_path, score=0.3, actor=ADA))
    assert list(written) == ["truth", "detections", "images", "score", "iou", "actor"]
    assert written == {
        "truth": "truth.json", "detections": "found.json", "images": str(tmp_path), "score": 0.3, "iou": 0.5,
        "actor": ADA.to_json(),
    }  # fmt: skip


def test_an_evaluation_on_images_of_another_range_keeps_a_warning(settings: Settings) -> None:
    dataset = DatasetMaker(name="first", facts={"bit_range": [0, 1000]}).make(settings)
    other = DatasetMaker(name="second", facts={"bit_range": [0, 4095], "deep_images": 3}).make(settings)
    run = RunMaker(dataset=dataset, classes=("red", "blue")).make(settings)
    same, request = EvaluationRequest(run=run, split="val"), EvaluationRequest(run=run, split="val", dataset=other)
    assert evaluation.request_notes(settings, same) == ()
    assert "notes" not in asked(settings, evaluation.start_evaluation(settings, same, actor=ADA))

    (note,) = evaluation.request_notes(settings, request)
    assert "0 to 1,000, but those of second were mapped from 0 to 4,095" in note
    key = evaluation.start_evaluation(settings, request, actor=ADA)
    assert asked(settings, key)["notes"] == [note]


@pytest.mark.process
def test_the_warning_is_in_the_notes_of_the_result(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path)
    dataset = DatasetMaker(name="first", facts={"bit_range": [0, 1000]}).make(settings)
    other = DatasetMaker(name="second", facts={"bit_range": [0, 4095]}).make(settings)
    run = RunMaker(dataset=dataset, classes=("red", "blue")).make(settings)
    request = EvaluationRequest(run=run, split="val", dataset=other)
    key = evaluation.start_evaluation(settings, request, perfect_evaluator(), actor=ADA)
    evaluation.wait_for_evaluation(settings, key, silent)
    opened = evaluation.open_evaluation(settings, key)
    assert len(opened.spec.notes) == 1
    assert list(opened.spec.notes) == evaluation.summarise(opened)["notes"][:1]


@pytest.mark.parametrize("changes", [{"run": "r-gone"}, {"dataset": "gone"}, {"version": "v9"}], ids=str)
def test_a_request_that_cannot_be_resolved_has_no_warning(settings: Settings, changes: dict[str, Any]) -> None:
    dataset = DatasetMaker(facts={"bit_range": [0, 1000]}).make(settings)
    run = RunMaker(dataset=dataset, classes=("red", "blue")).make(settings)
    assert evaluation.request_notes(settings, replace(EvaluationRequest(run=run), **changes)) == ()
