"""What is asked of an evaluation, as request.json holds it, also in files of earlier versions."""

from pathlib import Path
from typing import Any

import pytest

from core.errors import DamagedFileError
from core.evaluation.spec import REQUEST_FILE, EvaluationSpec, read_spec, write_spec
from core.files import write_json

_OF_A_RUN = EvaluationSpec(
    run="r-222222", run_folder="../../runs/r-222222", checkpoint="best", slots="../../slots", dataset="cells",
    version="v1", data="../../datasets/cells/versions/v1", split="all", sealed=True, score=0.4, iou=0.7, mirrored=True,
)  # fmt: skip
_OF_A_MODEL = EvaluationSpec(model="m-222222", model_folder="../../models/m-222222", dataset="cells", iou=0.5)
_OF_FILES = EvaluationSpec(truth="truth.json", detections="found.json", images="/images", iou=0.5)


@pytest.mark.parametrize(
    ("spec", "subject"),
    [
        pytest.param(_OF_A_RUN, ("run", "r-222222"), id="a run"),
        pytest.param(_OF_A_MODEL, ("model", "m-222222"), id="a custom model"),
        pytest.param(_OF_FILES, None, id="two files"),
    ],
)
def test_what_is_written_is_read_again(tmp_path: Path, spec: EvaluationSpec, subject: tuple[str, str] | None) -> None:
    write_spec(tmp_path, spec)
    assert read_spec(tmp_path) == spec
    assert spec.subject == subject


def test_a_request_of_an_earlier_version_takes_the_defaults(tmp_path: Path) -> None:
    old = {"run": "r-222222", "checkpoint": "best", "dataset": None, "images": None, "score": None, "iou": 0.5}
    write_json(tmp_path / REQUEST_FILE, {**old, "what it held once": 1})
    assert read_spec(tmp_path) == EvaluationSpec(run="r-222222", checkpoint="best", iou=0.5)


@pytest.mark.parametrize(
    ("split", "sealed", "holds_test"),
    [("test", None, True), ("all", None, False), ("val", True, True), ("test", False, False)],
    ids=["test, which an old request does not say", "all, likewise", "val that says so", "test that denies it"],
)
def test_the_test_split_is_sealed_also_where_a_request_does_not_say_so(
    split: str, sealed: bool | None, holds_test: bool
) -> None:
    assert EvaluationSpec(split=split, sealed=sealed, iou=0.5).holds_test is holds_test


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({}, "field 'iou' is missing"),
        ({"iou": None}, "field 'iou' is null"),
        ({"iou": 1.5}, "field 'iou' is 1.5, out of range"),
        ({"iou": 0.5, "run": 7}, "field 'run' is 7, not text"),
        ({"iou": 0.5, "data": ["x"]}, "field 'data' is a list, not text"),
        ({"iou": 0.5, "score": "high"}, "field 'score' is 'high', not a number"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_damaged_request_says_which_field_is_wrong(tmp_path: Path, document: dict[str, Any], said: str) -> None:
    folder = tmp_path / "evaluations" / "e-222222"
    write_json(folder / REQUEST_FILE, document)
    with pytest.raises(DamagedFileError, match=said):
        read_spec(folder)
