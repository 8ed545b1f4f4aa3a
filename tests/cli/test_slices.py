"""The verb `slices` as a user types it."""

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.settings import Settings
from tests.factories.evaluated import EvaluationMaker
from tests.factories.tiny_dataset import DatasetMaker


def test_slices_are_listed_worst_first_and_one_slicing_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(workspace=tmp_path)
    key = EvaluationMaker(dataset=DatasetMaker(train=8, val=12).make(settings), split="all", missed=0.3).make(settings)

    assert main(["--workspace", str(tmp_path), "slices", key, "--by", "split", "--score", "0.3", "--json"]) == 0

    document = json.loads(capsys.readouterr().out)
    assert (document["evaluation"], document["score"], document["iou"]) == (key, 0.3, 0.5)
    assert {row["slice"] for row in document["slices"]} == {"split:train", "split:val"}
    for name in ("tp", "fp", "fn", "truths", "pictures"):
        assert sum(row[name] for row in document["slices"]) == document["all"][name]


def test_sealed_scores_have_no_slices_until_they_are_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(workspace=tmp_path)
    key = EvaluationMaker(dataset=DatasetMaker(train=2, test=12).make(settings), split="test").make(settings)
    typed = ["--workspace", str(tmp_path), "slices", key, "--json"]

    assert main(typed) == 2
    assert "sealed" in json.loads(capsys.readouterr().out)["error"]["message"]

    assert main(["--workspace", str(tmp_path), "seal", key, "--open"]) == 0
    assert main(typed) == 0
