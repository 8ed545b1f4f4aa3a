import numpy as np
import pytest

from core.errors import AppError
from core.evaluation.readers.csv_mistakes import BOX, NO_IMAGE, SCORE, Mistakes


def test_no_mistake_refuses_nothing() -> None:
    mistakes = Mistakes()
    mistakes.note(BOX, np.zeros(3, dtype=bool), [2, 3, 4], str)
    mistakes.refuse("found.csv", 3)


def test_every_kind_is_counted_over_all_pieces_and_its_first_three_lines_are_named() -> None:
    mistakes = Mistakes()
    mistakes.note(SCORE, np.array([True, False, True]), [2, 3, 4], ["98", "0.5", "99"].__getitem__)
    mistakes.note(NO_IMAGE, np.array([False, True]), [5, 6], ["a.jpg", "z.jpg"].__getitem__)
    mistakes.note(SCORE, np.array([True, True]), [7, 8], ["x" * 500, "2"].__getitem__)

    with pytest.raises(AppError) as refused:
        mistakes.refuse("found.csv", 7)

    message = refused.value.message
    assert message.startswith(
        "found.csv: 5 of 7 lines cannot be evaluated: 1 with an image that the truth does not have"
    )
    assert '4 with a score that is no number from 0 to 1 (line 2: "98", line 4: "99", line 7: "xxx' in message
    assert message.endswith(", …).")
    assert len(message) < 350
    assert refused.value.remedy == "Give two files that fit together. Write scores such as 0.75."
