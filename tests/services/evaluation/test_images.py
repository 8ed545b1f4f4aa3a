from pathlib import Path

import pytest

from core.errors import AppError
from core.services.evaluation import PictureFilter, evaluate_files, open_evaluation, picture_rows
from core.settings import Settings
from tests.factories.coco_files import HERE, NOWHERE, THERE, write_files


@pytest.mark.parametrize(
    ("chosen", "names", "hits"),
    [
        (PictureFilter(), ["p1.png", "p2.png", "p3.png"], [3, 2, 0]),
        (PictureFilter(sort="name"), ["p1.png", "p2.png", "p3.png"], [3, 2, 0]),
        (PictureFilter(outcome="missed"), ["p1.png", "p2.png"], [1, 1]),
        (PictureFilter(outcome="true_positive"), ["p1.png"], [1]),
        (PictureFilter(category_id=1), ["p1.png", "p2.png"], [1, 1]),
        (PictureFilter(category_id=1, outcome="missed"), ["p2.png"], [1]),
        (PictureFilter(cell=(0, 0)), ["p1.png"], [1]),
        (PictureFilter(cell=(0, 1)), ["p1.png"], [1]),
        (PictureFilter(cell=(1, 2)), ["p2.png"], [1]),
        (PictureFilter(cell=(2, 0)), ["p2.png"], [1]),
        (PictureFilter(cell=(1, 0)), [], []),
        (PictureFilter(text="P3"), ["p3.png"], [0]),
        (PictureFilter(cause="class"), ["p1.png"], [1]),
        (PictureFilter(cause="background"), ["p2.png"], [1]),
        (PictureFilter(cause="missed"), ["p2.png"], [1]),
        (PictureFilter(cause="class", category_id=0), [], []),
    ],
    ids=["all", "by name", "missed", "found", "class", "missed of a class", "diagonal", "mix-up", "missed cell",
         "false alarm cell", "empty cell", "file name", "wrong class", "nothing there", "missed outright",
         "wrong class of another class"],
)  # fmt: skip
def test_pictures_are_chosen_by_what_is_on_them(
    by_hand: Settings, chosen: PictureFilter, names: list[str], hits: list[int]
) -> None:
    rows = picture_rows(open_evaluation(by_hand, "found on truth"), 0.5, 0.5, chosen)
    assert (rows["file_name"].tolist(), rows["hits"].tolist()) == (names, hits)


def test_a_picture_row_counts_its_boxes(by_hand: Settings) -> None:
    rows = picture_rows(open_evaluation(by_hand, "found on truth"), 0.5, 0.5)
    names = ["image_id", "truths", "tp", "fp", "missed", "mistakes"]
    assert rows[names].to_numpy().tolist() == [[1, 2, 1, 1, 1, 2], [2, 1, 0, 1, 1, 2], [3, 0, 0, 0, 0, 0]]


@pytest.mark.parametrize(
    ("sort", "first"), [("mistakes", "p2.png"), ("missed", "p2.png"), ("false_alarms", "p1.png"), ("name", "p1.png")]
)
def test_pictures_are_sorted_by_their_mistakes(tmp_path: Path, settings: Settings, sort: str, first: str) -> None:
    found = [{"image_id": 10, "category_id": 1, "bbox": NOWHERE, "score": 0.9}]
    box = {"category_id": 1, "area": 400}
    truth = {
        "images": [{"id": 10, "file_name": "p1.png"}, {"id": 20, "file_name": "p2.png"}],
        "categories": [{"id": 1, "name": "dog"}],
        "annotations": [
            {**box, "id": 1, "image_id": 20, "bbox": HERE},
            {**box, "id": 2, "image_id": 20, "bbox": THERE},
        ],
    }
    key = evaluate_files(settings, *write_files(tmp_path, truth=truth, found=found))
    rows = picture_rows(open_evaluation(settings, key), 0.5, 0.5, PictureFilter(sort=sort))
    assert rows["file_name"].iloc[0] == first


def test_unknown_orders_outcomes_and_causes_are_refused(by_hand: Settings) -> None:
    opened = open_evaluation(by_hand, "found on truth")
    for chosen in (PictureFilter(sort="size"), PictureFilter(outcome="fine"), PictureFilter(cause="bad luck")):
        with pytest.raises(AppError) as refused:
            picture_rows(opened, 0.5, 0.5, chosen)
        assert "Choose one of" in refused.value.remedy
