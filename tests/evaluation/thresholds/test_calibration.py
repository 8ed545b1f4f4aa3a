import numpy as np
import pytest

from core.evaluation.matching.matching import find_overlaps, match
from core.evaluation.scores.scores import box_evaluator
from core.evaluation.thresholds.calibration import background_false_positives, calibrate
from tests.factories.results import Results, make_categories, make_detections, make_images, make_truths, random_results

SETTINGS = (0.0, 0.0, 20.0, 20.0)
THERE = (100.0, 100.0, 120.0, 120.0)
CROWD = (50.0, 50.0, 90.0, 90.0)
IN_CROWD = (55.0, 55.0, 75.0, 75.0)


def match_of(results: Results, iou: float = 0.5):  # type: ignore[no-untyped-def]
    truths, found = results.annotations, results.detections
    return match(truths, found, find_overlaps(truths, found), iou)


@pytest.fixture(scope="module")
def by_hand() -> Results:
    """Right at 0.95 and 1.0, wrong at 0.92, one right and one wrong at 0.3 and 0.38; one in a crowd region."""
    truths = make_truths(
        [
            (1, 0, SETTINGS, False),
            (1, 0, CROWD, True),
            (2, 0, SETTINGS, False),
            (3, 1, SETTINGS, False),
            (3, 1, THERE, False),
        ]
    )
    found = [(1, 0, SETTINGS, 0.95), (1, 0, IN_CROWD, 0.7), (1, 0, THERE, 0.92), (2, 0, SETTINGS, 1.0)]
    found += [(3, 1, SETTINGS, 0.3), (4, 1, SETTINGS, 0.38)]
    return Results(
        images=make_images(5),
        annotations=truths,
        categories=make_categories("a", "b"),
        detections=make_detections(found),
    )


def test_bins_and_error_by_hand(by_hand: Results) -> None:
    calibration = calibrate(by_hand.detections, match_of(by_hand))
    filled = calibration.bins[calibration.bins["detections"] > 0]
    assert filled[["low", "high", "detections"]].to_numpy().tolist() == [[0.3, 0.4, 2], [0.9, 1.0, 3]]
    assert filled["confidence"].tolist() == pytest.approx([0.34, 2.87 / 3])
    assert filled["precision"].tolist() == pytest.approx([1 / 2, 2 / 3])
    assert calibration.ece == pytest.approx((2 * (0.5 - 0.34) + 3 * (2.87 / 3 - 2 / 3)) / 5)


def test_a_class_is_calibrated_by_itself(by_hand: Results) -> None:
    assert calibrate(by_hand.detections, match_of(by_hand), 1).ece == pytest.approx(0.5 - 0.34)


def test_calibrated_scores_take_the_place_of_the_scores_by_hand(by_hand: Results) -> None:
    """In the order of the detections; the second lies in the crowd region. All fall into other bins than before."""
    calibrated = np.array([0.62, 0.05, 0.64, 0.66, 0.45, 0.41])
    after = calibrate(by_hand.detections, match_of(by_hand), calibrated=calibrated)
    filled = after.bins[after.bins["detections"] > 0]
    assert filled[["low", "high", "detections"]].to_numpy().tolist() == [[0.4, 0.5, 2], [0.6, 0.7, 3]]
    assert filled["confidence"].tolist() == pytest.approx([0.43, 0.64])
    assert filled["precision"].tolist() == pytest.approx([1 / 2, 2 / 3])
    assert after.ece == pytest.approx((2 * (0.5 - 0.43) + 3 * (2 / 3 - 0.64)) / 5)


def test_without_detections_there_is_no_error_and_empty_bins_are_null(by_hand: Results) -> None:
    nothing = by_hand.with_(detections=make_detections([]))
    document = calibrate(nothing.detections, match_of(nothing)).to_json()
    assert (document["ece"], document["detections"], len(document["bins"])) == (None, 0, 10)
    assert document["bins"][0] == {"low": 0.0, "high": 0.1, "detections": 0, "confidence": None, "precision": None}


@pytest.mark.parametrize("crowd", [0.0, 0.3], ids=["no crowd", "crowd"])
@pytest.mark.parametrize("seed", range(3))
def test_it_is_hotcocos_calibration(seed: int, crowd: float) -> None:
    """hotcoco does its own matching here; with fewer than 100 detections an image its cap does not bite."""
    results = random_results(seed, crowd=crowd)
    images = [{"id": int(key), "width": 200, "height": 200} for key in results.images["image_id"]]
    classes = [{"id": int(key), "name": str(name)} for key, name in results.categories[["category_id", "name"]].values]
    evaluator = box_evaluator(images, classes, results.annotations, results.detections)
    evaluator.evaluate()
    for iou in (0.5, 0.75):
        expected = evaluator.calibration(n_bins=10, iou_threshold=iou)
        ours = calibrate(results.detections, match_of(results, iou))
        assert ours.ece == pytest.approx(expected["ece"], abs=1e-9)
        assert ours.bins["detections"].tolist() == [row["count"] for row in expected["bins"]]
        for key, name in results.categories[["category_id", "name"]].values:
            of_class = calibrate(results.detections, match_of(results, iou), int(key)).ece
            assert of_class == pytest.approx(expected["per_category"][name], abs=1e-9)


def test_false_positives_on_images_without_objects_by_hand(by_hand: Results) -> None:
    # Images 4 and 5 are empty; image 4 has one detection, at 0.38.
    background = background_false_positives(by_hand.images, by_hand.annotations, by_hand.detections)
    assert background.to_json(0.38) == {"pictures": 2, "false_alarms": 1, "per_picture": 0.5}
    assert background.to_json(0.39) == {"pictures": 2, "false_alarms": 0, "per_picture": 0.0}


def test_without_empty_images_there_is_no_rate(by_hand: Results) -> None:
    full = by_hand.images[by_hand.images["image_id"] <= 3]
    background = background_false_positives(full, by_hand.annotations, by_hand.detections)
    assert background.to_json(0.1) == {"pictures": 0, "false_alarms": 0, "per_picture": None}
    assert np.isnan(background.curve["per_picture"]).all()
