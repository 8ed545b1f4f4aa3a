"""Thresholds have names and reasons, and can be changed."""

from dataclasses import fields

import pytest

from core.errors import AppError
from core.labels.checks.check_table import CHECK_TABLE
from core.labels.checks.thresholds import Thresholds, option_name, thresholds_of


def test_each_threshold_is_of_a_check_and_each_name_in_the_table_is_a_threshold() -> None:
    used = {name for entry in CHECK_TABLE.values() for name in entry.thresholds}
    assert used == {option_name(each.name) for each in fields(Thresholds)}


def test_each_threshold_has_a_unit_and_a_reason_that_is_a_sentence() -> None:
    for each in fields(Thresholds):
        assert each.metadata["unit"], each.name
        assert each.metadata["reason"].endswith("."), each.name


@pytest.mark.parametrize("name", ["tiny-object", "tiny-box"])
def test_a_threshold_goes_by_its_name_and_by_each_name_of_its_check(name: str) -> None:
    changed = thresholds_of({name: "6", "dark": 0})
    assert (changed.tiny_object, changed.dark) == (6, 0)
    assert changed.changed() == {"tiny-object": 6, "dark": 0}


def test_stored_changes_give_the_same_thresholds() -> None:
    changed = thresholds_of({"crowded-image": "12.5"})
    assert thresholds_of(changed.changed()) == changed
    assert thresholds_of({}) == Thresholds()
    assert Thresholds().changed() == {}


@pytest.mark.parametrize(
    ("values", "says"),
    [
        pytest.param({"tiny": "6"}, "There is no threshold 'tiny'.", id="unknown"),
        pytest.param({"exif-turn": "6"}, "There is no threshold 'exif-turn'.", id="a check without one"),
        pytest.param({"dark": "very"}, "The threshold dark is 'very'.", id="no number"),
        pytest.param({"dark": "nan"}, "The threshold dark is nan.", id="not a number"),
        pytest.param({"dark": "inf"}, "The threshold dark is inf.", id="infinite"),
        pytest.param({"dark": "-1"}, "The threshold dark is -1.0.", id="negative"),
    ],
)
def test_a_wrong_threshold_is_refused(values: dict[str, str | float], says: str) -> None:
    with pytest.raises(AppError) as caught:
        thresholds_of(values)
    assert caught.value.message == says
    assert caught.value.remedy
