"""AP with a weight for each image, against hotcoco and by hand."""

import numpy as np
import pandas as pd
import pytest

from core.evaluation.intervals.ranked_matches import image_order, rank_matches
from core.evaluation.intervals.weighted_ap import ApEstimator, estimator_for
from core.evaluation.predictions import Truth
from core.evaluation.scores.scores import score_boxes
from tests.evaluation.scores.test_scores import CASES
from tests.factories.results import Results, make_categories, make_detections, make_images, make_truths, random_results

MORE = {
    **{f"no crowd, seed {seed}": random_results(100 + seed, crowd=0.0) for seed in range(10)},
    **{f"crowd and equal scores, seed {seed}": random_results(200 + seed, equal_scores=True) for seed in range(10)},
    # Recalls of exactly 7 / 100, where pycocotools' own thresholds are a rounding error above.
    "a hundred objects": random_results(300, images=25, classes=1, truths=5, crowd=0.0),
}


def estimator(results: Results) -> ApEstimator:
    return estimator_for(
        rank_matches(
            Truth(images=results.images, annotations=results.annotations, categories=results.categories),
            results.detections,
        )
    )


def by_hotcoco(results: Results) -> list[tuple[float, float]]:
    """AP and AP50 of each class; NaN where undefined."""
    scores = score_boxes(results.images, results.annotations, results.categories, results.detections)
    return [(_or_nan(row.ap), _or_nan(row.ap50)) for row in scores.per_class]


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def repeated(results: Results, times: list[int]) -> Results:
    """The results with the image at each place of the order as often as said, each copy a separate image."""
    images, truths, found = list[pd.DataFrame](), list[pd.DataFrame](), list[pd.DataFrame]()
    number = 0
    for image, count in zip(image_order(results.images), times, strict=True):
        for _ in range(count):
            number += 1
            for table, parts in ((results.images, images), (results.annotations, truths), (results.detections, found)):
                parts.append(table[table["image_id"] == image].assign(image_id=number))
    annotations = pd.concat(truths, ignore_index=True)
    annotations["annotation_id"] = np.arange(1, len(annotations) + 1)
    return results.with_(images=pd.concat(images), annotations=annotations, detections=pd.concat(found))


@pytest.mark.parametrize("results", [*CASES.values(), *MORE.values()], ids=[*CASES, *MORE])
def test_with_weights_of_one_it_equals_hotcoco(results: Results) -> None:
    aps = estimator(results).class_aps(np.ones(len(results.images)))

    ours = [(row.mean(), row[0]) for row in aps]
    assert np.asarray(ours) == pytest.approx(np.asarray(by_hotcoco(results)), abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("seed", range(8))
def test_whole_weights_equal_hotcoco_on_so_many_copies_of_each_image(seed: int) -> None:
    results = random_results(400 + seed, classes=2)
    times = np.random.default_rng(seed).integers(0, 4, len(results.images))

    aps = estimator(results).class_aps(times.astype(float))

    expected = by_hotcoco(repeated(results, times.tolist()))
    assert [(row.mean(), row[0]) for row in aps] == [pytest.approx(row, abs=1e-6, nan_ok=True) for row in expected]


def test_by_hand_an_image_with_a_high_false_positive_costs_as_often_as_it_is_drawn() -> None:
    box = (0.0, 0.0, 20.0, 20.0)
    results = Results(
        images=make_images(2),
        annotations=make_truths([(1, 0, box, False), (2, 0, box, False)]),
        categories=make_categories("crane"),
        detections=make_detections([(1, 0, box, 0.8), (2, 0, (50.0, 50.0, 70.0, 70.0), 0.9)]),
    )
    one = estimator(results)

    # Precision 1/2 up to recall 1/2: 51 of the 101 recalls. Without image 2 all is found; without 1 nothing is.
    assert one.class_aps(np.array([1.0, 1.0]))[0] == pytest.approx(np.full(10, 0.5 * 51 / 101))
    assert one.class_aps(np.array([1.0, 0.0]))[0] == pytest.approx(np.ones(10))
    assert one.class_aps(np.array([0.0, 1.0]))[0] == pytest.approx(np.zeros(10))
    # Drawn three times: precision 1/4 up to recall 1/4, 26 recalls.
    assert one.class_aps(np.array([1.0, 3.0]))[0] == pytest.approx(np.full(10, 0.25 * 26 / 101))


def test_a_class_that_is_not_drawn_has_no_ap() -> None:
    truths = make_truths([(1, 0, (0, 0, 9, 9), False), (2, 1, (0, 0, 9, 9), False)])
    results = Results(
        images=make_images(2), annotations=truths, categories=make_categories("a", "b"), detections=make_detections([])
    )

    aps = estimator(results).class_aps(np.array([1.0, 0.0]))

    assert aps[0].tolist() == [0.0] * 10
    assert np.isnan(aps[1]).all()
