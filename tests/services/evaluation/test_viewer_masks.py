from pathlib import Path

import pytest

from core.services.datasets import object_masks, open_version
from core.services.evaluation import evaluate_files, image_boxes, open_evaluation, summarise
from core.settings import Settings
from tests.evaluation.readers.test_coco_masks import files
from tests.factories.actors import ADA
from tests.factories.evaluated import EvaluationMaker
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(workspace=tmp_path)


def test_objects_and_detections_have_their_masks_within_their_boxes(settings: Settings) -> None:
    dataset = DatasetMaker(train=2, val=4, masks="mixed").make(settings)
    opened = open_evaluation(settings, EvaluationMaker(dataset=dataset, masks=True).make(settings))
    images = opened.truth.images["image_id"].tolist()

    boxes = [box for image in images for box in image_boxes(opened, image, 0.5)]

    assert {box["kind"] for box in boxes} == {"truth", "detection"}
    for box in boxes:
        (ring,) = box["mask"]
        x1, y1, x2, y2 = box["box"]
        # A detection's mask begins and ends with a pixel.
        assert x1 - 1 <= min(ring[0::2]) < max(ring[0::2]) <= x2 + 1
        assert y1 - 1 <= min(ring[1::2]) < max(ring[1::2]) <= y2 + 1
    segm = summarise(opened)["segm"]
    assert 0 < segm["ap50"] <= 1


def test_the_masks_of_foreign_files_are_evaluated_and_drawn(settings: Settings, tmp_path: Path) -> None:
    opened = open_evaluation(settings, evaluate_files(settings, *files(tmp_path, with_boxes=True), actor=ADA))
    assert 0 < summarise(opened)["segm"]["ap50"] <= 1
    boxes = image_boxes(opened, 1, 0.5)
    assert {box["kind"] for box in boxes} == {"truth", "detection"}
    assert all(box["mask"] for box in boxes)


def test_boxes_without_masks_stay_as_they_are(settings: Settings) -> None:
    opened = open_evaluation(settings, EvaluationMaker(dataset=DatasetMaker().make(settings)).make(settings))

    boxes = image_boxes(opened, int(opened.truth.images["image_id"].iloc[0]), 0.5)

    assert boxes
    assert not any("mask" in box for box in boxes)


def test_the_objects_of_a_data_set_have_theirs(settings: Settings) -> None:
    opened = open_version(settings, DatasetMaker(train=2, masks="polygons").make(settings))
    objects = opened.labels.annotations

    masks = object_masks(opened, 1)

    assert set(masks) == set(objects.loc[objects["image_id"] == 1, "annotation_id"])
    x1, y1, x2, y2 = objects.set_index("annotation_id").loc[1, ["x1", "y1", "x2", "y2"]]
    assert masks[1] == [[x1, y1, x2, y1, x2, y2, x1, y2]]
