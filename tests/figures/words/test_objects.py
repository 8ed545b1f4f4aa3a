import math
from typing import Any

import pytest

from core.figures.words.objects import object_caption, object_note


def row(**changes: Any) -> dict[str, Any]:
    box = {"x1": 10.0, "y1": 20.0, "x2": 44.0, "y2": 40.0}
    figures = {"score": 0.614, "calibrated": math.nan, "iou": 0.826}
    return {"name": "crane", **figures, "outcome": "true_positive", "cause": "", **box, **changes}


@pytest.mark.parametrize(
    ("changes", "caption", "note"),
    [
        ({}, "crane 0.61", "correct, IoU\N{NO-BREAK SPACE}0.83"),
        (
            {"outcome": "false_positive", "cause": "class"},
            "crane 0.61",
            "false positive, wrong class, IoU\N{NO-BREAK SPACE}0.83",
        ),
        (
            {"outcome": "false_positive", "cause": "background", "iou": math.nan},
            "crane 0.61",
            "false positive, nothing there",
        ),
        (
            {"calibrated": 0.449},
            "crane 0.61",
            "correct, IoU\N{NO-BREAK SPACE}0.83, calibrated\N{NO-BREAK SPACE}0.45",
        ),
        ({"outcome": "missed", "score": math.nan, "cause": "missed"}, "crane", "missed, 34 × 20 px"),
    ],
    ids=["correct", "wrong class", "nothing there", "calibrated", "missed"],
)
def test_a_box_is_told_in_a_few_words(changes: dict[str, Any], caption: str, note: str) -> None:
    assert (object_caption(row(**changes)), object_note(row(**changes))) == (caption, note)
