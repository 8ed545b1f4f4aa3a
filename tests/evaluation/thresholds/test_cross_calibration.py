from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.evaluation.matching.matching import Matching, find_overlaps, match
from core.evaluation.thresholds.cross_calibration import FOLDS, CrossCalibration, cross_calibrate
from tests.factories.results import Results, make_categories, make_detections, make_images, make_truths, random_results

PLACE = (0.0, 0.0, 20.0, 20.0)
CROWD = (50.0, 50.0, 90.0, 90.0)
IN_CROWD = (55.0, 55.0, 75.0, 75.0)


def matching_of(results: Results) -> Matching:
    truths, detections = results.annotations, results.detections
    return match(truths, detections, find_overlaps(truths, detections), 0.5)


def fit(results: Results, matching: Matching | None = None) -> CrossCalibration:
    matching = matching or matching_of(results)
    fitted = cross_calibrate(results.images, results.detections, matching, len(results.categories))
    assert fitted is not None
    return fitted


@pytest.fixture(scope="module")
def many() -> Results:
    return random_results(3, crowd=0.0)


def turned(results: Results, image_ids: list[int]) -> Matching:
    """The matching with every detection of these images wrong that was right, and the reverse."""
    matching = matching_of(results)
    is_there = results.detections["image_id"].isin(image_ids).to_numpy()
    return replace(matching, truth_of=np.where(is_there, -1 - matching.truth_of, matching.truth_of))


def test_an_image_is_calibrated_by_temperatures_that_have_not_seen_it(many: Results) -> None:
    plain = fit(many).calibrated
    assert plain is not None
    image = int(many.detections["image_id"].iloc[0])
    is_there = (many.detections["image_id"] == image).to_numpy()
    without = fit(many, turned(many, [image])).calibrated
    assert without is not None
    assert without[is_there] == pytest.approx(plain[is_there], abs=0)
    assert np.abs(without[~is_there] - plain[~is_there]).max() > 0


def test_a_copy_of_the_image_is_not_seen_either(many: Results) -> None:
    first, second = (int(key) for key in many.detections["image_id"].unique()[:2])
    hashes = many.images["content_hash"].where(many.images["image_id"] != second, "a" * 64)
    copies = many.with_(
        images=many.images.assign(content_hash=hashes.where(many.images["image_id"] != first, "a" * 64))
    )
    is_first = (many.detections["image_id"] == first).to_numpy()
    plain, turned_copy = fit(copies).calibrated, fit(copies, turned(copies, [second])).calibrated
    assert plain is not None
    assert turned_copy is not None
    assert turned_copy[is_first] == pytest.approx(plain[is_first], abs=0)


def test_images_of_two_files_have_no_hash_and_are_divided_by_name(many: Results) -> None:
    unhashed = many.with_(images=many.images.assign(content_hash=""))
    assert fit(unhashed).folds == FOLDS


def test_the_order_of_the_images_does_not_matter(many: Results) -> None:
    other = many.with_(images=many.images.iloc[::-1].reset_index(drop=True))
    pd.testing.assert_series_equal(pd.Series(fit(other).calibrated), pd.Series(fit(many).calibrated))


def by_hand(*rows: tuple[int, int, tuple[float, float, float, float], float]) -> Results:
    """Three images with an object each (classes 0, 0, 1) at PLACE, and a crowd region of class 0 in the first."""
    truths = make_truths([(1, 0, PLACE, False), (1, 0, CROWD, True), (2, 0, PLACE, False), (3, 1, PLACE, False)])
    return Results(
        images=make_images(3),
        annotations=truths,
        categories=make_categories("a", "b", "c"),
        detections=make_detections(list(rows)),
    )


def test_counts_and_floor_are_of_detections_that_count() -> None:
    fitted = fit(by_hand((1, 0, PLACE, 0.9), (1, 0, IN_CROWD, 0.01), (2, 0, IN_CROWD, 0.3), (2, 1, PLACE, 0.2)))
    assert (fitted.counted, fitted.right, fitted.floor) == ((2, 1, 0), (1, 0, 0), 0.2)
    assert fitted.folds == 2
    assert fitted.temperatures.per_class[2] == fitted.temperatures.pooled
    assert fitted.calibrated is not None
    assert fitted.calibrated[1] < 0.5  # of the crowd region: it has a calibrated score and does not count


def test_one_image_has_temperatures_and_no_honest_score() -> None:
    fitted = fit(by_hand((1, 0, PLACE, 0.9), (1, 1, CROWD, 0.4)))
    assert (fitted.calibrated, fitted.folds) == (None, 0)


@pytest.mark.parametrize("rows", [[], [(1, 0, IN_CROWD, 0.8)]], ids=["none", "only in a crowd region"])
def test_without_a_detection_that_counts_there_is_nothing_to_fit(
    rows: list[tuple[int, int, tuple[float, float, float, float], float]],
) -> None:
    results = by_hand(*rows)
    assert cross_calibrate(results.images, results.detections, matching_of(results), 3) is None
