import numpy as np
import pandas as pd
import pytest

from core.errors import AppError
from core.evaluation.intervals.comparing import moved_objects, pair_images, pair_objects, shared_classes
from core.evaluation.matching.matching import find_overlaps, match
from core.evaluation.matching.outcomes import Outcomes, outcomes_at
from core.evaluation.predictions import Truth
from tests.factories.results import make_categories, make_detections, make_images, make_truths

LEFT, RIGHT = (0.0, 0.0, 20.0, 20.0), (100.0, 100.0, 120.0, 120.0)


def make_truth() -> Truth:
    """Two images: a dog and a cat on the first, a dog on the second."""
    truths = make_truths([(1, 0, LEFT, False), (1, 1, RIGHT, False), (2, 0, LEFT, False)])
    return Truth(images=make_images(2), annotations=truths, categories=make_categories("dog", "cat"))


def renumbered() -> Truth:
    """The same images, objects and classes under other ids."""
    truth = make_truth()
    images = truth.images.assign(image_id=[20, 10])
    truths = make_truths([(10, 1, LEFT, False), (20, 0, RIGHT, False), (20, 1, LEFT, False)])
    return Truth(images=images, annotations=truths, categories=make_categories("cat", "dog"))


def outcomes(truth: Truth, rows: list[tuple[int, int, tuple[float, float, float, float], float]]) -> Outcomes:
    detections = make_detections(rows)
    return outcomes_at(
        truth.annotations,
        detections,
        match(truth.annotations, detections, find_overlaps(truth.annotations, detections), 0.5),
        0.5,
    )


def test_images_objects_and_classes_are_paired_by_what_they_are() -> None:
    a, b = make_truth(), renumbered()

    images = pair_images(a, b)

    assert images[["image_a", "image_b"]].to_numpy().tolist() == [[1, 20], [2, 10]]
    assert pair_objects(a, b, images).to_numpy().tolist() == [[0, 2], [1, 1], [2, 0]]
    assert shared_classes(a, b) == [("dog", 0, 1), ("cat", 1, 0)]


def test_a_changed_label_is_paired_with_nothing_and_the_same_box_twice_is_two_objects() -> None:
    rows = [(1, 0, LEFT, False), (1, 0, LEFT, False), (2, 0, RIGHT, False)]
    a = Truth(images=make_images(2), annotations=make_truths(rows), categories=make_categories("dog", "cat"))
    b = Truth(
        images=make_images(2),
        annotations=make_truths([*rows[:2], (2, 1, RIGHT, False)]),
        categories=make_categories("dog", "cat"),
    )

    assert pair_objects(a, b, pair_images(a, b)).to_numpy().tolist() == [[0, 0], [1, 1]]


@pytest.mark.parametrize(
    "images",
    [
        make_images(3),
        make_images(2).assign(file_name=["image 1.png", "other.png"]),
        make_images(2).assign(content_hash=["f" * 64, f"{2:064x}"]),
    ],
    ids=["one more", "another name", "another content"],
)
def test_different_images_are_refused(images: pd.DataFrame) -> None:
    a = make_truth()

    with pytest.raises(AppError, match="on different images") as refused:
        pair_images(a, Truth(images=images, annotations=a.annotations, categories=a.categories))
    assert "same split" in refused.value.remedy


def test_an_unknown_content_does_not_make_images_differ() -> None:
    a = make_truth()
    b = Truth(images=a.images.assign(content_hash=""), annotations=a.annotations, categories=a.categories)

    assert len(pair_images(a, b)) == 2


def test_by_hand_what_was_won_and_lost() -> None:
    a, b = make_truth(), renumbered()
    # A finds both dogs, the second one below the threshold; B finds the cat and the second dog.
    left = outcomes(a, [(1, 0, LEFT, 0.9), (2, 0, LEFT, 0.4)])
    right = outcomes(b, [(20, 0, RIGHT, 0.8), (10, 1, LEFT, 0.7)])

    moved = moved_objects(left, right, pair_objects(a, b, pair_images(a, b)))

    assert moved["change"].tolist() == ["lost", "won", "won"]
    assert moved[["annotation_a", "annotation_b"]].to_numpy().tolist() == [[1, 3], [2, 2], [3, 1]]
    assert moved[["image_a", "image_b"]].to_numpy().tolist() == [[1, 20], [1, 20], [2, 10]]
    assert moved["score_a"].fillna(-1).tolist() == [0.9, -1, -1]
    assert moved["score_b"].fillna(-1).tolist() == [-1, 0.8, 0.7]


def test_a_crowd_region_is_neither_won_nor_lost() -> None:
    truth = Truth(
        images=make_images(1), annotations=make_truths([(1, 0, LEFT, True)]), categories=make_categories("dog")
    )
    pairs = pair_objects(truth, truth, pair_images(truth, truth))

    assert moved_objects(outcomes(truth, [(1, 0, LEFT, 0.9)]), outcomes(truth, []), pairs).empty
    assert np.array_equal(pairs, [[0, 0]])
