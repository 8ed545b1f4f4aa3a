"""Regions without a class against pycocotools, which is given each as a crowd region of every class."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.evaluation import store
from core.evaluation.ignored_regions import EVERY_CLASS, for_each_class, with_regions
from core.evaluation.intervals.comparing import pair_images, pair_objects
from core.evaluation.intervals.ranked_matches import rank_matches
from core.evaluation.intervals.weighted_ap import estimator_for
from core.evaluation.matching.label_issues import find_label_issues
from core.evaluation.matching.matching import find_overlaps
from core.evaluation.matching.outcomes import confusion_matrix, count_classes
from core.evaluation.predictions import Truth
from core.evaluation.scores.scores import score_boxes
from core.evaluation.slices.slicings import find_slicings
from core.labels.corrections import ADD, Correction, correct
from core.tables import IGNORED, from_columns, read_table
from tests.evaluation.matching.test_outcomes import matched_by_pycocotools, outcomes
from tests.evaluation.scores.test_scores import FIGURES, scored_by_pycocotools
from tests.factories.results import Results, make_categories, make_detections, make_images, make_truths, random_results

WIDE = (100.0, 0.0, 200.0, 100.0)
INSIDE, HALF_INSIDE, LESS_INSIDE = (120.0, 20.0, 140.0, 40.0), (90.0, 20.0, 110.0, 40.0), (86.0, 20.0, 106.0, 40.0)


def regions(rows: list[tuple[int, tuple[float, float, float, float]]]) -> pd.DataFrame:
    """Rows of (image, corners)."""
    boxes = np.array([row[1] for row in rows], dtype=float).reshape(-1, 4)
    corners = dict(zip(("x1", "y1", "x2", "y2"), boxes.T, strict=True))
    columns = {"image_id": [row[0] for row in rows], **corners, "reason": ["DontCare"] * len(rows)}
    return from_columns(IGNORED, columns)


def with_random_regions(results: Results, seed: int) -> Results:
    """The results with up to three regions on each image, some of them around objects."""
    random = np.random.default_rng(seed)
    rows = []
    for image in results.images["image_id"].tolist():
        for _ in range(int(random.integers(0, 4))):
            x, y = random.integers(0, 140, 2).tolist()
            width, height = random.integers(10, 120, 2).tolist()
            rows.append((image, (float(x), float(y), float(x + width), float(y + height))))
    return results.with_(annotations=with_regions(results.annotations, regions(rows)))


def for_referee(results: Results) -> Results:
    """The results with a crowd region of each class for each region, all of them with new ids."""
    annotations = for_each_class(results.annotations, results.categories)
    return results.with_(annotations=annotations.assign(annotation_id=range(1, len(annotations) + 1)))


CASES = {
    **{f"random, seed {seed}": with_random_regions(random_results(seed), seed) for seed in range(6)},
    "crowd regions too": with_random_regions(random_results(30, crowd=0.5), 30),
    "equal scores": with_random_regions(random_results(31, equal_scores=True), 31),
    "crowded": with_random_regions(random_results(32, images=3, truths=40, copies=3), 32),
    "one class": with_random_regions(random_results(33, classes=1), 33),
}
every_case = pytest.mark.parametrize("results", CASES.values(), ids=CASES.keys())


@every_case
def test_scores_are_those_of_pycocotools(results: Results) -> None:
    scores = score_boxes(results.images, results.annotations, results.categories, results.detections)
    expected, expected_per_class = scored_by_pycocotools(for_referee(results))
    ours = [getattr(scores, name) for name in FIGURES]
    assert [-1.0 if value is None else value for value in ours] == pytest.approx(expected, abs=1e-6)
    per_class = [[-1.0 if v is None else v for v in (row.ap, row.ap50, row.ap75)] for row in scores.per_class]
    assert np.asarray(per_class) == pytest.approx(expected_per_class, abs=1e-6)


@every_case
def test_a_region_changes_the_scores(results: Results) -> None:
    without = results.annotations[results.annotations["category_id"] != EVERY_CLASS]
    assert len(without) < len(results.annotations)
    pair = [score_boxes(results.images, truths, results.categories, results.detections) for truths in
            (results.annotations, without)]  # fmt: skip
    assert pair[0].ap != pair[1].ap
    assert [row.truths for row in pair[0].per_class] == [row.truths for row in pair[1].per_class]


@pytest.mark.parametrize("iou", [0.3, 0.5, 0.75])
@every_case
def test_outcomes_are_those_of_pycocotools(results: Results, iou: float) -> None:
    found = outcomes(results, 0.0, iou).detections
    is_counted = found["outcome"] == "true_positive"
    ours = dict(zip(found["detection_id"][is_counted], found["annotation_id"][is_counted], strict=True))
    assert (ours, set(found["detection_id"][found["outcome"] == "ignored"])) == matched_by_pycocotools(
        for_referee(results), iou
    )


@every_case
def test_intervals_start_from_the_same_scores(results: Results) -> None:
    truth = Truth(images=results.images, annotations=results.annotations, categories=results.categories)
    aps = estimator_for(rank_matches(truth, results.detections)).class_aps(np.ones(len(results.images)))
    scores = score_boxes(results.images, results.annotations, results.categories, results.detections)
    expected = [np.nan if row.ap is None else row.ap for row in scores.per_class]
    assert [row.mean() for row in aps] == pytest.approx(expected, abs=1e-6, nan_ok=True)


@every_case
def test_the_matrix_adds_up_without_regions(results: Results) -> None:
    at = outcomes(results, 0.3)
    classes = len(results.categories)
    matrix = confusion_matrix(at, classes)
    objects = results.annotations[~results.annotations["is_crowd"]]["category_id"]
    assert matrix.sum(axis=1)[:-1].tolist() == [int((objects == key).sum()) for key in range(classes)]
    counted = at.detections[at.detections["outcome"] != "ignored"]["category_id"]
    assert matrix.sum(axis=0)[:-1].tolist() == [int((counted == key).sum()) for key in range(classes)]
    assert sum(row.fp + row.tp for row in count_classes(at, results.categories) if row.category_id >= 0) == len(counted)


@pytest.mark.parametrize(
    ("truths", "box", "outcome"),
    [
        pytest.param([], INSIDE, "ignored", id="inside the region"),
        pytest.param([], HALF_INSIDE, "ignored", id="half inside"),
        pytest.param([], LESS_INSIDE, "false_positive", id="less than half inside"),
        pytest.param([(1, 1, INSIDE, False)], INSIDE, "true_positive", id="an object there counts"),
        pytest.param([(1, 0, INSIDE, False)], INSIDE, "ignored", id="an object of another class there"),
    ],
)
def test_half_of_the_detection_decides_for_a_detection_of_any_class(
    truths: list[tuple[int, int, tuple[float, float, float, float], bool]],
    box: tuple[float, float, float, float],
    outcome: str,
) -> None:
    results = Results(
        images=make_images(2),
        annotations=with_regions(make_truths(truths), regions([(1, WIDE)])),
        categories=make_categories("a", "b"),
        detections=make_detections([(1, 1, box, 0.9), (2, 1, box, 0.9)]),
    )
    found = outcomes(results).detections
    assert found["outcome"].tolist() == [outcome, "false_positive"]
    assert found["cause"].tolist()[0] == ("background" if outcome == "false_positive" else "")


def test_an_evaluation_with_regions_is_stored_and_read_again(tmp_path: Path) -> None:
    results = CASES["random, seed 1"]
    truth = Truth(images=results.images, annotations=results.annotations, categories=results.categories)
    scores = store.evaluate_detections(truth, results.detections, tmp_path)
    stored = store.load(tmp_path)
    assert stored.scores == scores
    assert stored.truth.annotations.equals(results.annotations)
    assert (read_table(tmp_path / "detections.parquet")["outcome"] == "ignored").any()


def test_regions_are_in_no_pair_of_objects_that_moved_and_break_no_pairing() -> None:
    results = CASES["random, seed 2"]
    truth = Truth(images=results.images, annotations=results.annotations, categories=results.categories)
    pairs = pair_objects(truth, truth, pair_images(truth, truth))
    assert pairs["row_a"].tolist() == pairs["row_b"].tolist() == list(range(len(results.annotations)))


def test_a_confident_detection_in_a_region_is_no_label_issue() -> None:
    truths, found = make_truths([]), make_detections([(1, 0, INSIDE, 0.99), (2, 0, INSIDE, 0.99)])
    with_region = with_regions(truths, regions([(1, WIDE)]))
    for annotations, images in ((truths, [1, 2]), (with_region, [2])):
        issues = find_label_issues(annotations, found, find_overlaps(annotations, found), 0.5)
        assert sorted(issues["image_id"]) == images


def test_a_label_can_be_added_beside_regions() -> None:
    with_region = with_regions(make_truths([]), regions([(1, WIDE)]))
    missing = Correction(what=ADD, image_id=1, annotation_id=0, category_id=0, box=INSIDE)
    corrected = correct(with_region, make_images(1), [missing])
    assert corrected["annotation_id"].tolist() == [-1, 1]
    scores = score_boxes(make_images(1), corrected, make_categories("a"), make_detections([(1, 0, INSIDE, 0.9)]))
    assert scores.ap == pytest.approx(1.0)


def test_slices_go_with_regions() -> None:
    results = CASES["crowded"]
    truth = Truth(images=results.images, annotations=results.annotations, categories=results.categories)
    for slicing in find_slicings(truth, results.detections):
        assert len(slicing.truths) == len(results.annotations)


def test_without_regions_nothing_is_added() -> None:
    truths = make_truths([(1, 0, INSIDE, False)])
    assert with_regions(truths, regions([])) is truths
    assert for_each_class(truths, make_categories("a")) is truths
