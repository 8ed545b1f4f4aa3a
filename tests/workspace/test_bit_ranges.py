"""A model is warned of images that were mapped by another range than those it was trained on."""

from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings
from core.workspace.bit_ranges import mapped_range, range_warning
from core.workspace.datasets import VersionFolder
from core.workspace.layout import Layout
from tests.factories.tiny_dataset import DatasetMaker


def version_with(settings: Settings, name: str, **facts: Any) -> VersionFolder:
    key = DatasetMaker(name=name, train=2, val=2, facts=facts).make(settings)
    return VersionFolder(Layout(settings.workspace).version(key, "v1"))


def test_two_ranges_are_named_with_the_remedy(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path)
    trained = version_with(settings, "first", bit_range=[0.0, 1000.5], deep_images=2)
    seen = version_with(settings, "second", bit_range=[0.0, 4095.0], deep_images=1)
    said = range_warning(trained, seen, "second")
    assert "mapped to 8 bits from the values 0 to 1,000.5" in said
    assert "those of second were mapped from 0 to 4,095" in said
    assert said.endswith("Import second again with --range 0,1000.5.")
    assert range_warning(trained, trained, "first") == ""


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({}, id="a version that does not say, or has no deep image"),
        pytest.param({"bit_range": [0, 9], "deep_images": 0}, id="the range of an earlier version"),
        pytest.param({"bit_range": [9]}, id="one number"),
        pytest.param({"bit_range": "0,9"}, id="a text"),
        pytest.param({"bit_range": [None, "x"]}, id="no numbers"),
    ],
)
def test_a_version_without_a_range_differs_from_none(tmp_path: Path, facts: dict[str, Any]) -> None:
    settings = Settings(workspace=tmp_path)
    deep, other = version_with(settings, "deep", bit_range=[0, 1000]), version_with(settings, "other", **facts)
    assert (mapped_range(deep), mapped_range(other)) == ((0, 1000), None)
    assert range_warning(deep, other, "other") == range_warning(other, deep, "deep") == ""


def test_a_version_that_is_gone_has_no_range(tmp_path: Path) -> None:
    assert mapped_range(VersionFolder(tmp_path / "gone")) is None
