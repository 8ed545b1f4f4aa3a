"""Masks of foreign COCO files: scores equal pycocotools' of the same files, and unreadable masks are told."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as run_lengths
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from core.evaluation.readers.coco_files import read_truth
from core.evaluation.readers.coco_results import read_detections
from core.evaluation.scores.mask_scores import MASK, score_masks
from core.evaluation.scores.scores import score_boxes
from tests.evaluation.readers.test_coco_files import write

WIDTH, HEIGHT = 120, 90
FIGURES = ("ap", "ap50", "ap75", "ap_small", "ap_medium")


def square(x: float, y: float, side: float) -> list[float]:
    return [x, y, x + side, y, x + side, y + side, x, y + side]


def steps(x: float, y: float, side: float) -> list[list[float]]:
    """Two polygons: the squares on one diagonal."""
    return [square(x, y, side / 2), square(x + side / 2, y + side / 2, side / 2)]


def rounded(x: float, y: float, side: float) -> np.ndarray:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    middle, radius = (x + side / 2, y + side / 2), side / 2
    inside = (columns - middle[0]) ** 2 + (rows - middle[1]) ** 2 <= radius**2
    return np.asarray(np.asfortranarray(inside.astype(np.uint8)))


def compressed(mask: np.ndarray) -> dict[str, Any]:
    coded = run_lengths.encode(mask)
    return {"size": coded["size"], "counts": coded["counts"].decode()}


def plain(mask: np.ndarray) -> dict[str, Any]:
    """COCO's uncompressed run lengths, which begin with the background."""
    flat = np.concatenate([[0], mask.reshape(-1, order="F"), [2]])
    borders = np.flatnonzero(np.diff(flat))
    starts = np.diff(np.concatenate([[0], borders])).tolist()
    return {"size": [HEIGHT, WIDTH], "counts": [int(count) for count in starts]}


def files(folder: Path, with_boxes: bool) -> tuple[Path, Path]:
    """Masks in every form that COCO knows, found with some slip; every seventh is a crowd region."""
    random = np.random.default_rng(5)
    truths, found = [], []
    for number in range(70):
        x, y, side = random.uniform(5, 60), random.uniform(5, 40), random.uniform(6, 45)
        mask = rounded(x, y, side)
        shape: Any = (compressed(mask), plain(mask), steps(x, y, side))[number % 3]
        common = {"image_id": number % 5 + 1, "category_id": number % 2 + 1}
        crowd = number % 7 == 6
        truths.append({**common, "id": number + 1, "segmentation": compressed(mask) if crowd else shape,
                       "bbox": [x, y, side, side], "area": float(mask.sum()), "iscrowd": int(crowd)})  # fmt: skip
        (dx, dy), larger = random.normal(0, 1, 2), side * random.uniform(0.9, 1.1)
        slipped = rounded(x + dx, y + dy, larger)
        guess: Any = steps(x + dx, y + dy, larger) if number % 3 == 2 else compressed(slipped)
        result = {**common, "score": float(random.uniform()), "segmentation": guess}
        box = run_lengths.toBbox(run_lengths.encode(slipped)).tolist()
        found.append(result | ({"bbox": box} if with_boxes else {}))
    images = [{"id": key, "file_name": f"{key}.png", "width": WIDTH, "height": HEIGHT} for key in range(1, 6)]
    classes = [{"id": key, "name": f"class {key}"} for key in (1, 2)]
    document = {"images": images, "categories": classes, "annotations": truths}
    return write(folder / "truth.json", document), write(folder / "found.json", found)


@pytest.mark.parametrize("with_boxes", [True, False], ids=["with boxes", "masks alone"])
def test_ap_of_masks_of_two_files_equals_pycocotools(tmp_path: Path, with_boxes: bool) -> None:
    truth_file, found_file = files(tmp_path, with_boxes)
    truth = read_truth(truth_file)
    found, notes = read_detections(found_file, truth)
    assert truth.notes == notes == []
    scores = score_masks(truth.truth, found)
    coco = COCO(str(truth_file))
    results = json.loads(found_file.read_text())
    for record in results:  # pycocotools wants run lengths and no box, else it takes the size from the box
        record.pop("bbox", None)
        if isinstance(record["segmentation"], list):
            record["segmentation"] = run_lengths.merge(run_lengths.frPyObjects(record["segmentation"], HEIGHT, WIDTH))
    evaluate_detections = COCOeval(coco, coco.loadRes(results), "segm")
    evaluate_detections.evaluate()
    evaluate_detections.accumulate()
    evaluate_detections.summarize()
    assert scores is not None
    assert 0.1 < evaluate_detections.stats[0] < 0.95
    np.testing.assert_allclose([getattr(scores, name) for name in FIGURES], evaluate_detections.stats[:5], atol=1e-6)
    boxes = score_boxes(truth.truth.images, truth.truth.annotations, truth.truth.categories, found)
    assert boxes.ap is not None
    assert boxes.ap > 0.1


def test_a_detection_without_a_box_gets_the_one_round_its_mask(tmp_path: Path) -> None:
    truth = read_truth(_truth(tmp_path, {"segmentation": [square(10, 20, 30)]}))
    mask = np.zeros((HEIGHT, WIDTH), np.uint8, order="F")
    mask[30:50, 7:19] = 1
    record = {"image_id": 1, "category_id": 1, "score": 0.5, "segmentation": compressed(mask)}
    found, _ = read_detections(write(tmp_path / "found.json", [record]), truth)
    assert found[["x1", "y1", "x2", "y2"]].to_numpy().tolist() == [[7, 30, 19, 50]]
    assert truth.truth.annotations[["x1", "y1", "x2", "y2"]].to_numpy().tolist() == [[10, 20, 40, 50]]


MENDED = {
    "polygons of texts": [[str(side) for side in square(10, 20, 30)]],
    "a flat polygon": square(10, 20, 30),
    "a polygon of pairs": [[10, 20], [40, 20], [40, 50], [10, 50]],
    "Python's bytes": {"size": [HEIGHT, WIDTH], "counts": "b'{}'"},
}


@pytest.mark.parametrize("shape", MENDED.values(), ids=MENDED.keys())
def test_a_mask_in_a_wrong_form_is_read_and_told(tmp_path: Path, shape: Any) -> None:
    plain = compressed(as_mask(square(10, 20, 30)))
    if isinstance(shape, dict):
        shape = {**shape, "counts": shape["counts"].format(plain["counts"].replace("\\", "\\\\"))}
    truth = read_truth(_truth(tmp_path, {"bbox": [10, 20, 30, 30], "segmentation": shape}))
    assert len(truth.notes) == 1
    assert "1 masks are written in a wrong form" in truth.notes[0]
    record = {"image_id": 1, "category_id": 1, "score": 0.5, "bbox": [10, 20, 30, 30], "segmentation": shape}
    found, notes = read_detections(write(tmp_path / "found.json", [record]), truth)
    assert json.loads(found[MASK][0]) == plain
    assert len(notes) == 1


def as_mask(polygon: list[float]) -> np.ndarray:
    return run_lengths.decode(run_lengths.frPyObjects([polygon], HEIGHT, WIDTH))[:, :, 0]


HUGE = 2**31
LARGE = np.ones((500, 500), np.uint8, order="F")
UNREADABLE = {
    "a text": "polygon",
    "a number": 7,
    "polygons of words": [["one", "2", "3", "4", "5", "6"]],
    "two points": [[1, 2, 3, 4]],
    "half a point": [[1, 2, 3, 4, 5, 6, 7]],
    "a point without end": [[1, 2, 3, 4, 5, float("inf")]],
    "a point far away": [[1, 2, 3, 4, 5, 1e9]],
    "a huge number": [[1, 2, 3, 4, 5, 10**400]],
    "another image's": {"size": [HEIGHT, WIDTH + 1], "counts": [HEIGHT * (WIDTH + 1)]},
    "a huge size": {"size": [HUGE, HUGE], "counts": [HUGE * HUGE]},
    "no counts": {"size": [HEIGHT, WIDTH]},
    "counts of texts": {"size": [HEIGHT, WIDTH], "counts": ["5"]},
    "counts that do not fill it": {"size": [HEIGHT, WIDTH], "counts": [5, 5]},
    "a negative count": {"size": [HEIGHT, WIDTH], "counts": [-5, HEIGHT * WIDTH + 5]},
    "no run lengths": {"size": [HEIGHT, WIDTH], "counts": "\x00\x01"},
    "beyond the image": {
        "size": [HEIGHT, WIDTH],
        "counts": compressed(np.ones((500, 500), np.uint8, order="F"))["counts"],
    },
}


@pytest.mark.parametrize("shape", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_mask_that_cannot_be_read_is_left_out_and_told_and_its_box_counts(tmp_path: Path, shape: Any) -> None:
    truth = read_truth(_truth(tmp_path, {"bbox": [10, 20, 30, 30], "segmentation": shape}))
    assert truth.truth.annotations["segmentation"].tolist() == [""]
    assert len(truth.notes) == 1
    assert "1 masks are left out" in truth.notes[0]
    assert "truth.json, annotation 1: " in truth.notes[0]
    sound = read_truth(_truth(tmp_path, {"bbox": [10, 20, 30, 30], "segmentation": [square(10, 20, 30)]}))
    record = {"image_id": 1, "category_id": 1, "score": 0.5, "bbox": [10, 20, 30, 30], "segmentation": shape}
    found, notes = read_detections(write(tmp_path / "found.json", [record]), sound)
    assert found[MASK].tolist() == [""]
    assert "found.json, detection 1: " in notes[0]
    scores = score_masks(sound.truth, found)
    assert scores is not None
    assert scores.ap is None
    assert scores.notes == ["AP of masks: 1 of 1 detections have a box only."]
    boxes = score_boxes(sound.truth.images, sound.truth.annotations, sound.truth.categories, found)
    assert boxes.ap == pytest.approx(1)


def test_a_note_names_the_place_in_the_file_whatever_else_is_left_out(tmp_path: Path) -> None:
    truth = read_truth(_truth(tmp_path, {"bbox": [10, 20, 30, 30]}))
    strange, faulty, sound = (
        {"image_id": 1, "category_id": kind, "score": 0.5, "bbox": [10, 20, 30, 30], "segmentation": shape}
        for kind, shape in ((9, [[1]]), (1, [[1, 2]]), (1, [square(10, 20, 30)]))
    )
    found, notes = read_detections(write(tmp_path / "found.json", [strange, faulty, sound]), truth)
    assert found[MASK].map(bool).tolist() == [False, True]
    assert any("1 masks are left out" in note and "found.json, detection 2: " in note for note in notes)


@pytest.mark.parametrize("shape", [None, [], ""], ids=["null", "no polygon", "an empty text"])
def test_no_mask_is_nothing_to_tell(tmp_path: Path, shape: Any) -> None:
    truth = read_truth(_truth(tmp_path, {"bbox": [10, 20, 30, 30], "segmentation": shape}))
    record = {"image_id": 1, "category_id": 1, "score": 0.5, "bbox": [10, 20, 30, 30], "segmentation": shape}
    found, notes = read_detections(write(tmp_path / "found.json", [record]), truth)
    assert MASK not in found.columns
    assert truth.notes == notes == []


def test_masks_on_an_image_without_a_size_are_left_out(tmp_path: Path) -> None:
    document = {
        "images": [{"id": 1}],
        "categories": [{"id": 1, "name": "cell"}],
        "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "segmentation": [square(1, 2, 4)]}],
    }
    truth = read_truth(write(tmp_path / "truth.json", document))
    assert "no known width and height" in truth.notes[0]


def _truth(folder: Path, annotation: dict[str, Any]) -> Path:
    document = {
        "images": [{"id": 1, "file_name": "1.png", "width": WIDTH, "height": HEIGHT}],
        "categories": [{"id": 1, "name": "cell"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, **annotation}],
    }
    return write(folder / "truth.json", document)
