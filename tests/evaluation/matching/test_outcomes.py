import contextlib
import io

import numpy as np
import pandas as pd
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from core.boxes import xyxy_to_xywh
from core.errors import AppError
from core.evaluation.matching.matching import Matching, find_overlaps, match
from core.evaluation.matching.outcomes import Outcomes, add_up, confusion_matrix, count_classes, outcomes_at
from core.tables import boxes_xyxy
from tests.factories.results import Results, make_categories, make_detections, make_images, make_truths, random_results

SQUARE = (0.0, 0.0, 20.0, 20.0)
LOWER_HALF = (0.0, 10.0, 20.0, 30.0)  # shares a third of the union with SQUARE
NEARLY = (0.0, 0.0, 20.0, 18.0)  # IoU 0.9 with SQUARE
FAR = (100.0, 100.0, 120.0, 120.0)


def matched(results: Results, iou: float = 0.5) -> Matching:
    pairs = find_overlaps(results.annotations, results.detections)
    return match(results.annotations, results.detections, pairs, iou)


def outcomes(results: Results, score: float = 0.5, iou: float = 0.5) -> Outcomes:
    return outcomes_at(results.annotations, results.detections, matched(results, iou), score)


def by_hand(truths: list, found: list, classes: int = 2) -> Results:
    return Results(
        images=make_images(2),
        annotations=make_truths(truths),
        categories=make_categories(*"abc"[:classes]),
        detections=make_detections(found),
    )


def matched_by_pycocotools(results: Results, iou: float) -> tuple[dict[int, int], set[int]]:
    """Detection id to annotation id of a counted match, and the ids of ignored detections."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        boxes = xyxy_to_xywh(boxes_xyxy(results.annotations)).tolist()
        rows = results.annotations[["annotation_id", "image_id", "category_id", "area", "is_crowd"]].to_dict("records")
        truth.dataset = {
            "images": [{"id": key} for key in results.images["image_id"].tolist()],
            "categories": [{"id": key} for key in results.categories["category_id"].tolist()],
            "annotations": [
                {**row, "id": row["annotation_id"], "bbox": box, "iscrowd": int(row["is_crowd"])}
                for row, box in zip(rows, boxes, strict=True)
            ],
        }
        truth.createIndex()
        detections = results.detections
        columns = [table.to_numpy() for table in (detections[["image_id"]], detections[["score", "category_id"]])]
        columns.insert(1, xyxy_to_xywh(boxes_xyxy(detections)))
        evaluator = COCOeval(truth, truth.loadRes(np.column_stack(columns).astype(float)), "bbox")
        evaluator.params.iouThrs = np.array([iou])
        evaluator.params.areaRng, evaluator.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluator.params.maxDets = [10_000]
        evaluator.evaluate()
    matches, ignored = {}, set()
    for one in filter(None, evaluator.evalImgs):
        for place, detection in enumerate(one["dtIds"]):
            if one["dtIgnore"][0, place]:
                ignored.add(int(detection))
            elif one["dtMatches"][0, place]:
                matches[int(detection)] = int(one["dtMatches"][0, place])
    return matches, ignored


RANDOM = {
    **{f"seed {seed}": random_results(seed) for seed in range(4)},
    "equal scores": random_results(20, equal_scores=True),
    "many crowds": random_results(21, crowd=0.5),
    "crowded": random_results(22, images=3, truths=40, copies=3),
    "one class": random_results(23, classes=1),
}


@pytest.mark.parametrize("iou", [0.3, 0.5, 0.62, 0.75])
@pytest.mark.parametrize("results", RANDOM.values(), ids=RANDOM.keys())
def test_matching_within_a_class_is_that_of_pycocotools(results: Results, iou: float) -> None:
    detections = outcomes_at(results.annotations, results.detections, matched(results, iou), 0.0).detections
    is_counted = detections["outcome"] == "true_positive"
    ours = dict(zip(detections["detection_id"][is_counted], detections["annotation_id"][is_counted], strict=True))
    ignored = set(detections["detection_id"][detections["outcome"] == "ignored"])
    assert (ours, ignored) == matched_by_pycocotools(results, iou)


@pytest.mark.parametrize("score", [0.0, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("results", RANDOM.values(), ids=RANDOM.keys())
def test_the_matrix_adds_up(results: Results, score: float) -> None:
    at = outcomes(results, score)
    classes = len(results.categories)
    matrix = confusion_matrix(at, classes)
    real = results.annotations[~results.annotations["is_crowd"]]
    assert matrix.sum(axis=1)[:-1].tolist() == _count(real["category_id"], classes)
    counted = at.detections[at.detections["outcome"] != "ignored"]
    assert matrix.sum(axis=0)[:-1].tolist() == _count(counted["category_id"], classes)
    right = at.detections[at.detections["outcome"] == "true_positive"]
    assert np.diag(matrix)[:-1].tolist() == _count(right["category_id"], classes)
    assert matrix[-1, -1] == 0
    assert [row.truths for row in count_classes(at, results.categories)] == matrix.sum(axis=1)[:-1].tolist()


def _count(column: pd.Series, classes: int) -> list[int]:
    return np.bincount(column.to_numpy(), minlength=classes).tolist()


@pytest.mark.parametrize("score", [0.2, 0.5, 0.8])
def test_dropping_weak_detections_first_gives_the_same_outcomes(score: float) -> None:
    results = random_results(30, images=6, truths=12)
    strong = results.detections[results.detections["score"] >= score].reset_index(drop=True)
    alone = outcomes(results.with_(detections=strong), score)
    pd.testing.assert_frame_equal(outcomes(results, score).detections, alone.detections)
    pd.testing.assert_frame_equal(outcomes(results, score).truths, alone.truths)


HAND = {
    "a hit": ([(1, 0, SQUARE, False)], [(1, 0, NEARLY, 0.9)], [[1, 0, 0], [0, 0, 0], [0, 0, 0]]),
    "a miss": ([(1, 0, SQUARE, False)], [], [[0, 0, 1], [0, 0, 0], [0, 0, 0]]),
    "a false positive": ([], [(1, 1, SQUARE, 0.9)], [[0, 0, 0], [0, 0, 0], [0, 1, 0]]),
    "a double": (
        [(1, 0, SQUARE, False)],
        [(1, 0, NEARLY, 0.9), (1, 0, SQUARE, 0.8)],
        [[1, 0, 0], [0, 0, 0], [1, 0, 0]],
    ),
    "the wrong class": ([(1, 0, SQUARE, False)], [(1, 1, NEARLY, 0.9)], [[0, 1, 0], [0, 0, 0], [0, 0, 0]]),
    "too far off": ([(1, 0, SQUARE, False)], [(1, 0, LOWER_HALF, 0.9)], [[0, 0, 1], [0, 0, 0], [1, 0, 0]]),
    "another image": ([(1, 0, SQUARE, False)], [(2, 0, SQUARE, 0.9)], [[0, 0, 1], [0, 0, 0], [1, 0, 0]]),
    "in a crowd": ([(1, 0, SQUARE, True)], [(1, 0, NEARLY, 0.9)] * 2, [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
    "in a crowd of another class": ([(1, 0, SQUARE, True)], [(1, 1, NEARLY, 0.9)], [[0] * 3, [0] * 3, [0, 1, 0]]),
    "right before wrong class": (
        [(1, 0, SQUARE, False)],
        [(1, 1, SQUARE, 0.95), (1, 0, NEARLY, 0.6)],
        [[1, 0, 0], [0, 0, 0], [0, 1, 0]],
    ),
    "the right one is too weak": (
        [(1, 0, SQUARE, False)],
        [(1, 1, SQUARE, 0.95), (1, 0, NEARLY, 0.4)],
        [[0, 1, 0], [0, 0, 0], [0, 0, 0]],
    ),
    "one truth, two of another class": (
        [(1, 0, SQUARE, False)],
        [(1, 1, NEARLY, 0.7), (1, 1, SQUARE, 0.6)],
        [[0, 1, 0], [0, 0, 0], [0, 1, 0]],
    ),
}


@pytest.mark.parametrize(("truths", "found", "expected"), HAND.values(), ids=HAND.keys())
def test_the_matrix_by_hand(truths: list, found: list, expected: list[list[int]]) -> None:
    assert confusion_matrix(outcomes(by_hand(truths, found)), 2).tolist() == expected


def test_each_box_says_what_it_was_matched_with() -> None:
    results = by_hand(
        [(1, 0, SQUARE, False), (1, 0, FAR, False), (2, 1, SQUARE, True)],
        [(1, 0, NEARLY, 0.9), (1, 1, FAR, 0.8), (2, 1, SQUARE, 0.7), (2, 0, FAR, 0.1)],
    )
    at = outcomes(results)
    assert at.detections["outcome"].tolist() == ["true_positive", "false_positive", "ignored"]
    assert at.detections["iou"].tolist() == pytest.approx([0.9, 0.0, 1.0])
    assert at.detections["annotation_id"].tolist() == [1, 2, 3]
    assert at.detections["confused_with"].tolist() == [-1, 0, -1]
    assert at.truths["outcome"].tolist() == ["matched", "missed", "crowd"]
    assert at.truths["detection_id"].tolist() == [1, 2, 0]
    assert at.truths["taken_as"].tolist() == [-1, 1, -1]
    assert at.truths["found_score"].fillna(-1).tolist() == [0.9, -1, -1]


def test_rates_by_hand_and_none_without_a_denominator() -> None:
    truths = [(1, 0, SQUARE, False), (2, 0, SQUARE, False), (2, 1, FAR, False)]
    found = [(1, 0, SQUARE, 0.9), (1, 0, FAR, 0.9), (1, 0, FAR, 0.8)]
    first, second, third = count_classes(outcomes(by_hand(truths, found, 3)), make_categories("a", "b", "c"))
    assert (first.tp, first.fp, first.fn) == (1, 2, 1)
    assert (first.precision, first.recall, first.f1) == pytest.approx((1 / 3, 1 / 2, 2 / 5))
    assert (second.precision, second.recall, second.f1) == (None, 0.0, 0.0)
    assert (third.precision, third.recall, third.f1) == (None, None, None)
    assert add_up([first, second, third]).to_json() == {
        "name": "all", "precision": 1 / 3, "recall": 1 / 3, "f1": 1 / 3, "tp": 1, "fp": 2, "fn": 2, "truths": 3,
    }  # fmt: skip


def test_nothing_at_all_is_matched_too() -> None:
    assert confusion_matrix(outcomes(by_hand([], [])), 2).sum() == 0


@pytest.mark.parametrize("iou", [0.0, -1.0, 1.1, float("nan")])
def test_an_iou_that_cannot_be_asked_for_is_refused(iou: float) -> None:
    with pytest.raises(AppError, match="IoU threshold"):
        outcomes(by_hand([], []), iou=iou)
