"""Error bars and comparisons on the command line."""

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.settings import Settings
from tests.factories.evaluated import EvaluationMaker
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(tmp_path)
    dataset = DatasetMaker(train=3, val=40).make(settings)
    for name, missed in (("weak", 0.5), ("strong", 0.1)):
        EvaluationMaker(dataset, missed=missed, name=name).make(settings)
    EvaluationMaker(dataset, split="train", name="elsewhere").make(settings)
    return settings


def run(settings: Settings, capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, object]:
    assert main(["--workspace", str(settings.workspace), *arguments, "--json"]) == code
    document: dict[str, object] = json.loads(capsys.readouterr().out)
    return document


def test_intervals_have_the_keys_of_the_contract(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    document = run(settings, capsys, "intervals", "weak", "--resamples", "100")

    keys = {"evaluation", "images", "images_with_objects", "resamples", "seed", "level", "ap", "ap50", "per_class"}
    assert set(document) == {*keys, "notes"}
    assert set(document["ap"]) == {"value", "low", "high"}  # type: ignore[call-overload]
    assert (document["resamples"], document["seed"], document["level"]) == (100, 0, 0.95)


def test_a_comparison_has_the_keys_of_the_contract(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    document = run(settings, capsys, "compare", "weak", "strong", "--resamples", "100", "--score", "0.3")

    figures = {"a", "b", "images", "resamples", "seed", "level", "ap", "ap50", "per_class"}
    assert set(document) == figures | {"score", "iou", "won", "lost", "objects", "notes"}
    ap = document["ap"]
    assert isinstance(ap, dict)
    assert set(ap) == {"a", "b", "difference", "low", "high", "b_better"}
    assert ap["b"] - ap["a"] == pytest.approx(ap["difference"])
    assert document["score"] == 0.3


def test_other_pictures_are_a_mistake_with_a_remedy(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    document = run(settings, capsys, "compare", "weak", "elsewhere", code=2)

    assert "different pictures" in document["error"]["message"]  # type: ignore[index]
