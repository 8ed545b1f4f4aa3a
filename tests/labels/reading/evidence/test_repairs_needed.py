"""What counts as a repair, against hand arithmetic in an image of 100 x 80 px."""

import numpy as np
import pytest

from core.labels.reading.evidence.repairs_needed import repairs_needed


@pytest.mark.parametrize(
    ("box", "needed"),
    [
        pytest.param((10, 10, 50, 40), set(), id="sound"),
        pytest.param((0, 0, 100, 80), set(), id="the whole image"),
        pytest.param((50, 10, 100.4, 40), set(), id="under half a pixel outside"),
        pytest.param((50, 10, 100.6, 40), {"clipped"}, id="over half a pixel outside"),
        pytest.param((0, 0, 100.9, 80), set(), id="under one per cent outside"),
        pytest.param((50, 40, 10, 10), {"swapped"}, id="swapped"),
        pytest.param((50, 10, 10, 40), {"swapped"}, id="swapped on one axis"),
        pytest.param((110, 10, 130, 40), {"dropped"}, id="outside"),
        pytest.param((10, 10, 10, 40), set(), id="without an area as written"),
        pytest.param((10, 10, 10.5, 40), {"tiny"}, id="narrower than a pixel"),
    ],
)
def test_a_box_needs_a_repair(box: tuple[float, ...], needed: set[str]) -> None:
    repairs = repairs_needed(np.array([box]), np.array([[100.0, 80.0]]))
    assert {name for name in ("swapped", "dropped", "clipped", "tiny") if getattr(repairs, name)[0]} == needed
    assert bool(repairs.any[0]) is bool(needed)
    assert bool(repairs.spoilt[0]) is bool(needed & {"swapped", "dropped"})


def test_an_image_of_an_unknown_size_has_no_border() -> None:
    assert not repairs_needed(np.array([[500.0, 500, 900, 900]]), np.zeros((1, 2))).any[0]
