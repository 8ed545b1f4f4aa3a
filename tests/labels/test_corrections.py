"""Corrections applied to a table of annotations, against what was asked for."""

import pytest

from core.labels.corrections import ADD, CHANGE_CLASS, MOVE, Correction, correct, count_corrections
from tests.factories.results import make_images, make_truths

TRUTHS = make_truths([(1, 0, (10, 10, 50, 50), False), (2, 1, (20, 20, 60, 80), False)])
IMAGES = make_images(2)


def test_an_added_object_follows_the_others_cut_at_the_border() -> None:
    after = correct(
        TRUTHS, IMAGES, [Correction(what=ADD, image_id=2, annotation_id=0, category_id=1, box=(150, -5, 260, 40))]
    )
    assert after.iloc[:2].equals(TRUTHS)
    row = after.iloc[2]
    assert (row["annotation_id"], row["image_id"], row["category_id"], row["is_crowd"]) == (3, 2, 1, False)
    # The images of the maker are 200 px wide.
    assert [row[name] for name in ("x1", "y1", "x2", "y2", "area")] == [150, 0, 200, 40, 50 * 40]


def test_a_changed_class_leaves_box_and_mask() -> None:
    truths = TRUTHS.assign(segmentation="[[10, 10, 50, 10, 50, 50]]", area=800.0)
    after = correct(
        truths, IMAGES, [Correction(what=CHANGE_CLASS, image_id=1, annotation_id=1, category_id=1, box=(0, 0, 1, 1))]
    )
    assert after["category_id"].tolist() == [1, 1]
    assert after.drop(columns="category_id").equals(truths.drop(columns="category_id"))


def test_a_moved_box_has_its_own_area_and_no_mask() -> None:
    truths = TRUTHS.assign(segmentation="[[10, 10, 50, 10, 50, 50]]", area=800.0)
    after = correct(
        truths, IMAGES, [Correction(what=MOVE, image_id=2, annotation_id=2, category_id=1, box=(0, 0, 30, 20))]
    )
    assert after.loc[1, ["x1", "y1", "x2", "y2", "area", "segmentation"]].tolist() == [0, 0, 30, 20, 600, ""]
    assert after.loc[0].equals(truths.loc[0])


def test_the_table_given_is_left_as_it_was() -> None:
    before = TRUTHS.copy(deep=True)
    correct(
        TRUTHS,
        IMAGES,
        [
            Correction(what=CHANGE_CLASS, image_id=1, annotation_id=1, category_id=1, box=(0, 0, 1, 1)),
            Correction(what=MOVE, image_id=2, annotation_id=2, category_id=1, box=(0, 0, 9, 9)),
        ],
    )
    assert TRUTHS.equals(before)


def test_corrections_of_other_images_are_left_out() -> None:
    corrections = [
        Correction(what=ADD, image_id=9, annotation_id=0, category_id=0, box=(0, 0, 9, 9)),
        Correction(what=MOVE, image_id=9, annotation_id=40, category_id=0, box=(0, 0, 9, 9)),
    ]
    assert correct(TRUTHS, IMAGES, corrections).equals(TRUTHS)


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ([ADD] * 4 + [CHANGE_CLASS] * 2 + [MOVE], "4 boxes added, 2 classes changed, 1 box moved"),
        ([CHANGE_CLASS], "1 class changed"),
        ([], "nothing changed"),
    ],
    ids=["all", "one", "none"],
)
def test_the_difference_in_words(kinds: list[str], words: str) -> None:
    assert (
        count_corrections(
            [Correction(what=kind, image_id=1, annotation_id=1, category_id=0, box=(0, 0, 1, 1)) for kind in kinds]
        ).words
        == words
    )
