"""Masks in px of the upright image, and masks that fit no image."""

from pathlib import Path
from typing import Any

import pytest

from tests.labels.taken import coco, image, take

SIZE = (80, 60)
SQUARE = [10, 10, 50, 10, 50, 40, 10, 40]


def taken_of(folder: Path, segmentation: Any, content: Any = SIZE, **record: Any) -> Any:
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 40, 30], "segmentation": segmentation}
    return take(folder, {"a.jpg": content, "x.json": coco([{"file_name": "a.jpg"}], [annotation | record])})


@pytest.mark.parametrize(
    ("segmentation", "words"),
    [
        pytest.param(
            {"size": [61, 80], "counts": [61 * 80]}, "another size than its image's, [60, 80]", id="run lengths"
        ),
        pytest.param([[*SQUARE[:-1], 9_000]], "far outside of its image", id="a polygon"),
    ],
)
def test_a_mask_that_fits_no_image_is_said_and_its_box_kept(segmentation: Any, words: str, tmp_path: Path) -> None:
    taken = taken_of(tmp_path, segmentation)
    assert taken.boxes == {"a.jpg": [("cat", 10, 10, 50, 40)]}
    assert taken.labels.annotations["segmentation"].tolist() == [""]
    assert words in taken.said("bad-segmentation")


def test_the_area_is_that_of_the_file_or_of_the_box(tmp_path: Path) -> None:
    assert taken_of(tmp_path / "a", [SQUARE], area=77).labels.annotations["area"].tolist() == [77]
    assert taken_of(tmp_path / "b", [SQUARE]).labels.annotations["area"].tolist() == [1200]


def test_run_lengths_of_an_image_as_stored_are_turned_with_it(tmp_path: Path) -> None:
    # 8 x 6 px as stored, upright 6 x 8: the first column of 3 pixels becomes a row of 3, counted from the right.
    counts = [0, 3, 45]
    taken = take(tmp_path, {
        "a.jpg": image(8, 6, exif=6),
        "x.json": coco([{"file_name": "a.jpg", "width": 8, "height": 6}], [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 3],
             "segmentation": {"size": [6, 8], "counts": counts}},
        ]),
    })  # fmt: skip
    assert taken.boxes == {"a.jpg": [("cat", 3, 0, 6, 1)]}
    assert '"size": [8, 6]' in taken.labels.annotations["segmentation"].tolist()[0]
