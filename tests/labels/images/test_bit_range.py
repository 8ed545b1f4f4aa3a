"""Deep images of a data set are mapped by one range."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.errors import AppError
from core.images import BitRange, in_eight_bits
from core.labels.images.bit_range import bit_range_of, parse_bit_range, range_in_words
from core.labels.images.scan import read_facts
from core.labels.images.store_images import place_images
from core.labels.sources.source_tree import SourceTree
from tests.factories.sources import make_image

DEEP: dict[str, np.ndarray] = {
    "dark.png": np.full((8, 8), 1000, dtype=np.uint16),
    "bright.tif": np.full((8, 8), 3000, dtype=np.int32),
    "middle.tif": np.full((8, 8), 2000, dtype=np.float32),
}


def stored(tmp_path: Path, bit_range: BitRange | None) -> dict[str, int]:
    """The value of the first pixel of each deep image, and of one with 8 bits, as stored."""
    for name, pixels in DEEP.items():
        Image.fromarray(pixels).save(tmp_path / name)
    make_image((8, 8)).save(tmp_path / "plain.png")
    names = [*DEEP, "plain.png"]
    files = [f"{name}.png" for name in names]
    images = pd.DataFrame({"image_id": range(len(names)), "source": names, "file_name": files})
    facts = read_facts(images, SourceTree.walk(tmp_path), lambda *_: None)
    assert bit_range_of(facts) == (1000, 3000)
    assert bit_range_of(facts[~facts["is_deep"]]) is None
    place_images(images, facts, tmp_path.joinpath, tmp_path / "out", False, lambda *_: None, bit_range)
    assert (tmp_path / "out" / "plain.png.png").read_bytes() == (tmp_path / "plain.png").read_bytes()
    return {name: int(np.asarray(Image.open(tmp_path / "out" / f"{name}.png"))[0, 0]) for name in DEEP}


def test_the_range_is_that_of_the_data_set_and_not_of_each_image(tmp_path: Path) -> None:
    assert stored(tmp_path, None) == {"dark.png": 0, "bright.tif": 255, "middle.tif": 128}


def test_a_given_range_is_used_and_values_beyond_it_are_its_ends(tmp_path: Path) -> None:
    assert stored(tmp_path, (0, 2000)) == {"dark.png": 128, "bright.tif": 255, "middle.tif": 255}


def test_what_is_no_number_becomes_an_end_of_the_range() -> None:
    values = np.array([[np.nan, np.inf, -np.inf, 5, 10]], dtype=np.float32)
    assert np.asarray(in_eight_bits(Image.fromarray(values), (0, 10))).tolist() == [[0, 255, 0, 128, 255]]
    assert np.asarray(in_eight_bits(Image.fromarray(values), (7, 7))).tolist() == [[0, 0, 0, 0, 0]]


@pytest.mark.parametrize(("text", "expected"), [("", None), ("0,4095", (0, 4095)), ("-1.5, 2e3", (-1.5, 2000))])
def test_a_range_is_read_from_a_text(text: str, expected: BitRange | None) -> None:
    assert parse_bit_range(text) == expected


@pytest.mark.parametrize("text", ["1", "1,2,3", "a,b", "2,1", "1,1", "nan,1", "0,inf", ","])
def test_a_text_that_is_no_range_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(AppError) as caught:
        parse_bit_range(text)
    assert "0,4095" in caught.value.remedy


@pytest.mark.parametrize(("bit_range", "words"), [((0, 4095), "0 to 4,095"), ((-0.5, 1e7), "-0.5 to 1e+07")])
def test_a_range_is_said_in_words(bit_range: BitRange, words: str) -> None:
    assert range_in_words(bit_range) == words
