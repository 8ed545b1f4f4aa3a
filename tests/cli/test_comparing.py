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
    settings = Settings(workspace=tmp_path)
    dataset = DatasetMaker(train=3, val=40).make(settings)
    for name, missed in (("weak", 0.5), ("strong", 0.1)):
        EvaluationMaker(dataset=dataset, missed=missed, name=name).make(settings)
    EvaluationMaker(dataset=dataset, split="train", name="elsewhere").make(settings)
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
    assert set(document) == figures | {"score", "iou", "won", "lost", "objects", "notes", "paired"}
    assert document["paired"] is None, "40 images: the resamples tell more"
    ap = document["ap"]
    assert isinstance(ap, dict)
    assert set(ap) == {"a", "b", "difference", "low", "high", "b_better"}
    assert ap["b"] - ap["a"] == pytest.approx(ap["difference"])
    assert document["score"] == 0.3


@pytest.fixture
def few(settings: Settings) -> Settings:
    """Twelve images on which B finds all objects and A half of them."""
    dataset = DatasetMaker(train=3, val=12, name="few").make(settings)
    EvaluationMaker(dataset=dataset, missed=0.6, strays=0, name="half", seed=1).make(settings)
    EvaluationMaker(dataset=dataset, sure=True, missed=0, mixed_up=0, strays=0, name="whole").make(settings)
    return settings


def test_below_30_images_are_counted_and_tested_by_their_signs(
    few: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    document = run(few, capsys, "compare", "half", "whole", "--resamples", "100")

    ap, paired, notes = document["ap"], document.get("paired"), document["notes"]
    assert isinstance(ap, dict)
    assert isinstance(notes, list)
    assert (ap["low"], ap["high"], ap["b_better"]) == (None, None, None), "no statement from resamples"
    assert isinstance(paired, dict)
    assert paired["better"] + paired["equal"] + paired["worse"] == document["images"] == 12
    assert paired["worse"] == 0
    assert paired["better"] >= 6
    assert paired["p"] == 2 / 2 ** paired["better"], "all signs are the same: two of so many outcomes"
    said = f"better on {paired['better']}, equal on {paired['equal']}, worse on 0 of 12 images"
    assert f"All classes: B is better image by image: {said}" in " ".join(notes)
    assert "F1 at score 0.5 and IoU 0.5" in " ".join(notes)
    assert all(row["paired"] for row in document["per_class"])  # type: ignore[attr-defined]


def test_the_text_below_30_images_says_nothing_of_resamples(few: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--workspace", str(few.workspace), "compare", "half", "whole", "--resamples", "100"]) == 0

    text = capsys.readouterr().out
    assert "b_better -" in text
    assert "b_better 1" not in text
    assert "B is better image by image" in text


def test_other_images_are_a_mistake_with_a_remedy(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    document = run(settings, capsys, "compare", "weak", "elsewhere", code=2)

    assert "different images" in document["error"]["message"]  # type: ignore[index]
