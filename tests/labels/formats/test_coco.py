"""COCO JSON: ids of any kind, several files, and whatever a hostile file holds."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image

from core.errors import UploadError
from tests.factories.app.uploads import coco_without_categories, make_image
from tests.labels.formats.reading import boxes_of, found, read_files, split_of


def document(**changes: Any) -> dict[str, Any]:
    """One image with one object of class `cat`, id 7."""
    whole = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 7, "bbox": [4, 5, 20, 30], "area": 600, "iscrowd": 0}],
        "categories": [{"id": 7, "name": "cat"}],
    }
    return {**whole, **changes}


def annotation(**changes: Any) -> dict[str, Any]:
    """An object of the document's image and class."""
    return {"id": 1, "image_id": 1, "category_id": 7, "bbox": [4, 5, 20, 30], **changes}


def read(folder: Path, whole: dict[str, Any] | str) -> Any:
    text = whole if isinstance(whole, str) else json.dumps(whole)
    return read_files(folder, {"images/a.jpg": make_image(), "ann.json": text})


def test_corner_and_size_become_corners(tmp_path: Path) -> None:
    reading = read(tmp_path, document())
    assert (reading.format, boxes_of(reading), reading.findings) == ("coco", [[4, 5, 24, 35]], [])
    assert reading.label_set.categories.to_numpy().tolist() == [[0, "cat", "7"]]


@pytest.mark.parametrize("key", ["x", 0, 10**30, -4, 2.0], ids=str)
def test_ids_of_any_kind_join(tmp_path: Path, key: Any) -> None:
    whole = document(
        images=[{"id": key, "file_name": "a.jpg"}],
        categories=[{"id": key, "name": "cat"}],
        annotations=[annotation(image_id=key, category_id=key)],
    )
    assert boxes_of(read(tmp_path, whole)) == [[4, 5, 24, 35]]


@pytest.mark.parametrize(
    ("shape", "area", "is_crowd"),
    [
        ({"segmentation": [[4, 5, 24, 5, 24, 35]], "area": 300}, 300, False),
        ({"segmentation": {"size": [48, 64], "counts": [5, 20, 3047]}, "area": 20, "iscrowd": 1}, 20, True),
        ({"segmentation": {"size": [48, 64], "counts": "5d0Wo2"}, "area": 20}, 20, False),
        ({}, 600, False),
    ],
    ids=["polygon", "counts", "compressed", "box"],
)
def test_masks_are_kept_with_their_area(tmp_path: Path, shape: dict[str, Any], area: float, is_crowd: bool) -> None:
    row = read(tmp_path, document(annotations=[annotation(**shape)])).label_set.annotations.iloc[0]
    assert (row["area"], row["is_crowd"]) == (area, is_crowd)
    assert (json.loads(row["segmentation"]) if row["segmentation"] else None) == shape.get("segmentation")


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"annotations": [annotation(bbox=[1, 2, 3])]}, "malformed-line"),
        ({"annotations": [annotation(bbox=[1, 2, "x", 4])]}, "malformed-line"),
        ({"annotations": [annotation(bbox=[float("nan"), 2, 3, 4])]}, "non-finite"),
        ({"annotations": [annotation(bbox=[float("inf"), 2, 3, 4])]}, "non-finite"),
        ({"annotations": [annotation(bbox=[10**400, 2, 3, 4])]}, "non-finite"),
        ({"annotations": [annotation(category_id=8)]}, "unknown-class"),
        ({"annotations": [annotation(category_id=[])]}, "unknown-class"),
        ({"annotations": [annotation(image_id=2)]}, "unknown-image"),
        ({"annotations": ["no object"]}, "malformed-line"),
        ({"annotations": [annotation(), annotation(bbox=[1, 1, 2, 2])]}, "duplicate-id"),
        ({"annotations": [annotation(segmentation=[[1, 2]])]}, "bad-segmentation"),
        ({"categories": [{"id": 7, "name": "cat"}, {"name": "dog"}]}, "malformed-line"),
    ],
)
def test_a_fault_is_a_finding(tmp_path: Path, changes: dict[str, Any], check: str) -> None:
    assert [entry[:2] for entry in found(read(tmp_path, document(**changes)))] == [(check, "ann.json")]


def test_the_objects_of_an_id_that_means_two_things_are_kept_back(tmp_path: Path) -> None:
    two_classes = read(
        tmp_path / "classes", document(categories=[{"id": 7, "name": "cat"}, {"id": "7", "name": "dog"}])
    )
    assert found(two_classes) == [("ambiguous-id", "ann.json", line) for line in (1, 2, 1)]
    two_images = document(images=[{"id": 1, "file_name": "a.jpg"}, {"id": "1", "file_name": "b.jpg"}])
    files: dict[str, bytes | str] = {"a.jpg": make_image(), "b.jpg": make_image(), "ann.json": json.dumps(two_images)}
    reading = read_files(tmp_path / "images", files)
    assert found(reading) == found(two_classes)
    assert [entry.image for entry in reading.findings] == ["a.jpg", "b.jpg", ""]
    assert (reading.written, boxes_of(reading)) == (1, [])
    assert reading.label_set.images["use"].tolist() == ["labelled", "labelled"]


def test_an_image_that_is_not_there_is_told_with_its_objects(tmp_path: Path) -> None:
    whole = document(images=[{"id": 1, "file_name": "gone.jpg"}])
    reading = read(tmp_path, whole)
    assert {check for check, *_ in found(reading)} == {"missing-image"}
    assert (reading.written, reading.unmatched_labels, reading.unmatched_images) == (1, ["gone.jpg"], ["images/a.jpg"])


def test_several_files_join_their_classes_by_name_and_give_the_splits(tmp_path: Path) -> None:
    second = document(
        images=[{"id": 1, "file_name": "b.jpg"}],
        categories=[{"id": 3, "name": "dog"}, {"id": 1, "name": "cat"}],
        annotations=[annotation(category_id=1), annotation(id=2, category_id=3)],
    )
    reading = read_files(
        tmp_path,
        {
            "train2017/a.jpg": make_image(),
            "val2017/b.jpg": make_image(),
            "annotations/instances_train2017.json": json.dumps(document()),
            "annotations/instances_val2017.json": json.dumps(second),
        },
    )
    assert reading.label_set.class_names == ["cat", "dog"]
    assert reading.label_set.annotations["category_id"].tolist() == [0, 0, 1]
    assert split_of(reading) == {"train2017/a.jpg": "train", "val2017/b.jpg": "val"}


def test_a_file_without_categories_is_refused_by_name(tmp_path: Path) -> None:
    coco_without_categories(tmp_path)
    with pytest.raises(UploadError, match=r"annotations\.json: has no `categories`") as caught:
        read_files(tmp_path, {})
    assert caught.value.remedy


@pytest.mark.parametrize("text", ['{"images": [], "annotations": [', '{"images":' + "[" * 100_000 + '"annotations"'])
def test_broken_json_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    with pytest.raises(UploadError, match=r"ann\.json"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("claimed", "mask", "is_kept"),
    [
        ((64, 48), (64, 48), True),
        ((48, 64), (48, 64), True),
        ((0, 0), (48, 64), True),
        ((99, 99), (48, 64), True),
        ((99, 99), (99, 99), False),
        ((48, 64), (64, 48), False),
    ],
    ids=["as stored", "upright", "no claim", "a wrong claim", "a mask of the wrong claim", "one of each"],
)
def test_a_mask_has_to_fit_the_image_itself_as_stored_or_upright(
    tmp_path: Path, claimed: tuple[int, int], mask: tuple[int, int], is_kept: bool
) -> None:
    """The image is stored as 64 x 48, and turned to 48 x 64 by its EXIF data."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    stored = io.BytesIO()
    Image.new("RGB", (64, 48)).save(stored, "JPEG", exif=exif)
    width, height = mask
    shape = {"size": [height, width], "counts": [0, width * height]}
    image = {"id": 1, "file_name": "a.jpg", "width": claimed[0], "height": claimed[1]}
    whole = document(images=[image], annotations=[annotation(segmentation=shape)])
    reading = read_files(tmp_path, {"a.jpg": stored.getvalue(), "ann.json": json.dumps(whole)})
    assert bool(reading.label_set.annotations["segmentation"].iloc[0]) == is_kept
    assert [check for check, *_ in found(reading)] == ([] if is_kept else ["bad-segmentation"])
