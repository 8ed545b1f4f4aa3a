from typing import Any

import pytest

from core.evaluation.scores import scores
from core.evaluation.scores.self_test import self_test
from tests.factories.results import make_categories, make_images, make_truths, random_results

SETTINGS = (0.0, 0.0, 20.0, 20.0)
NO_AREA = (50.0, 50.0, 50.0, 80.0)


@pytest.mark.parametrize("seed", range(4))
def test_random_truths_pass_with_crowds_and_equal_boxes(seed: int) -> None:
    results = random_results(seed, crowd=0.2)
    tested = self_test(results.images, results.annotations, results.categories)
    assert tested.passed
    assert [row.ap for row in tested.per_class] == pytest.approx([1.0] * 3)
    counts = results.annotations.loc[~results.annotations["is_crowd"], "category_id"].value_counts()
    assert [row.truths for row in tested.per_class] == counts.sort_index().tolist()
    assert tested.notes == []


def test_an_object_that_nothing_can_match_fails_its_class_alone() -> None:
    truths = make_truths([(1, 0, SETTINGS, False), (1, 0, NO_AREA, False), (1, 1, SETTINGS, False)])
    tested = self_test(make_images(1), truths, make_categories("a", "b"))
    assert not tested.passed
    assert [row.passed for row in tested.per_class] == [False, True]
    assert tested.notes[0].startswith("a: its own objects score AP 0.")


def test_where_cocos_cap_bites_is_said_and_the_test_passes_all_the_same() -> None:
    rows = [(1, 0, (x * 10.0, y * 10.0, x * 10.0 + 8, y * 10.0 + 8), False) for x in range(15) for y in range(8)]
    tested = self_test(make_images(2), make_truths([*rows, (2, 1, SETTINGS, False)]), make_categories("a", "b", "c"))
    assert (tested.passed, tested.cap) == (True, 120)
    assert [(row.name, row.truths, row.beyond_cap) for row in tested.per_class] == [("a", 120, 20), ("b", 1, 0)]
    (note,) = tested.notes
    assert "leaves out 20 of 120 objects" in note


def test_without_objects_there_is_nothing_to_test() -> None:
    tested = self_test(make_images(2), make_truths([(1, 0, SETTINGS, True)]), make_categories("a"))
    assert (tested.passed, tested.per_class) == (True, [])


def test_classes_without_objects_cost_nothing_and_of_very_many_the_commonest_are_tested(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    evaluated = []
    make = scores.box_evaluator

    def count(images: Any, classes: Any, *tables: Any) -> Any:
        evaluated.append(len(classes))
        return make(images, classes, *tables)

    monkeypatch.setattr("core.evaluation.scores.self_test.box_evaluator", count)
    names = [str(number) for number in range(100_000)]
    truths = make_truths([(1, 99_999, SETTINGS, False), (1, 7, SETTINGS, False)])
    tested = self_test(make_images(1), truths, make_categories(*names))
    assert (tested.passed, [row.name for row in tested.per_class], evaluated) == (True, ["7", "99999"], [2])
    many = make_truths([(1, number, SETTINGS, False) for number in range(1_500)] + [(1, 3, (1.0, 1, 9, 9), False)])
    tested = self_test(make_images(1), many, make_categories(*names[:1_500]))
    assert (tested.passed, len(tested.per_class), tested.untested, evaluated[1:]) == (True, 1_000, 500, [1_000])
    assert tested.notes == ["The commonest 1,000 classes were tested; 500 were not."]
