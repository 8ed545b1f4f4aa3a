"""The verb `boxes` as a user types it."""

from pathlib import Path

import pytest

from core.settings import Settings
from tests.cli.test_thresholds import Shell
from tests.factories.evaluated import EvaluationMaker
from tests.factories.tiny_dataset import DatasetMaker
from tests.services.evaluation.test_attributes import evaluate_voc


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, capsys)


@pytest.fixture
def evaluation(shell: Shell) -> str:
    settings = Settings(workspace=shell.workspace)
    maker = EvaluationMaker(
        dataset=DatasetMaker(train=2, val=12).make(settings), missed=0.3, mixed_up=0.3, strays=2, seed=3
    )
    return maker.make(settings)


def test_each_cell_of_the_matrix_lists_as_many_boxes_as_it_counts(shell: Shell, evaluation: str) -> None:
    names = ["red", "blue", "background"]
    scored = shell("slices", evaluation, "--score", "0.3")["all"]
    counts = {}
    for truth in names:
        for name in names:
            if truth != name or truth != "background":
                document = shell("boxes", evaluation, "--cell", f"{truth}:{name}", "--score", "0.3")
                assert len(document["boxes"]) == document["found"]
                counts[truth, name] = document["found"]
    assert counts["red", "red"] + counts["blue", "blue"] == scored["tp"]
    assert sum(number for (truth, _), number in counts.items() if truth != "background") == scored["truths"]


def test_filters_narrow_and_the_limit_shortens(shell: Shell, evaluation: str) -> None:
    document = shell("boxes", evaluation, "--class", "blue", "--outcome", "missed", "--score", "0.5")
    assert {(row["name"], row["outcome"], row["kind"]) for row in document["boxes"]} == {("blue", "missed", "truth")}
    assert document["found"] == len(document["boxes"]) > 1
    shorter = shell("boxes", evaluation, "--class", "blue", "--outcome", "missed", "--score", "0.5", "--limit", "1")
    assert (shorter["found"], shorter["boxes"]) == (document["found"], document["boxes"][:1])


@pytest.mark.parametrize(
    "typed",
    [("--class", "green"), ("--cell", "red"), ("--cell", "red:green"), ("--slice", "x:y"), ("--cause", "bad luck")],
    ids=["class", "no colon", "cell", "slice", "cause"],
)
def test_a_filter_that_makes_no_sense_is_refused(shell: Shell, evaluation: str, typed: tuple[str, str]) -> None:
    assert shell("boxes", evaluation, *typed, code=2)["error"]["remedy"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [("difficult=1", 2), ("difficult", 6), ("weather=day", 4), ("difficult=7", 0)],
    ids=["a value", "any value", "of the image", "a value that none has"],
)
def test_boxes_are_of_images_with_an_attribute(shell: Shell, tmp_path: Path, typed: str, found: int) -> None:
    key = evaluate_voc(Settings(workspace=shell.workspace), tmp_path / "voc")
    document = shell("boxes", key, "--attribute", typed, "--score", "0")
    assert (document["found"], document["pictures"]) == (found, found // 2)


def test_an_attribute_that_nothing_has_is_refused(shell: Shell, tmp_path: Path) -> None:
    key = evaluate_voc(Settings(workspace=shell.workspace), tmp_path / "voc")
    error = shell("boxes", key, "--attribute", "pose=left", code=2)["error"]
    assert ("'pose'" in error["message"], error["remedy"]) == (True, "Choose one of difficult, weather.")
