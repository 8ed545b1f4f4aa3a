"""The verbs `threshold`, `calibrate` and `seal` as a user types them."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main
from core.settings import Settings
from tests.factories.evaluated import EvaluationMaker
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker


class Shell:
    """Types commands into a workspace with one run, evaluated on validation and on test."""

    def __init__(self, workspace: Path, printed: pytest.CaptureFixture[str]) -> None:
        settings = Settings(workspace=workspace)
        dataset = DatasetMaker(train=2, val=12, test=9).make(settings)
        self.run = RunMaker(dataset=dataset, classes=("red", "blue")).make(settings)
        self.val = EvaluationMaker(dataset=dataset, run=self.run, missed=0.3, seed=3).make(settings)
        self.test = EvaluationMaker(dataset=dataset, run=self.run, split="test", name="on test").make(settings)
        self.workspace, self._printed, self.said = workspace, printed, ""

    def __call__(self, *arguments: str, code: int = 0) -> Any:
        self._printed.readouterr()
        assert main(["--workspace", str(self.workspace), *arguments, "--json"]) == code
        printed = self._printed.readouterr()
        self.said = printed.err
        return json.loads(printed.out)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, capsys)


def test_a_threshold_is_chosen_stored_and_reported_on_test(shell: Shell) -> None:
    chosen = shell("threshold", shell.run, "--by", "recall", "--at", "0.5", "--store")
    assert chosen["evaluation"] == shell.val
    assert chosen["all"]["recall"] >= 0.5
    assert chosen["stored"]["score"] == chosen["all"]["score"]
    assert set(chosen["stored"]["per_class"]) == {"red", "blue"}
    assert shell.said == ""

    reported = shell("threshold", shell.test)
    assert (reported["is_stored"], reported["split"]) == (True, "test")
    assert reported["all"]["score"] == chosen["all"]["score"]
    assert reported["rule"] == {"by": "recall", "at": 0.5, "miss_cost": None, "false_alarm_cost": None}
    assert "were opened 1 time so far" in shell.said


def test_the_document_has_the_contracts_keys(shell: Shell) -> None:
    document = shell("threshold", shell.val, "--by", "cost", "--miss-cost", "5")
    keys = ["evaluation", "run", "model", "split", "rule", "iou", "is_stored", "all", "each_at_its_own", "per_class"]
    assert list(document) == [*keys, "stored", "notes"]
    figures = ["score", "precision", "recall", "f1", "tp", "fp", "fn", "truths", "cost"]
    assert list(document["all"]) == figures
    assert [list(row) for row in document["per_class"]] == [["name", *figures]] * 2
    assert document["stored"] is None


def test_test_scores_are_no_place_to_choose(shell: Shell) -> None:
    error = shell("threshold", shell.test, "--by", "f1", code=2)["error"]
    assert "chosen on validation" in error["message"]


def test_without_a_stored_threshold_there_is_nothing_to_report(shell: Shell) -> None:
    error = shell("threshold", shell.test, code=2)["error"]
    assert "No threshold is stored" in error["message"]


@pytest.mark.parametrize("arguments", [("--at", "2", "--by", "recall"), ("--by", "cost", "--miss-cost", "-1")])
def test_a_rule_that_means_nothing_is_the_users_mistake(shell: Shell, arguments: tuple[str, ...]) -> None:
    assert shell("threshold", shell.val, *arguments, code=2)["error"]["remedy"]


def test_temperatures_are_fitted_stored_and_measured_on_test(shell: Shell) -> None:
    fitted = shell("calibrate", shell.run)
    assert (fitted["evaluation"], fitted["is_stored"], fitted["folds"], fitted["stored"]) == (shell.val, False, 5, None)
    stored = shell("calibrate", shell.run, "--store")["stored"]
    rows = {row["name"]: row["temperature"] for row in fitted["per_class"]}
    assert stored["per_class"] == {name: round(value, 4) for name, value in rows.items()}
    assert stored["actor"]["source"] == "command line"

    measured = shell("calibrate", shell.test)
    assert (measured["is_stored"], measured["split"], measured["folds"]) == (True, "test", None)
    assert {row["name"]: row["temperature"] for row in measured["per_class"]} == stored["per_class"]
    assert {row["name"]: row["offset"] for row in measured["per_class"]} == stored["offsets"]
    assert "were opened 1 time so far" in shell.said
    assert shell("run", shell.run)["temperatures"] == stored
    assert shell("run", shell.run)["threshold"] is None
    boxes = shell("boxes", shell.test, "--outcome", "true_positive")["boxes"]
    assert boxes
    assert all(0 < box["calibrated"] < 1 and box["calibrated"] != box["score"] for box in boxes)


def test_the_document_of_calibrate_has_the_contracts_keys(shell: Shell) -> None:
    document = shell("calibrate", shell.val, "--store", "--iou", "0.75")
    keys = ["evaluation", "run", "model", "split", "iou", "is_stored", "temperature", "offset", "floor", "folds"]
    assert list(document) == [*keys, "before", "after", "per_class", "stored", "notes"]
    assert document["iou"] == 0.75
    assert document["stored"]["iou"] == 0.5
    assert list(document["before"]) == list(document["after"]) == ["ece", "detections", "bins"]
    row = ["name", "temperature", "offset", "detections", "right", "ece", "ece_calibrated"]
    assert [list(one) for one in document["per_class"]] == [row] * 2
    stored = ["pooled", "per_class", "offset", "offsets", "floor", "detections", "ece", "ece_calibrated", "iou"]
    assert list(document["stored"]) == [*stored, "evaluation", "checkpoint", "mirrored", "fitted", "revision", "actor"]


def test_test_scores_are_no_place_to_fit(shell: Shell) -> None:
    error = shell("calibrate", shell.test, "--store", code=2)["error"]
    assert "fitted on validation" in error["message"]


def test_without_stored_temperatures_there_is_nothing_to_measure(shell: Shell) -> None:
    error = shell("calibrate", shell.test, code=2)["error"]
    assert "No temperatures are stored" in error["message"]
    assert "calibrate RUN --store" in error["remedy"]
