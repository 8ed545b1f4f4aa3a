"""Images filtered by a check, under each of its names, and by attributes of theirs and of their objects."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from core.labels.findings import Finding, Report, Severity
from core.services.datasets.attributes import MOST_CHOICES
from core.services.datasets.image_filter import (
    attribute_names,
    attribute_values,
    attributes_on,
    filter_images,
)
from core.tables import ATTRIBUTES, from_columns
from tests.factories.sources import label_set


@pytest.mark.parametrize(
    ("name", "image_ids"),
    [("tiny-box", [1, 2]), ("tiny-object", [1, 2]), ("dark", []), ("of-a-plugin", [3]), ("", [1, 2, 3])],
)
def test_a_check_is_filtered_by_under_all_its_names(name: str, image_ids: list[int]) -> None:
    labels = label_set([(10, 10, 20, 20)] * 3, [1, 2, 3])
    # The second version of a check's name may be stored, too.
    stored = [("tiny-box", "1.png"), ("tiny-object", "2.png"), ("of-a-plugin", "3.png")]
    findings = [Finding(check=check, severity=Severity.LOOK, message="m", image=image) for check, image in stored]
    opened: Any = SimpleNamespace(labels=labels, findings=Report(findings).to_frame())
    assert filter_images(opened, finding=name) == image_ids


def _with_attributes(*rows: tuple[int, int, str, str]) -> Any:
    """Three images with two objects each, one of each class and size, and these rows of attributes."""
    labels = label_set([(10, 10, 20, 20), (10, 10, 90, 90)] * 3, [1, 1, 2, 2, 3, 3], [0, 1] * 3)
    table = from_columns(ATTRIBUTES, dict(zip(ATTRIBUTES, zip(*rows, strict=True), strict=True)))
    return SimpleNamespace(labels=replace(labels, attributes=table), findings=Report([]).to_frame())


MARKED = _with_attributes(
    (1, 1, "difficult", "0"),
    (2, 3, "difficult", "1"),
    (2, 4, "difficult", "0"),
    (3, 6, "pose", "left"),
    (3, 0, "weather", "night"),
    (1, 0, "weather", "day"),
)


@pytest.mark.parametrize(
    ("filters", "image_ids"),
    [
        pytest.param({"attribute": "difficult"}, [1, 2], id="of any value"),
        pytest.param({"attribute": "difficult", "value": "1"}, [2], id="of one value"),
        pytest.param({"attribute": "difficult", "value": "2"}, [], id="of a value that none has"),
        pytest.param({"attribute": "colour"}, [], id="that none has"),
        pytest.param({"attribute": "weather", "value": "night"}, [3], id="of the image"),
        pytest.param({"attribute": "difficult", "value": "0", "classes": ["class0"]}, [1], id="of one of a class"),
        pytest.param({"attribute": "difficult", "value": "1", "size": "large"}, [], id="of one of a size"),
        pytest.param({"attribute": "weather", "classes": ["class1"]}, [1, 3], id="of an image with the class"),
        pytest.param({"value": "1"}, [1, 2, 3], id="a value alone is no filter"),
    ],
)  # fmt: skip
def test_images_are_filtered_by_attributes(filters: dict[str, Any], image_ids: list[int]) -> None:
    assert filter_images(MARKED, **filters) == image_ids


def test_names_and_values_are_those_present_the_most_frequent_first() -> None:
    assert attribute_names(MARKED) == ["difficult", "weather", "pose"]
    assert attribute_values(MARKED, "difficult") == ["0", "1"]
    assert attribute_values(MARKED, "colour") == []


def test_choices_are_limited_but_any_value_can_be_filtered_by() -> None:
    numbers = range(300)
    names, values = ((1, 1, f"name{n}", "1") for n in numbers), ((2, 3, "track", f"{n}") for n in numbers)
    many = _with_attributes(*names, *values)
    assert len(attribute_names(many)) == len(attribute_values(many, "track")) == MOST_CHOICES
    assert filter_images(many, attribute="track", value="299") == [2]


def test_an_images_attributes_are_by_object_and_its_own_under_0() -> None:
    assert attributes_on(MARKED, 3) == {6: {"pose": "left"}, 0: {"weather": "night"}}
    assert attributes_on(MARKED, 9) == {}
