import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import AppError
from core.evaluation.readers.coco_files import read_truth


def truth_document(**changes: Any) -> dict[str, Any]:
    return {
        "images": [
            {"id": 139, "file_name": "a.jpg", "width": 640, "height": 480},
            {"id": "x7", "file_name": "sub/b.jpg", "width": 64, "height": 48},
        ],
        "categories": [{"id": 18, "name": "dog"}, {"id": 3, "name": "car"}],
        "annotations": [
            {"id": 0, "image_id": 139, "category_id": 18, "bbox": [10, 20, 30, 40], "area": 900, "iscrowd": 0},
            {"id": 9, "image_id": "x7", "category_id": 3, "bbox": [0.5, 0, 4, 4], "iscrowd": 1},
        ],
        **changes,
    }


def write(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document))
    return path


def detection(**changes: Any) -> dict[str, Any]:
    return {"image_id": 139, "category_id": 18, "bbox": [10, 20, 30, 40], "score": 0.75, **changes}


def test_a_truth_becomes_tables_with_dense_ids(tmp_path: Path) -> None:
    truth = read_truth(write(tmp_path / "truth.json", truth_document())).truth
    assert truth.images[["image_id", "file_name", "width", "height"]].to_numpy().tolist() == [
        [1, "a.jpg", 640, 480],
        [2, "sub/b.jpg", 64, 48],
    ]
    assert truth.categories[["category_id", "name", "source_id"]].to_numpy().tolist() == [
        [0, "car", "3"],
        [1, "dog", "18"],
    ]
    names = ["annotation_id", "image_id", "category_id", "x1", "y1", "x2", "y2", "area", "is_crowd"]
    assert truth.annotations[names].to_numpy().tolist() == [
        [1, 1, 1, 10, 20, 40, 60, 900, False],
        [2, 2, 0, 0.5, 0, 4.5, 4, 16, True],
    ]


BAD_TRUTHS = {
    "a list": ([], "no JSON object"),
    "no categories": ({"images": [], "annotations": []}, "`categories`"),
    "images that are no objects": (truth_document(images=[1]), "images 1: 1 is no object"),
    "an image twice": (truth_document(images=[{"id": 1}, {"id": 1}]), "images 2: id 1 is there twice"),
    "an image without id": (truth_document(images=[{"file_name": "a"}]), "images 1: id null"),
    "an id that is a list": (truth_document(categories=[{"id": [1]}]), r"categories 1: id \[1\]"),
    "an unknown image": (truth_document(images=[{"id": 139}]), 'annotation 2: image_id "x7"'),
    "an unknown class": (truth_document(categories=[{"id": 18}]), "annotation 2: category_id 3"),
    "no box": (truth_document(annotations=[{"image_id": 139, "category_id": 3}]), "annotation 1: bbox null"),
    "a box of three": (truth_document(annotations=[detection(bbox=[1, 2, 3])]), r"bbox \[1, 2, 3\]"),
    "a negative width": (truth_document(annotations=[detection(bbox=[1, 2, -3, 4])]), "bbox"),
    "NaN in a box": (truth_document(annotations=[detection(bbox=[float("nan"), 2, 3, 4])]), "bbox"),
    "a text in a box": (truth_document(annotations=[detection(bbox=["one", 2, 3, 4])]), "bbox"),
    "a huge number in a box": (truth_document(annotations=[detection(bbox=[10**400, 2, 3, 4])]), "bbox"),
    "a negative area": (truth_document(annotations=[detection(area=-1)]), "area -1"),
}


@pytest.mark.parametrize(("document", "complaint"), BAD_TRUTHS.values(), ids=BAD_TRUTHS.keys())
def test_a_truth_that_cannot_be_used_is_refused(tmp_path: Path, document: Any, complaint: str) -> None:
    with pytest.raises(AppError, match=complaint) as refused:
        read_truth(write(tmp_path / "truth.json", document))
    assert refused.value.message.startswith("truth.json")
    assert refused.value.remedy


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"not json", b"[" * 100_000],
    ids=["empty", "binary", "text", "nested too deeply"],
)
def test_a_file_that_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "truth.json").write_bytes(content)
    with pytest.raises(AppError, match=r"truth\.json is no JSON"):
        read_truth(tmp_path / "truth.json")


def test_a_missing_file_and_a_file_over_the_limit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="cannot be read: No such file"):
        read_truth(tmp_path / "missing.json")
    with pytest.raises(AppError, match="20 are allowed"):
        read_truth(write(tmp_path / "truth.json", truth_document()), limit_bytes=20)


def test_names_with_half_characters_can_be_stored(tmp_path: Path) -> None:
    document = truth_document(categories=[{"id": 18, "name": "d\ud800g"}, {"id": 3, "name": "car"}])
    truth = read_truth(write(tmp_path / "truth.json", document)).truth
    truth.categories.to_parquet(tmp_path / "categories.parquet")
    assert truth.categories["name"].tolist() == ["car", "d?g"]
