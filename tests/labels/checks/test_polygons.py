"""Polygons that cover nothing are dropped; all others stay to the letter."""

import json

import pandas as pd
import pytest

from core.labels.checks.polygons import without_degenerate_polygons

SQUARE = [10, 10, 20, 10, 20, 20, 10, 20]
LINE = [10, 10, 15, 15, 30, 30]
BOW_TIE = [0, 0, 10, 10, 10, 0, 0, 10]
STARTS_ON_A_LINE = [0, 0, 5, 0, 10, 0, 10, 10]
SLIVER = [0, 0, 5000, 0, 2500, 0.1]
FAR = [100000.5, 100000.5, 100001.5, 100000.5, 100001.0, 100001.5]


@pytest.mark.parametrize(
    ("polygons", "kept"),
    [
        pytest.param([SQUARE], [SQUARE], id="a square"),
        pytest.param([BOW_TIE], [BOW_TIE], id="a bow tie, whose signed areas cancel"),
        pytest.param([STARTS_ON_A_LINE], [STARTS_ON_A_LINE], id="three corners on a line, one off it"),
        pytest.param([SLIVER], [SLIVER], id="a long sliver"),
        pytest.param([FAR], [FAR], id="small and far from the origin"),
        pytest.param([LINE], [], id="a line"),
        pytest.param([[3, 3, 3, 3, 3, 3, 3, 3]], [], id="a point"),
        pytest.param([[1, 1, 8, 8]], [], id="two corners"),
        pytest.param([[1, 1, 8, 8, 1, 1]], [], id="there and back"),
        pytest.param([[]], [], id="no corner"),
        pytest.param([SQUARE, LINE, BOW_TIE], [SQUARE, BOW_TIE], id="one of three"),
        pytest.param([LINE, [1, 2, 3, 4]], [], id="both"),
    ],
)
def test_only_polygons_that_cover_nothing_are_dropped(polygons: list[list[float]], kept: list[list[float]]) -> None:
    run_lengths = '{"size": [4, 4], "counts": [16]}'
    masks = pd.Series(["", json.dumps(polygons), run_lengths, json.dumps([SQUARE])], dtype="str", index=[7, 8, 9, 10])
    mended, is_changed = without_degenerate_polygons(masks)
    assert mended.tolist() == ["", json.dumps(kept) if kept else "", run_lengths, json.dumps([SQUARE])]
    assert is_changed.tolist() == [False, kept != polygons, False, False]
    assert mended.index.tolist() == [7, 8, 9, 10]


def test_no_masks_are_no_work() -> None:
    masks = pd.Series(["", ""], dtype="str")
    mended, is_changed = without_degenerate_polygons(masks)
    assert mended.tolist() == ["", ""]
    assert not is_changed.any()
