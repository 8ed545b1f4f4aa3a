"""The verb `report` as a user types it."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main
from core.report.page import is_report
from core.settings import Settings
from tests.factories.evaluated import EvaluationMaker
from tests.factories.tiny_dataset import DatasetMaker


class Shell:
    """Types commands into a workspace with an evaluation on validation and a sealed one on test."""

    def __init__(self, workspace: Path, printed: pytest.CaptureFixture[str]) -> None:
        settings = Settings(workspace=workspace)
        dataset = DatasetMaker(train=2, val=12, test=4).make(settings)
        self.evaluation = EvaluationMaker(dataset=dataset, missed=0.3, mixed_up=0.3, seed=3).make(settings)
        self.sealed = EvaluationMaker(dataset=dataset, split="test", name="on test").make(settings)
        self.workspace, self._printed, self.said = workspace, printed, ""

    def __call__(self, *arguments: str, code: int = 0) -> Any:
        self._printed.readouterr()
        assert main(["--workspace", str(self.workspace), "report", *arguments, "--json"]) == code
        printed = self._printed.readouterr()
        self.said = printed.err
        return json.loads(printed.out)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "workspace", capsys)


def data_of(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text().split('id="data">')[1].split("</script>")[0])


def test_the_document_has_the_contracts_keys_and_the_file_is_there(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "report.html"

    document = shell(shell.evaluation, "--out", str(out), "--pictures", "5", "--score", "0.3", "--iou", "0.6")

    keys = ["out", "bytes", "evaluation", "score", "iou", "pictures", "of", "scaled", "notes"]
    assert list(document) == keys
    assert document["evaluation"] == shell.evaluation
    assert (document["score"], document["iou"], document["pictures"], document["of"]) == (0.3, 0.6, 5, 12)
    assert document["bytes"] == out.stat().st_size
    assert is_report(out)
    assert "Image 5 of 5" in shell.said


def test_each_option_of_the_filter_is_where_the_report_opens(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "report.html"

    shell(shell.evaluation, "--out", str(out), "--class", "blue", "--outcome", "missed", "--sort", "name")
    start = data_of(out)["start"]
    assert start == {"cell": None, "cause": "", "class": 1, "outcome": "missed", "sort": "name"}

    shell(shell.evaluation, "--out", str(out), "--cell", "red:background", "--file", ".png")
    assert data_of(out)["start"]["cell"] == [0, 2]

    shell(shell.evaluation, "--out", str(out), "--cause", "class", "--slice", "size:medium")
    assert data_of(out)["start"]["cause"] == "class"


@pytest.mark.parametrize(
    "options",
    [
        ("--class", "green"),
        ("--cell", "red"),
        ("--cell", "background:background"),
        ("--cell", "0:2"),
        ("--cause", "bad luck"),
        ("--slice", "size:huge"),
        ("--pictures", "501"),
        ("--score", "7"),
    ],
    ids=" ".join,
)
def test_what_there_is_not_is_the_users_mistake_and_writes_nothing(
    shell: Shell, tmp_path: Path, options: tuple[str, ...]
) -> None:
    error = shell(shell.evaluation, "--out", str(tmp_path / "report.html"), *options, code=2)["error"]

    assert error["remedy"]
    assert not (tmp_path / "report.html").exists()


def test_sealed_scores_stay_sealed(shell: Shell, tmp_path: Path) -> None:
    error = shell(shell.sealed, "--out", str(tmp_path / "report.html"), code=2)["error"]

    assert "are sealed" in error["message"]
    assert "seal EVALUATION --open" in error["remedy"]
    assert not (tmp_path / "report.html").exists()


def test_a_file_that_is_no_report_stays(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "mine.html").write_text("mine")

    error = shell(shell.evaluation, "--out", str(tmp_path / "mine.html"), code=2)["error"]

    assert "not a report" in error["message"]
    assert (tmp_path / "mine.html").read_text() == "mine"
