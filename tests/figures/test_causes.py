import pytest

from core.evaluation.matching.causes import CAUSES, Cause
from core.figures.causes import HELP, TITLES, causes_figure, mistake_words

ROWS = [
    {"cause": "class", "count": 1, "objects": 1, "delta_ap": 0.01},
    {"cause": "location", "count": 1200, "objects": 3, "delta_ap": 0.2},
    {"cause": "both", "count": 0, "objects": 0, "delta_ap": 0.0},
    {"cause": "duplicate", "count": 2, "objects": 0, "delta_ap": 0.0},
    {"cause": "background", "count": 4, "objects": 0, "delta_ap": 0.002},
    {"cause": "missed", "count": 5, "objects": 5, "delta_ap": 0.1},
]


def test_the_costliest_cause_stands_first_with_its_points_and_boxes() -> None:
    bars, points = causes_figure(ROWS).data
    assert [row[0] for row in points.customdata] == ["location", "missed", "class", "background", "both", "duplicate"]
    assert list(bars.x) == pytest.approx([20, 10, 1, 0.2, 0, 0])
    assert list(bars.text)[:3] == ["+20.0 · 1,200 boxes", "+10.0 · 5 objects", "+1.0 · 1 box"]
    assert list(points.y) == list(bars.y)


def test_a_row_tells_what_its_cause_means_and_explains() -> None:
    points = causes_figure(ROWS).data[1]
    hover = dict(zip((row[0] for row in points.customdata), points.hovertext, strict=True))
    assert "3 missed objects explained" in hover["location"]
    assert "explained by them" not in hover["missed"]
    assert HELP[Cause.BACKGROUND] in hover["background"]


def test_the_selected_cause_stands_out() -> None:
    bars, points = causes_figure(ROWS, selected="missed").data
    strong = [row[0] for row, opacity in zip(points.customdata, bars.marker.opacity, strict=True) if opacity == 1]
    assert strong == ["missed"]


def test_without_ap_there_are_bars_of_no_length_and_a_dash() -> None:
    bars, _ = causes_figure([{**row, "delta_ap": None} for row in ROWS]).data
    assert set(bars.x) == {0.0}
    assert bars.text[0] == "– · 1 box"


def test_every_cause_has_a_title_and_a_help() -> None:
    assert set(TITLES) == set(HELP) == set(CAUSES)
    assert mistake_words("both") == "wrong class and place"
