"""AP of masks, held against pycocotools."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pycocotools import mask as run_lengths
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from core.evaluation.predictions import Truth
from core.evaluation.scores.mask_scores import MASK, score_masks
from core.tables import ANNOTATIONS, CATEGORIES, DETECTIONS, IMAGES, from_columns

SIDE, IMAGE_COUNT, CLASSES = 160, 6, 3
FIGURES = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large")


def _ellipse(centre: Any, radii: Any) -> np.ndarray:
    y, x = np.mgrid[:SIDE, :SIDE]
    return np.asarray((((x - centre[0]) / radii[0]) ** 2 + ((y - centre[1]) / radii[1]) ** 2 <= 1).astype(np.uint8))


def _coded(mask: np.ndarray) -> str:
    coded = run_lengths.encode(np.asfortranarray(mask))
    return json.dumps({"size": [SIDE, SIDE], "counts": coded["counts"].decode()})


def _frame(rows: list[dict[str, Any]], schema: dict[str, str]) -> pd.DataFrame:
    return from_columns(schema, {name: [row.get(name, 0) for row in rows] for name in schema})


def _box(mask: np.ndarray) -> dict[str, float]:
    x, y, width, height = run_lengths.toBbox(run_lengths.encode(np.asfortranarray(mask)))
    return {"x1": x, "y1": y, "x2": x + width, "y2": y + height}


def _made(crowd: bool = True) -> tuple[Truth, pd.DataFrame]:
    """Ellipses of all sizes, found with some slip; every sixth is a crowd region, and some polygons are among them."""
    random = np.random.default_rng(3)
    truths, found = [], []
    for number in range(60):
        image, kind = number % IMAGE_COUNT + 1, int(random.integers(CLASSES))
        centre, radii = random.uniform(50, 110, 2), random.uniform(5, 80, 2)
        mask = _ellipse(centre, radii)
        shape, is_crowd = _coded(mask), crowd and number % 6 == 5
        if number % 6 == 2:
            x, y, w, h = (float(v) for v in (*(centre - radii), *(2 * radii)))
            polygon = [x, y, x + w, y, x + w, y + h, x, y + h]
            shape = json.dumps([polygon])
            mask = run_lengths.decode(run_lengths.merge(run_lengths.frPyObjects([polygon], SIDE, SIDE)))
        common = {"image_id": image, "category_id": kind}
        truths.append(
            {
                **common,
                "annotation_id": number + 1,
                "is_crowd": is_crowd,
                "segmentation": shape,
                "area": float(mask.sum()),
                **_box(mask),
            }
        )
        slipped = _ellipse(centre + random.normal(0, 4, 2), radii * random.uniform(0.8, 1.2))
        found.append(
            {**common, "detection_id": number + 1, "score": random.uniform(), MASK: _coded(slipped), **_box(slipped)}
        )
    images = [
        {"image_id": image + 1, "file_name": f"{image}.png", "width": SIDE, "height": SIDE}
        for image in range(IMAGE_COUNT)
    ]
    classes = [{"category_id": kind, "name": f"class {kind}"} for kind in range(CLASSES)]
    truth = Truth(
        images=_frame(images, IMAGES), annotations=_frame(truths, ANNOTATIONS), categories=_frame(classes, CATEGORIES)
    )
    return truth, _frame(found, DETECTIONS).assign(**{MASK: [row[MASK] for row in found]})


def _reference(truth: Truth, found: pd.DataFrame) -> list[float]:
    coco = COCO()
    columns = truth.annotations[["annotation_id", "image_id", "category_id", "area", "is_crowd", "segmentation"]]
    coco.dataset = {
        "images": [{"id": int(key), "width": SIDE, "height": SIDE} for key in truth.images["image_id"]],
        "categories": [{"id": int(key)} for key in truth.categories["category_id"]],
        "annotations": [
            {"id": int(key), "image_id": int(image), "category_id": int(kind), "area": float(area),
             "iscrowd": int(crowd), "bbox": [0, 0, 1, 1], "segmentation": json.loads(shape)}
            for key, image, kind, area, crowd, shape in columns.itertuples(index=False)
        ],
    }  # fmt: skip
    coco.createIndex()
    results = [
        {"image_id": int(image), "category_id": int(kind), "score": float(score), "segmentation": json.loads(mask)}
        for image, kind, score, mask in found[["image_id", "category_id", "score", MASK]].itertuples(index=False)
    ]
    evaluate_detections = COCOeval(coco, coco.loadRes(results), "segm")
    evaluate_detections.evaluate()
    evaluate_detections.accumulate()
    evaluate_detections.summarize()
    return [float(value) for value in evaluate_detections.stats[:6]]


@pytest.mark.parametrize("crowd", [False, True], ids=["objects only", "with crowd regions"])
def test_ap_of_masks_equals_pycocotools(crowd: bool) -> None:
    truth, found = _made(crowd)
    scores = score_masks(truth, found)
    assert scores is not None
    expected = _reference(truth, found)
    assert 0.1 < expected[0] < 0.9
    np.testing.assert_allclose([getattr(scores, name) for name in FIGURES], expected, atol=1e-6)


def test_detections_without_masks_have_no_ap_of_masks() -> None:
    truth, found = _made()
    assert score_masks(truth, found.drop(columns=MASK)) is None


def test_objects_with_a_box_only_leave_the_ap_of_masks_out_and_say_so() -> None:
    truth, found = _made(crowd=False)
    boxes = truth.annotations.assign(segmentation=["", *truth.annotations["segmentation"][1:]])
    scores = score_masks(Truth(images=truth.images, annotations=boxes, categories=truth.categories), found)
    assert scores is not None
    assert (scores.ap, scores.per_class) == (None, [])
    assert scores.notes == ["AP of masks: 1 of 60 objects have a box only."]
