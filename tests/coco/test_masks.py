"""Masks of hostile files: run lengths as pycocotools writes them are read, and nothing that would mislead it."""

from typing import Any

import numpy as np
import pytest
from pycocotools import mask as run_lengths

from core.coco.masks import MaskFaultError, as_run_lengths, box_of, read_mask


def bitmap(seed: int) -> np.ndarray:
    """(H, W) of some size and pattern, from empty to full."""
    random = np.random.default_rng(seed)
    height, width = random.integers(1, 90, 2)
    share = (0, 1, 0.5, 0.03)[seed % 4]
    coarse = random.random((height // 7 + 1, width // 5 + 1)) < share
    return np.asfortranarray(np.kron(coarse, np.ones((7, 5)))[:height, :width].astype(np.uint8))


def compressed(mask: np.ndarray) -> dict[str, Any]:
    coded = run_lengths.encode(mask)
    return {"size": [int(side) for side in coded["size"]], "counts": coded["counts"].decode()}


@pytest.mark.parametrize("seed", range(40))
def test_what_pycocotools_compresses_is_read_and_fills_its_image_and_no_other(seed: int) -> None:
    mask = bitmap(seed)
    height, width = mask.shape
    written = compressed(mask)
    assert read_mask(written, width, height) == written
    larger = {"size": [height, width + 1], "counts": written["counts"]}
    with pytest.raises(MaskFaultError, match="do not fill"):
        read_mask(larger, width + 1, height)


@pytest.mark.parametrize("seed", range(8))
def test_a_text_that_anything_was_done_to_is_refused_or_decodes_to_a_whole_image(seed: int) -> None:
    random = np.random.default_rng(seed)
    mask = bitmap(seed * 4 + 2)
    height, width = mask.shape
    text = compressed(mask)["counts"]
    for _ in range(200):
        place = int(random.integers(len(text)))
        changed = text[:place] + chr(int(random.integers(40, 120))) + text[place + int(random.integers(2)) :]
        try:
            read = read_mask({"size": [height, width], "counts": changed}, width, height)
        except MaskFaultError:
            continue
        assert isinstance(read, dict)
        decoded = run_lengths.decode(read)
        again = run_lengths.encode(np.asfortranarray(decoded))
        assert run_lengths.area(again) == run_lengths.area(read)


def test_a_number_without_end_is_refused_at_once() -> None:
    with pytest.raises(MaskFaultError, match="cannot be read"):
        read_mask({"size": [4, 4], "counts": "o" * 2_000_000 + "1"}, 4, 4)


def test_the_box_round_a_mask_and_its_run_lengths() -> None:
    polygons = read_mask([[1, 2, 9, 2, 9, 6], [1, 2, 3, 2, 3, 3]], 20, 10)
    assert polygons is not None
    assert box_of(polygons) == (1, 2, 9, 6)
    drawn = as_run_lengths(polygons, 20, 10)
    expected = run_lengths.merge(run_lengths.frPyObjects(polygons, 10, 20))
    assert drawn == {"size": [10, 20], "counts": expected["counts"].decode()}
    mask = np.zeros((10, 20), np.uint8, order="F")
    mask[3:5, 7:19] = 1
    for written in (compressed(mask), {"size": [10, 20], "counts": [73, *[2, 8] * 11, 2, 15]}):
        read = read_mask(written, 20, 10)
        assert read is not None
        assert box_of(read) == (7, 3, 19, 5)
