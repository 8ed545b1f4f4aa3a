import gc
from typing import Any

import pytest

from core.coco.columns import box_column, id_column, number_column, without_collector


def records(*values: Any) -> list[dict[str, Any]]:
    return [{"it": value} for value in values]


def test_plain_values_become_arrays() -> None:
    numbers, boxes = number_column(records(1, 0.5), "it"), box_column(records([1, 2, 3.5, 0]), "it")
    assert numbers is not None
    assert boxes is not None
    assert (numbers.tolist(), boxes.tolist()) == ([1.0, 0.5], [[1.0, 2.0, 3.5, 0.0]])
    ids = id_column(records(7, "a", 7), "it", {7: 1, "a": 2})
    assert ids is not None
    assert ids.tolist() == [1, 2, 1]


@pytest.mark.parametrize("read", [number_column, box_column], ids=["numbers", "boxes"])
def test_no_records_are_no_rows(read: Any) -> None:
    assert len(read([], "it")) == 0


@pytest.mark.parametrize(
    "value", [None, True, "1", [1], float("nan"), float("inf"), 10**400], ids=lambda value: str(value)[:8]
)
def test_anything_else_than_a_finite_number_is_left_to_the_caller(value: Any) -> None:
    assert number_column(records(1, value), "it") is None
    assert box_column(records([1, 2, 3, 4], [1, 2, 3, value]), "it") is None


@pytest.mark.parametrize("value", [None, {}, [1, 2, 3], [1, 2, 3, 4, 5], [0, 0, -1, 1], "1234"], ids=str)
def test_anything_else_than_a_box_is_left_to_the_caller(value: Any) -> None:
    assert box_column(records([1, 2, 3, 4], value), "it") is None


@pytest.mark.parametrize("value", [None, True, 1.0, [1], 8], ids=str)
def test_anything_else_than_a_known_id_is_left_to_the_caller(value: Any) -> None:
    assert id_column(records(1, value), "it", {1: 1}) is None


@pytest.mark.parametrize("read", [number_column, box_column, lambda rows, name: id_column(rows, name, {})])
def test_a_missing_value_is_left_to_the_caller(read: Any) -> None:
    assert read([{}], "it") is None


def test_the_collector_is_as_before_even_after_an_error() -> None:
    assert gc.isenabled()
    with pytest.raises(ValueError, match="planted"), without_collector():
        assert not gc.isenabled()
        raise ValueError("planted")
    assert gc.isenabled()
