"""Lines round masks, by hand, and a disc's area against the mask's own count of pixels."""

import json

import numpy as np
import pytest
from pycocotools import mask as run_lengths

from core.evaluation.mask_contours import rings_of


def coded(mask: np.ndarray) -> str:
    found = run_lengths.encode(np.asfortranarray(mask.astype(np.uint8)))
    return json.dumps({"size": list(mask.shape), "counts": found["counts"].decode()})


def area(ring: list[float]) -> float:
    """By the shoelace formula, in px²."""
    x, y = ring[0::2], ring[1::2]
    return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2


def square(x1: int, y1: int, x2: int, y2: int) -> np.ndarray:
    mask = np.zeros((60, 80), bool)
    mask[y1:y2, x1:x2] = True
    return mask


def test_a_mask_is_traced_along_the_borders_of_its_pixels() -> None:
    (ring,) = rings_of(coded(square(10, 20, 40, 50)), 80, 60)

    assert (min(ring[0::2]), min(ring[1::2]), max(ring[0::2]), max(ring[1::2])) == (10, 20, 40, 50)
    # Corners are cut by half a pixel each, straight lines have no more points.
    assert len(ring) == 2 * 8
    assert area(ring) == pytest.approx(30 * 30 - 4 * 0.5**2 / 2, abs=0.1)


def test_run_lengths_as_numbers_give_the_same_rings_as_compressed_ones() -> None:
    mask = square(3, 4, 9, 11)
    changes = np.flatnonzero(np.diff(mask.ravel(order="F").astype(np.int8), prepend=0))
    counts = np.diff(np.concatenate([[0], changes, [mask.size]])).tolist()

    assert rings_of(json.dumps({"size": [60, 80], "counts": counts}), 80, 60) == rings_of(coded(mask), 80, 60)


def test_an_object_at_the_edge_with_a_hole_and_in_two_parts_has_a_ring_for_each() -> None:
    mask = square(0, 0, 20, 20) ^ square(5, 5, 10, 10) | square(70, 50, 80, 60)

    rings = rings_of(coded(mask), 80, 60)

    assert sorted(round(area(ring)) for ring in rings) == [24, 100, 400]
    assert max(max(ring[0::2]) for ring in rings) == 80


def test_a_large_disc_keeps_its_area_with_few_points() -> None:
    y, x = np.mgrid[:1000, :1000]
    disc = (x - 500) ** 2 + (y - 500) ** 2 < 480**2

    (ring,) = rings_of(coded(disc), 1000, 1000)

    assert len(ring) <= 2 * 240
    assert area(ring) == pytest.approx(disc.sum(), rel=0.002)


def test_polygons_come_as_they_are() -> None:
    polygons = [[1, 1, 20, 1, 20, 15], [30.26, 2, 40, 2, 40, 9, 30, 9]]

    assert rings_of(json.dumps(polygons), 80, 60) == [[30.3, 2, 40, 2, 40, 9, 30, 9], [1, 1, 20, 1, 20, 15]]


@pytest.mark.parametrize(
    "segmentation",
    [
        "",
        "[]",
        "no JSON",
        "7",
        '[["a", "b"]]',
        "[[1, 2, 3]]",
        '{"size": [60, 80]}',
        '{"size": [9, 9], "counts": [81]}',
        '{"size": [60, 80], "counts": [4000, 4000]}',
        '{"size": [60, 80], "counts": null}',
    ],
    ids=[
        "none",
        "empty",
        "text",
        "number",
        "letters",
        "half a point",
        "no counts",
        "other size",
        "too long",
        "nothing",
    ],
)
def test_what_makes_no_sense_has_no_mask(segmentation: str) -> None:
    assert rings_of(segmentation, 80, 60) == []
