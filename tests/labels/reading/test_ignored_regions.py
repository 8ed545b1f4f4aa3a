"""Ignored regions in px of the upright image: clipped, and scaled or turned as the boxes of their image are."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.labels.formats.written import CENTRE_SHARE, CORNERS_PX, Entry, Frame, Group, IgnoredRegion, Written
from core.labels.reading.ignored_regions import ignored_regions
from core.labels.reading.part import Part

_RAW = (True, "the labels claim it")
_UPRIGHT = (False, "the labels claim it")


@pytest.mark.parametrize(
    ("values", "frame", "reading", "expected"),
    [
        pytest.param((8, 4, 28, 44), CORNERS_PX, {}, [[8, 4, 28, 44]], id="as written"),
        pytest.param((28, 44, 8, 4), CORNERS_PX, {}, [[8, 4, 28, 44]], id="swapped corners"),
        pytest.param((-9, 4, 90, 99), CORNERS_PX, {}, [[0, 4, 64, 48]], id="over the border"),
        pytest.param((70, 4, 90, 20), CORNERS_PX, {}, [], id="outside the image"),
        pytest.param((0.5, 0.5, 0.5, 0.25), CENTRE_SHARE, {}, [[16, 18, 48, 30]], id="shares"),
        pytest.param((4, 2, 14, 22), CORNERS_PX, {"scaled": (32, 24)}, [[8, 4, 28, 44]], id="labelled at half size"),
        # Orientation 6: the image is shown turned by 90 degrees clockwise, so (x, y) of 48 x 64 px becomes (64 - y, x).
        pytest.param((8, 4, 28, 14), CORNERS_PX, {"turned": _RAW}, [[50, 8, 60, 28]], id="labelled as stored"),
        pytest.param((8, 4, 28, 14), CORNERS_PX, {"turned": _UPRIGHT}, [[8, 4, 28, 14]], id="labelled upright"),
    ],
)  # fmt: skip
def test_a_region_follows_its_image(
    values: tuple[float, float, float, float], frame: Frame, reading: dict[str, Any], expected: list[list[float]]
) -> None:
    written = Written(format="text", entries=[Entry(file="a.txt")])
    group = written.add_group(Group(key="a", frame=frame))
    written.ignored.append(IgnoredRegion(entry=0, group=group, values=values, reason="far away"))
    found = ignored_regions([_part(written, **reading)], {"a.png": 7})
    assert found[["x1", "y1", "x2", "y2"]].to_numpy().tolist() == expected
    assert found["image_id"].tolist() == [7] * len(expected)


def _part(written: Written, scaled: Any = None, turned: Any = None) -> Part:
    """A part of one image of 64 x 48 px; of reading only what decides about regions."""
    settled: Any = SimpleNamespace(
        scaled={"a.png": scaled} if scaled else {}, turned={"a.png": turned} if turned else {}, readings=[]
    )
    placed: Any = SimpleNamespace(images=["a.png"])
    classified: Any = None
    none = np.zeros(0, dtype=np.bool_)
    return Part(
        written=written,
        placed=placed,
        settled=settled,
        classified=classified,
        is_blocked=none,
        is_copy=none,
        image_sizes=[(64, 48)],
        orientations=[6 if turned else 1],
    )
