"""Distributions against hand arithmetic."""

import numpy as np
import pytest

from core.labels import statistics
from core.labels.checks.split_checks import check_splits, readiness
from core.labels.imports.class_map import map_classes
from core.labels.label_set import LabelSet
from tests.factories.sources import label_set


def labels() -> LabelSet:
    """Three images of 100 x 80: two objects of class0 in train, one of class1 in val, a background in no split."""
    return label_set(
        [(0, 0, 50, 40), (50, 40, 100, 80), (0, 0, 10, 40)],
        [1, 1, 2],
        [0, 0, 1],
        image_id=[1, 2, 3],
        width=[100] * 3,
        height=[80] * 3,
        split=["train", "val", ""],
        use=["labelled", "labelled", "background"],
    )


def test_objects_and_images_are_counted_by_split() -> None:
    assert statistics.objects_by_class_and_split(labels()).to_numpy().tolist() == [[2, 0, 0], [0, 1, 0]]
    assert statistics.images_by_split_and_use(labels()).loc["none"].tolist() == [0, 1, 0]
    assert statistics.objects_per_image(labels()).tolist() == [1, 1, 1]


def test_no_box_is_lost_between_the_bins() -> None:
    for histogram in (
        statistics.box_sides(labels()),
        statistics.box_shares(labels()),
        statistics.box_aspects(labels()),
    ):
        assert {name: int(counts.sum()) for name, counts in histogram.counts.items()} == {"class0": 2, "class1": 1}
        assert (np.diff(histogram.edges) > 0).all()
    # sqrt(10 * 40) = 20 and sqrt(50 * 40) = 44.7 are the ends.
    assert statistics.box_sides(labels()).edges[[0, -1]] == pytest.approx([20, 2000**0.5])


def test_positions_count_the_boxes_over_each_cell() -> None:
    assert statistics.box_positions(labels(), cells=2).tolist() == [[2, 0], [0, 1]]
    assert statistics.box_positions(labels(), "class1", cells=4).tolist() == [[1, 0, 0, 0]] * 2 + [[0] * 4] * 2


def test_a_set_without_objects_has_empty_distributions() -> None:
    nothing = label_set([])
    assert statistics.box_sides(nothing).counts["class0"].sum() == 0
    assert statistics.objects_per_image(nothing).tolist() == [1]


def test_a_version_is_ready_when_each_class_can_be_learned_and_evaluated() -> None:
    assert readiness(labels()) == [
        "class `class0` has no object in validation",
        "class `class1` has no object in training",
    ]
    assert [finding.message for finding in check_splits(labels())] == [
        "Class class0 has no object in validation.",
        "Class class1 has no object in training.",
    ]
    merged = map_classes(labels(), {"class1": "class0"})
    assert readiness(merged) == []


def test_without_validation_images_it_is_not_ready() -> None:
    alone = label_set([(0, 0, 50, 40)], split=["train"])
    assert readiness(alone) == ["there is no image in validation"]


def test_classes_are_renamed_merged_and_dropped() -> None:
    three = label_set([(0, 0, 9, 9)] * 3, [1, 1, 1], [0, 1, 2])
    renamed = map_classes(three, {"class0": "", "class2": "last"})
    assert renamed.class_names == ["class1", "last"]
    assert renamed.annotations["category_id"].tolist() == [0, 1]
    merged = map_classes(three, {"class2": "class0"})
    assert merged.class_names == ["class0", "class1"]
    assert merged.annotations["category_id"].tolist() == [0, 1, 0]
    assert merged.categories["source_id"].tolist() == ["0, 2", "1"]
