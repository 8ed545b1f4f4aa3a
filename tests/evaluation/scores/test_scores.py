import contextlib
import io
from dataclasses import asdict

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from core.boxes import xyxy_to_xywh
from core.errors import AppError
from core.evaluation.scores import scores
from core.evaluation.scores.scores import Scores, score_boxes
from core.shapes import built
from core.tables import boxes_xyxy
from tests.factories.results import Results, make_categories, make_detections, make_images, make_truths, random_results

FIGURES = ["ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar1", "ar10", "ar100"]


def scored_by_pycocotools(results: Results) -> tuple[list[float], np.ndarray]:
    """The referee's first nine figures, and its AP, AP50, AP75 of each class (K, 3); -1 for undefined."""
    truths, found = results.annotations, results.detections
    boxes, found_boxes = xyxy_to_xywh(boxes_xyxy(truths)), xyxy_to_xywh(boxes_xyxy(found))
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        rows = truths[["annotation_id", "image_id", "category_id", "area", "is_crowd"]].to_dict("records")
        truth.dataset = {
            "images": [{"id": key} for key in results.images["image_id"].tolist()],
            "categories": [{"id": key} for key in results.categories["category_id"].tolist()],
            "annotations": [
                {**row, "id": row["annotation_id"], "bbox": box, "iscrowd": int(row["is_crowd"])}
                for row, box in zip(rows, boxes.tolist(), strict=True)
            ],
        }
        truth.createIndex()
        columns = [found[["image_id"]].to_numpy(), found_boxes, found[["score", "category_id"]].to_numpy()]
        detections = truth.loadRes(np.column_stack(columns).astype(float)) if len(found) else COCO()
        evaluator = COCOeval(truth, detections, "bbox")
        evaluator.evaluate()
        evaluator.accumulate()
        evaluator.summarize()
    precision = evaluator.eval["precision"][:, :, :, 0, 2]
    per_class = np.stack(
        [[_mean(precision[at, :, kind]) for at in (slice(None), 0, 5)] for kind in range(precision.shape[2])]
    )
    return evaluator.stats[:9].tolist(), per_class


def _mean(values: np.ndarray) -> float:
    return float(values[values > -1].mean()) if (values > -1).any() else -1.0


CASES = {
    **{f"random, seed {seed}": random_results(seed) for seed in range(6)},
    "equal scores": random_results(10, equal_scores=True),
    "equal scores, more of them": random_results(11, equal_scores=True, copies=4),
    "many crowds": random_results(12, crowd=0.6),
    "one class": random_results(13, classes=1),
    "no detections": random_results(14, copies=0, strays=0),
    "detections on empty images": random_results(15, truths=1, strays=8),
    "more than 100 detections of a class": random_results(16, images=2, classes=1, truths=30, copies=6, strays=60),
    "one image": random_results(17, images=1, truths=20),
    "ten classes, some absent": random_results(18, images=3, classes=10),
}


@pytest.mark.parametrize("results", CASES.values(), ids=CASES.keys())
def test_every_figure_equals_pycocotools(results: Results) -> None:
    expected, expected_per_class = scored_by_pycocotools(results)
    scores = score_boxes(results.images, results.annotations, results.categories, results.detections)
    ours = [-1.0 if value is None else value for value in (getattr(scores, name) for name in FIGURES)]
    assert ours == pytest.approx(expected, abs=1e-6)
    per_class = [
        [-1.0 if value is None else value for value in (row.ap, row.ap50, row.ap75)] for row in scores.per_class
    ]
    assert np.asarray(per_class) == pytest.approx(expected_per_class, abs=1e-6)


def test_a_perfect_detector_scores_one_and_sizes_that_do_not_occur_say_so() -> None:
    truths = make_truths([(1, 0, (0, 0, 20, 20), False), (2, 0, (10, 10, 30, 30), False)])
    detections = make_detections([(1, 0, (0, 0, 20, 20), 0.9), (2, 0, (10, 10, 30, 30), 0.8)])
    scores = score_boxes(make_images(2), truths, make_categories("crane"), detections)
    assert (scores.ap, scores.ap_small, scores.ar100) == pytest.approx((1.0, 1.0, 1.0))
    assert (scores.ap_medium, scores.ap_large) == (None, None)
    assert scores.notes == [
        "ap_medium: no object between 32² and 96² px in this split.",
        "ap_large: no object larger than 96² px in this split.",
    ]


def test_a_class_without_objects_has_no_score_and_a_reason() -> None:
    truths = make_truths([(1, 0, (0, 0, 20, 20), False), (1, 2, (0, 0, 9, 9), True)])
    scores = score_boxes(make_images(1), truths, make_categories("a", "b", "c"), make_detections([]))
    assert [(row.name, row.ap, row.truths) for row in scores.per_class] == [
        ("a", 0.0, 1),
        ("b", None, 0),
        ("c", None, 0),
    ]
    assert scores.notes[:2] == [
        "b: no object of this class in this split.",
        "c: no object of this class in this split (only crowd regions, which are never counted).",
    ]


def test_a_split_without_objects_has_no_scores_and_one_reason() -> None:
    detections = make_detections([(1, 0, (0, 0, 20, 20), 0.9)])
    scores = score_boxes(make_images(1), make_truths([]), make_categories("a"), detections)
    assert all(getattr(scores, name) is None for name in FIGURES)
    assert scores.notes == ["AP and AR: no object in this split, so there is nothing to find."]


def test_the_cap_of_100_is_noted_where_it_bites() -> None:
    box = (0.0, 0.0, 20.0, 20.0)
    detections = make_detections([(1, 0, box, 0.5)] * 103 + [(2, 0, box, 0.5)] * 100)
    truths = make_truths([(1, 0, (0, 0, 20, 20), False)])
    notes = score_boxes(make_images(2), truths, make_categories("a"), detections).notes
    assert notes[-1].endswith("3 are left out, on 1 images and classes.")


def test_annotations_of_other_images_do_not_count() -> None:
    results = random_results(3)
    some = results.images[results.images["image_id"] <= 5]
    found = results.detections[results.detections["image_id"] <= 5]
    alone = results.annotations[results.annotations["image_id"] <= 5]
    assert score_boxes(some, results.annotations, results.categories, found) == score_boxes(
        some, alone, results.categories, found
    )


def test_the_order_of_the_class_table_does_not_matter() -> None:
    results = random_results(2)
    backwards = results.categories.iloc[::-1]
    assert score_boxes(results.images, results.annotations, backwards, results.detections) == score_boxes(
        results.images, results.annotations, results.categories, results.detections
    )


def test_scores_survive_json() -> None:
    results = random_results(1, images=4)
    scores = score_boxes(results.images, results.annotations, results.categories, results.detections)
    assert built(Scores, scores.to_json()) == scores
    assert set(asdict(scores)) == set(scores.to_json())


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"x1": np.nan}, "no finite number"),
        ({"score": np.nan}, "no finite number"),
        ({"score": 1.5}, "score outside 0 to 1"),
        ({"x2": -5.0}, "swapped corners"),
        ({"image_id": 99}, "image that is not evaluated"),
        ({"category_id": 7}, "class that is not evaluated"),
    ],
    ids=["NaN corner", "NaN score", "score above 1", "swapped", "unknown image", "unknown class"],
)
def test_a_detection_that_cannot_be_scored_is_named(change: dict[str, float], complaint: str) -> None:
    found = make_detections([(1, 0, (0, 0, 20, 20), 0.9), (1, 0, (0, 0, 20, 20), 0.8)]).assign(detection_id=[11, 12])
    for name, value in change.items():
        found.loc[1, name] = value
    with pytest.raises(AppError, match=f"Detection 12 .*{complaint}"):
        score_boxes(make_images(1), make_truths([]), make_categories("a"), found)


def test_many_classes_are_evaluated_in_parts_with_the_same_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    results = random_results(5, crowd=0.2)
    tables = (results.images, results.annotations, results.categories, results.detections)
    whole = score_boxes(*tables)
    areas = scores.score_areas(*tables, [(0, 32**2), (0, 1e10)])
    monkeypatch.setattr(scores, "_CLASSES_AT_ONCE", 1)
    assert score_boxes(*tables) == whole
    assert scores.score_areas(*tables, [(0, 32**2), (0, 1e10)]) == areas


def test_more_classes_than_can_be_evaluated_are_refused_before(monkeypatch: pytest.MonkeyPatch) -> None:
    results = random_results(5)
    monkeypatch.setattr(scores, "MOST_CLASSES", 2)
    with pytest.raises(AppError, match="3 classes with objects; at most 2") as refused:
        score_boxes(results.images, results.annotations, results.categories, results.detections)
    assert refused.value.remedy
