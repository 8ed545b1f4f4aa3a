"""Order, counts and crops of single boxes, by hand, and against the counts of the confusion matrix."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import NotFoundError
from core.services.evaluation import (
    ImageFilter,
    OpenEvaluation,
    crop_place,
    evaluate_files,
    evaluation_crop,
    image_rows,
    object_rows,
    objects_json,
    open_evaluation,
    summarise,
)
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.evaluated import EvaluationMaker
from tests.factories.tiny_dataset import DatasetMaker


def corner_and_size(x: float, y: float, side: float) -> list[float]:
    return [x, y, side, side]


@pytest.fixture
def by_hand(tmp_path: Path) -> OpenEvaluation:
    """A dog found exactly and one found loosely, a cat taken for a dog, a large and a small cat missed, a stray."""
    boxes = {1: (0, 0, 20), 2: (50, 0, 20), 3: (100, 0, 20), 4: (0, 100, 60), 5: (100, 100, 10)}
    classes = {1: 1, 2: 1, 3: 2, 4: 2, 5: 2}
    truth = {
        "images": [{"id": 1, "file_name": "p.png", "width": 200, "height": 200}],
        "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}],
        "annotations": [
            {"id": key, "image_id": 1, "category_id": classes[key], "bbox": corner_and_size(*box)}
            for key, box in boxes.items()
        ],
    }
    found = [
        {"image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 20], "score": 0.9},
        {"image_id": 1, "category_id": 1, "bbox": [50, 0, 20, 15], "score": 0.8},
        {"image_id": 1, "category_id": 1, "bbox": [100, 0, 20, 20], "score": 0.6},
        {"image_id": 1, "category_id": 2, "bbox": [150, 150, 20, 20], "score": 0.7},
    ]
    for name, document in (("truth", truth), ("found", found)):
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    Image.fromarray(np.full((200, 200, 3), 90, np.uint8)).save(tmp_path / "p.png")
    settings = Settings(workspace=tmp_path / "workspace")
    key = evaluate_files(settings, tmp_path / "truth.json", tmp_path / "found.json", images_dir=tmp_path, actor=ADA)
    return open_evaluation(settings, key)


def test_sure_false_positives_come_first_then_large_misses_then_loose_finds(by_hand: OpenEvaluation) -> None:
    rows = objects_json(by_hand, 0.5, 0.5, ImageFilter(), 100)

    assert (rows["found"], rows["pictures"]) == (7, 1)
    short = [(row["outcome"], row["name"], row["score"], row["iou"], row["cause"]) for row in rows["boxes"]]
    # The cat that was taken for a dog is missed too, and is larger than the smallest.
    assert short == [
        ("false_positive", "cat", 0.7, None, "background"),
        ("false_positive", "dog", 0.6, 1.0, "class"),
        ("missed", "cat", None, None, "missed"),
        ("missed", "cat", None, None, None),
        ("missed", "cat", None, None, "missed"),
        ("true_positive", "dog", 0.8, 0.75, None),
        ("true_positive", "dog", 0.9, 1.0, None),
    ]
    assert rows["boxes"][2]["box"] == [0, 100, 60, 160]
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows


def test_a_limit_shortens_the_list_and_not_the_count(by_hand: OpenEvaluation) -> None:
    document = objects_json(by_hand, 0.5, 0.5, ImageFilter(), 2)
    assert (document["found"], len(document["boxes"])) == (7, 2)


@pytest.mark.parametrize(
    "chosen",
    [
        ImageFilter(),
        ImageFilter(outcome="missed"),
        ImageFilter(category_id=1),
        ImageFilter(cell=(0, 1)),
        ImageFilter(cause="background"),
        ImageFilter(slice="size:medium"),
        ImageFilter(slice="split:train"),
        ImageFilter(text="1"),
        ImageFilter(text="no such image"),
    ],
    ids=["all", "outcome", "class", "cell", "cause", "objects' slice", "images' slice", "name", "nothing"],
)
def test_there_are_as_many_rows_as_the_images_have_hits(tmp_path: Path, chosen: ImageFilter) -> None:
    settings = Settings(workspace=tmp_path)
    dataset = DatasetMaker(train=8, val=12).make(settings)
    maker = EvaluationMaker(dataset=dataset, split="all", missed=0.3, mixed_up=0.3, strays=2, seed=3)
    opened = open_evaluation(settings, maker.make(settings))

    rows = object_rows(opened, 0.4, 0.5, chosen)

    images = image_rows(opened, 0.4, 0.5, chosen)
    counts = rows["image_id"].value_counts()
    assert counts.to_dict() == {row["image_id"]: row["hits"] for row in images.to_dict("records") if row["hits"]}
    if chosen == ImageFilter():
        per_class = summarise(opened, 0.4, 0.5)["per_class"]
        for outcome, column in (("true_positive", "tp"), ("false_positive", "fp"), ("missed", "fn")):
            assert (rows["outcome"] == outcome).sum() == sum(row[column] for row in per_class)


@pytest.mark.parametrize(
    ("corners", "place"),
    [
        # 40 px with 20 px on each side are 80 px, and 4:3 of it are 106.7.
        ((200, 200, 240, 240), (166, 180, 273, 260)),
        ((0, 0, 40, 40), (0, 0, 107, 80)),
        ((600, 440, 640, 480), (533, 400, 640, 480)),
        # A small one has 12 px round it; a wide one is not cut.
        ((300, 300, 304, 304), (283, 288, 321, 316)),
        ((0, 100, 640, 110), (0, 0, 640, 480)),
        ((-50, -50, -10, -10), (0, 0, 107, 80)),
    ],
    ids=["middle", "upper left", "lower right", "small", "as wide as the image", "outside"],
)
def test_a_crop_shows_the_box_with_a_margin_inside_of_the_image(
    corners: tuple[float, float, float, float], place: tuple[int, int, int, int]
) -> None:
    assert crop_place(corners, 640, 480) == place


def test_a_crop_is_made_once_of_boxes_that_there_are(by_hand: OpenEvaluation, tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path / "workspace")
    row = object_rows(by_hand, 0.5, 0.5, ImageFilter(outcome="missed")).iloc[0]

    path = evaluation_crop(settings, by_hand.id, 1, "truth", int(row["id"]))

    x1, y1, x2, y2 = crop_place((0, 100, 60, 160), 200, 200)
    with Image.open(path) as crop:
        assert crop.size == (x2 - x1, y2 - y1)
    written = path.stat().st_mtime_ns
    assert evaluation_crop(settings, by_hand.id, 1, "truth", int(row["id"])).stat().st_mtime_ns == written
    for kind, key in (("truth", 99), ("detection", 99), ("thing", 1)):
        with pytest.raises(NotFoundError):
            evaluation_crop(settings, by_hand.id, 1, kind, key)
