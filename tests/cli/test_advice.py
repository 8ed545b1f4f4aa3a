"""The verb `advice` as a user types it."""

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.settings import Settings
from tests.factories.evaluated import EvaluationMaker
from tests.factories.tiny_dataset import DatasetMaker


def test_advice_is_one_document_or_a_paragraph_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(workspace=tmp_path)
    key = EvaluationMaker(dataset=DatasetMaker(train=2, val=60).make(settings), mixed_up=0.3, strays=2.0).make(settings)
    typed = ["--workspace", str(tmp_path), "advice", key, "--score", "0.4"]

    assert main([*typed, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["evaluation"], document["score"], document["iou"]) == (key, 0.4, 0.5)
    assert document["advice"]

    assert main(typed) == 0
    printed = capsys.readouterr().out
    for row in document["advice"]:
        assert f"{row['words']}\n  {row['next']}\n  {row['address']}" in printed


def test_sealed_scores_give_no_advice_until_they_are_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(workspace=tmp_path)
    key = EvaluationMaker(dataset=DatasetMaker(train=2, test=12).make(settings), split="test").make(settings)
    typed = ["--workspace", str(tmp_path), "advice", key, "--json"]

    assert main(typed) == 2
    assert "sealed" in json.loads(capsys.readouterr().out)["error"]["message"]

    assert main(["--workspace", str(tmp_path), "seal", key, "--open"]) == 0
    assert main(typed) == 0
