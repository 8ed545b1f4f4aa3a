import numpy as np

from core.evaluation.intervals.ranked_matches import COCO_IOUS, image_order, rank_matches
from core.evaluation.predictions import Truth
from tests.factories.results import make_categories, make_detections, make_images, make_truths

BOX = (0.0, 0.0, 20.0, 20.0)


def test_the_ten_ious_are_pycocotools_own() -> None:
    from pycocotools.cocoeval import Params

    assert COCO_IOUS.tolist() == Params().iouThrs.tolist()


def test_places_go_by_file_name_and_not_by_id() -> None:
    images = make_images(3).assign(file_name=["c.png", "a.png", "b.png"])

    assert image_order(images).tolist() == [2, 3, 1]


def test_detections_stand_by_class_and_score_and_equal_ones_by_image() -> None:
    detections = make_detections(
        [(2, 1, BOX, 0.5), (1, 0, BOX, 0.2), (3, 0, BOX, 0.7), (2, 0, BOX, 0.7), (1, 1, BOX, 0.5)]
    )
    truth = Truth(
        images=make_images(3), annotations=make_truths([(1, 0, BOX, False)]), categories=make_categories("a", "b")
    )

    ranked = rank_matches(truth, detections)

    assert ranked.image_of.tolist() == [1, 2, 0, 0, 1]
    assert ranked.class_start.tolist() == [0, 3, 5]
    # The one object is found by the third detection, at all ten IoUs of the first class.
    assert ranked.true_at.tolist() == [2] * 10
    assert ranked.true_start.tolist() == [*range(11), *[10] * 10]


def test_only_the_100_best_of_a_class_on_an_image_are_kept() -> None:
    rows = [(1, 0, BOX, 0.001 * place) for place in range(1, 131)] + [(1, 1, BOX, 0.5), (2, 0, BOX, 0.0)]
    truth = Truth(
        images=make_images(2), annotations=make_truths([(1, 0, BOX, False)]), categories=make_categories("a", "b")
    )

    ranked = rank_matches(truth, make_detections(rows))

    assert ranked.class_start.tolist() == [0, 101, 102]


def test_ignored_detections_are_counted_up_to_each_true_positive() -> None:
    truths = make_truths([(1, 0, BOX, False), (1, 0, (100.0, 100.0, 180.0, 180.0), True)])
    inside = (110.0, 110.0, 120.0, 120.0)
    detections = make_detections([(1, 0, inside, 0.9), (1, 0, BOX, 0.8), (1, 0, inside, 0.7)])

    ranked = rank_matches(Truth(images=make_images(1), annotations=truths, categories=make_categories("a")), detections)

    assert np.diff(ranked.ignored_start).tolist() == [2] * 10
    # Of the stretch's two ignored ones, one stands before the true positive; earlier stretches add two each.
    assert ranked.ignored_before.tolist() == [1 + 2 * stretch for stretch in range(10)]
    assert ranked.truth_counts.tolist() == [[1.0]]
