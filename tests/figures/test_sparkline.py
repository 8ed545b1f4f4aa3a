import re
from xml.etree import ElementTree

import pytest

from core.figures.sparkline import sparkline


def points_of(svg: str) -> list[tuple[float, float]]:
    line = ElementTree.fromstring(svg).find("polyline")
    assert line is not None
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.]+),([\d.]+)", line.attrib["points"])]


def test_a_sparkline_goes_from_left_to_right_and_from_its_lowest_to_its_highest_value() -> None:
    points = points_of(sparkline([0.1, 0.4, 0.3, 0.5], "AP"))
    assert [x for x, _ in points] == [3.0, 33.0, 63.0, 93.0]
    assert [y for _, y in points] == [21.0, 7.5, 12.0, 3.0]


def test_equal_values_are_a_level_line() -> None:
    assert len({y for _, y in points_of(sparkline([0.2, 0.2, 0.2], "AP"))}) == 1


@pytest.mark.parametrize("values", [[], [0.3]])
def test_less_than_two_values_are_no_curve(values: list[float]) -> None:
    assert sparkline(values, "AP") == ""


def test_a_title_is_text_and_not_markup() -> None:
    svg = sparkline([0.1, 0.2], '<b>"AP"</b>')
    assert ElementTree.fromstring(svg).findtext("title") == '<b>"AP"</b>'
