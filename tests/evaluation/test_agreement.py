"""Two people's labels of the same images: by hand, and the same from either side."""

import numpy as np
import pandas as pd
import pytest

from core.errors import AppError
from core.evaluation.agreement import DIFFERENCES, Agreement, Kind, agree
from core.tables import ANNOTATIONS, from_columns

Box = tuple[float, float, float, float]
HERE: Box = (10, 10, 50, 50)
NEAR: Box = (10, 10, 50, 40)  # IoU 0.75 with HERE
LOOSE: Box = (10, 10, 50, 34)  # IoU 0.6 with HERE
AWAY: Box = (100, 100, 140, 140)
NAMES = ("red", "blue", "green")


def labels(*rows: tuple[int, int, Box], crowd: tuple[int, ...] = ()) -> pd.DataFrame:
    """Annotations of (image, class, box); ids from 1 in their order, crowd regions by their place."""
    columns = {
        "annotation_id": range(1, len(rows) + 1),
        "image_id": [row[0] for row in rows],
        "category_id": [row[1] for row in rows],
        **{name: [row[2][place] for row in rows] for place, name in enumerate(("x1", "y1", "x2", "y2"))},
        "area": [(row[2][2] - row[2][0]) * (row[2][3] - row[2][1]) for row in rows],
        "is_crowd": [place in crowd for place in range(len(rows))],
        "segmentation": [""] * len(rows),
        "source_file": [""] * len(rows),
        "source_line": [0] * len(rows),
    }
    return from_columns(ANNOTATIONS, columns)


def kinds(result: Agreement) -> list[tuple[str, int, int]]:
    rows = result.differences.to_dict("records")
    return [(row["kind"], row["first_id"], row["second_id"]) for row in rows]


def test_the_same_labels_agree_wholly() -> None:
    both = labels((1, 0, HERE), (1, 1, AWAY), (2, 0, HERE))
    result = agree(both, both, NAMES)
    assert (result.together.first, result.together.second, result.together.both) == (3, 3, 3)
    assert (result.together.agreement, result.together.iou, result.together.ap) == (1, 1, 1)
    assert result.differences.empty
    assert list(result.differences) == list(DIFFERENCES)


def test_what_one_of_two_boxes_and_what_they_call_it_by_hand() -> None:
    """Red: one pair of 2 and 1 objects. Blue: one of 1 and 1 is called green by the second."""
    first = labels((1, 0, HERE), (2, 0, AWAY), (3, 1, HERE))
    second = labels((1, 0, NEAR), (3, 2, HERE), (4, 0, AWAY))
    result = agree(first, second, NAMES)
    red, blue, green = result.per_class
    assert (red.first, red.second, red.both, red.agreement) == (2, 2, 1, 0.5)
    assert red.iou == pytest.approx(0.75)
    assert red.ap == pytest.approx(0.25 * 6 / 10), "half of each at the six IoU from 0.5 to 0.75"
    assert (blue.first, blue.second, blue.both, blue.ap) == (1, 0, 0, 0)
    assert (green.first, green.second, green.iou, green.ap) == (0, 1, None, 0)
    assert result.together.ap == pytest.approx(0.15 / 3)
    assert result.mixed == {(1, 2): 1}
    assert kinds(result) == [(Kind.ONLY_FIRST, 2, 0), (Kind.CLASS, 3, 2), (Kind.ONLY_SECOND, 0, 3)]
    row = result.differences.set_index("kind").loc[Kind.CLASS]
    assert (row["first_class"], row["second_class"], row["iou"]) == (1, 2, 1)


def test_boxes_of_one_object_that_lie_far_apart_are_a_difference_of_place() -> None:
    result = agree(labels((1, 0, HERE), (2, 0, HERE)), labels((1, 0, LOOSE), (2, 0, NEAR)), NAMES)
    assert kinds(result) == [(Kind.PLACE, 1, 1)]
    assert result.differences["iou"].tolist() == pytest.approx([0.6])
    assert result.together.both == 2


def test_the_best_pair_is_matched_first_whatever_the_order() -> None:
    first = labels((1, 0, HERE))
    for second in (labels((1, 0, LOOSE), (1, 0, HERE)), labels((1, 0, HERE), (1, 0, LOOSE))):
        assert agree(first, second, NAMES).together.iou == 1


@pytest.mark.parametrize("side", ["first", "second"])
def test_objects_in_the_others_crowd_region_do_not_count(side: str) -> None:
    crowd = labels((1, 0, (0, 0, 90, 90)), (1, 0, AWAY), crowd=(0,))
    objects = labels((1, 0, HERE), (1, 0, NEAR), (1, 0, AWAY))
    result = agree(crowd, objects, NAMES) if side == "first" else agree(objects, crowd, NAMES)
    assert (result.together.first, result.together.second, result.together.both) == (1, 1, 1)
    assert result.differences.empty


def test_without_objects_there_is_nothing_to_agree_on() -> None:
    result = agree(labels(), labels(), NAMES)
    assert (result.together.agreement, result.together.iou, result.together.ap) == (None, None, None)
    assert [row.ap for row in result.per_class] == [None] * 3
    assert agree(labels((1, 0, HERE)), labels(), NAMES).together.ap == 0


def test_an_iou_out_of_range_is_refused() -> None:
    with pytest.raises(AppError, match="IoU"):
        agree(labels(), labels(), NAMES, 0)


@pytest.mark.parametrize("seed", range(8))
def test_it_is_the_same_from_either_side(seed: int) -> None:
    random = np.random.default_rng(seed)
    truth = [(int(random.integers(1, 6)), int(random.integers(3)), random.uniform(0, 200, 2)) for _ in range(60)]

    def person() -> pd.DataFrame:
        rows = []
        for image, name, corner in truth:
            if random.random() < 0.8:
                x, y = corner + random.normal(0, 3, 2)
                said = int(random.integers(3)) if random.random() < 0.1 else name
                rows.append((image, said, (x, y, x + 30 + random.normal(0, 3), y + 30)))
        return labels(*rows)

    ada, ben = person(), person()
    there, back = agree(ada, ben, NAMES), agree(ben, ada, NAMES)
    assert there.together.ap == pytest.approx(back.together.ap)
    for left, right in zip(there.per_class, back.per_class, strict=True):
        assert (left.first, left.second, left.both) == (right.second, right.first, right.both)
        assert left.ap == pytest.approx(right.ap)
        assert left.iou == pytest.approx(right.iou)
    counts, reverse = (result.differences["kind"].value_counts() for result in (there, back))
    assert counts.get(Kind.ONLY_FIRST, 0) == reverse.get(Kind.ONLY_SECOND, 0)
    assert counts.get(Kind.PLACE, 0) == reverse.get(Kind.PLACE, 0)
    assert there.mixed == {(second, first): count for (first, second), count in back.mixed.items()}
    ids = there.differences
    assert set(ids.loc[ids["first_id"] > 0, "first_id"]) <= set(ada["annotation_id"])
