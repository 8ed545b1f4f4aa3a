from pathlib import Path

import pytest

from core.errors import AppError
from core.services.evaluation import ImageFilter, evaluate_files, image_rows, open_evaluation
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.coco_files import NOWHERE, SETTINGS, THERE, write_files


@pytest.mark.parametrize(
    ("chosen", "names", "hits"),
    [
        (ImageFilter(), ["p1.png", "p2.png", "p3.png"], [3, 2, 0]),
        (ImageFilter(sort="name"), ["p1.png", "p2.png", "p3.png"], [3, 2, 0]),
        (ImageFilter(outcome="missed"), ["p1.png", "p2.png"], [1, 1]),
        (ImageFilter(outcome="true_positive"), ["p1.png"], [1]),
        (ImageFilter(category_id=1), ["p1.png", "p2.png"], [1, 1]),
        (ImageFilter(category_id=1, outcome="missed"), ["p2.png"], [1]),
        (ImageFilter(cell=(0, 0)), ["p1.png"], [1]),
        (ImageFilter(cell=(0, 1)), ["p1.png"], [1]),
        (ImageFilter(cell=(1, 2)), ["p2.png"], [1]),
        (ImageFilter(cell=(2, 0)), ["p2.png"], [1]),
        (ImageFilter(cell=(1, 0)), [], []),
        (ImageFilter(text="P3"), ["p3.png"], [0]),
        (ImageFilter(cause="class"), ["p1.png"], [1]),
        (ImageFilter(cause="background"), ["p2.png"], [1]),
        (ImageFilter(cause="missed"), ["p2.png"], [1]),
        (ImageFilter(cause="class", category_id=0), [], []),
    ],
    ids=["all", "by name", "missed", "found", "class", "missed of a class", "diagonal", "mix-up", "missed cell",
         "false positive cell", "empty cell", "file name", "wrong class", "nothing there", "missed outright",
         "wrong class of another class"],
)  # fmt: skip
def test_images_are_chosen_by_what_is_on_them(
    by_hand: Settings, chosen: ImageFilter, names: list[str], hits: list[int]
) -> None:
    rows = image_rows(open_evaluation(by_hand, "found on truth"), 0.5, 0.5, chosen)
    assert (rows["file_name"].tolist(), rows["hits"].tolist()) == (names, hits)


def test_an_image_row_counts_its_boxes(by_hand: Settings) -> None:
    rows = image_rows(open_evaluation(by_hand, "found on truth"), 0.5, 0.5)
    names = ["image_id", "truths", "tp", "fp", "missed", "mistakes"]
    assert rows[names].to_numpy().tolist() == [[1, 2, 1, 1, 1, 2], [2, 1, 0, 1, 1, 2], [3, 0, 0, 0, 0, 0]]


@pytest.mark.parametrize(
    ("sort", "first"), [("mistakes", "p2.png"), ("missed", "p2.png"), ("false_alarms", "p1.png"), ("name", "p1.png")]
)
def test_images_are_sorted_by_their_mistakes(tmp_path: Path, settings: Settings, sort: str, first: str) -> None:
    found = [{"image_id": 10, "category_id": 1, "bbox": NOWHERE, "score": 0.9}]
    box = {"category_id": 1, "area": 400}
    truth = {
        "images": [{"id": 10, "file_name": "p1.png"}, {"id": 20, "file_name": "p2.png"}],
        "categories": [{"id": 1, "name": "dog"}],
        "annotations": [
            {**box, "id": 1, "image_id": 20, "bbox": SETTINGS},
            {**box, "id": 2, "image_id": 20, "bbox": THERE},
        ],
    }
    key = evaluate_files(settings, *write_files(tmp_path, truth=truth, found=found), actor=ADA)
    rows = image_rows(open_evaluation(settings, key), 0.5, 0.5, ImageFilter(sort=sort))
    assert rows["file_name"].iloc[0] == first


def test_unknown_orders_outcomes_and_causes_are_refused(by_hand: Settings) -> None:
    opened = open_evaluation(by_hand, "found on truth")
    for chosen in (ImageFilter(sort="size"), ImageFilter(outcome="fine"), ImageFilter(cause="bad luck")):
        with pytest.raises(AppError) as refused:
            image_rows(opened, 0.5, 0.5, chosen)
        assert "Choose one of" in refused.value.remedy
