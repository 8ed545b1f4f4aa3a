"""Boxes of two classes that are almost the same, against a comparison of every pair."""

import numpy as np
import pytest

from core.boxes import iou_xyxy
from core.labels.checks.box_fixes import repair
from core.labels.checks.check_input import Subject
from core.labels.checks.same_boxes import first_rivals
from tests.factories.sources import facts, label_set


@pytest.mark.parametrize("seed", range(8))
def test_each_object_meets_its_first_rival(seed: int) -> None:
    draw = np.random.default_rng(seed)
    corners = draw.uniform(0, 40, (6, 2))
    seeds = np.concatenate([corners, corners + draw.uniform(10, 40, (6, 2))], axis=1)
    boxes = seeds[draw.integers(0, 6, 60)] + draw.normal(0, 0.4, (60, 4))
    classes, images = draw.integers(0, 3, 60).tolist(), (draw.integers(0, 3, 60) + 1).tolist()
    labels = label_set([tuple(box) for box in boxes.tolist()], images, classes)
    subject = Subject(labels, facts(labels), repair(labels, facts(labels)))
    ious = iou_xyxy(subject.repaired.boxes_xyxy, subject.repaired.boxes_xyxy)
    expected = [
        next((j for j in range(i) if images[i] == images[j] and classes[i] != classes[j] and ious[i, j] >= 0.9), -1)
        for i in range(60)
    ]
    assert first_rivals(subject, 0.9).tolist() == expected
    assert max(expected) >= 0


def test_crowd_regions_and_dropped_objects_have_no_rival() -> None:
    box = (10.0, 10.0, 40.0, 40.0)
    labels = label_set([box, box, (200.0, 10.0, 240.0, 40.0), (200.0, 10.0, 240.0, 40.0)], None, [0, 1, 0, 1])
    labels.annotations["is_crowd"] = [True, False, False, False]
    subject = Subject(labels, facts(labels), repair(labels, facts(labels)))
    assert first_rivals(subject, 0.9).tolist() == [-1, -1, -1, -1]
