import numpy as np
import pytest

from core.labels.formats.tables.frames import Numbers, frames_of, words_of
from core.labels.formats.written import CENTRE_PX, CORNER_SIZE_PX, CORNERS_PX, CORNERS_SHARE, Layout, Unit


def counted(*rows: tuple[float, float, float, float]) -> Numbers:
    numbers = Numbers()
    numbers.add(np.array(rows, dtype=np.float64).reshape(-1, 4))
    return numbers


@pytest.mark.parametrize(
    ("rows", "unit"),
    [
        ([(10, 20, 30, 40)], Unit.PX),
        ([(0.1, 0.2, 0.3, 0.4)], Unit.SHARE),
        ([(-0.05, 0, 0.5, 1.05)], Unit.SHARE),
        ([(0, 0, 1, 1)], None),
        ([(0.1, 0.2, 0.3, 0.4), (10, 20, 30, 40)], None),
        ([], Unit.PX),
    ],
)
def test_the_unit_is_what_nine_tenths_of_the_rows_can_only_have(
    rows: list[tuple[float, float, float, float]], unit: Unit | None
) -> None:
    assert counted(*rows).unit is unit


def test_a_stated_layout_has_the_others_as_rivals() -> None:
    frame, rivals = frames_of((Layout.CORNER_SIZE,), counted((10, 20, 30, 40)))
    assert (frame, rivals) == (CORNER_SIZE_PX, (CENTRE_PX, CORNERS_PX))


def test_an_open_layout_leaves_the_frame_open() -> None:
    frame, rivals = frames_of((Layout.CORNERS, Layout.CENTRE), counted((10, 20, 30, 40)), is_stated=False)
    assert (frame, rivals) == (None, (CORNERS_PX, CENTRE_PX))


def test_numbers_that_contradict_a_stated_unit_are_a_rival() -> None:
    frame, rivals = frames_of((Layout.CORNERS,), counted((10, 20, 30, 40)), unit=Unit.SHARE)
    assert (frame, rivals[0]) == (CORNERS_SHARE, CORNERS_PX)


def test_the_numbers_are_put_in_words() -> None:
    assert words_of(counted((10, 20, 30, 40), (0, 0, 1, 1))) == "1 of 2 boxes have all numbers from 0 to 1"
