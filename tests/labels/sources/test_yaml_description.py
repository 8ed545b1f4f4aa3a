"""The YAML files of Ultralytics data sets."""

from pathlib import Path

import pytest

from core.labels.sources.source_tree import SourceTree
from core.labels.sources.yaml_description import keypoint_shape, read_descriptions
from tests.labels.taken import written


def test_the_shallowest_description_comes_first_and_others_are_passed_over(tmp_path: Path) -> None:
    files = {
        "a/data.yaml": "names: [b]\n",
        "data.yml": "names: [a]\n",
        "config.yaml": "lr: 0.1\n",
        "bad.yaml": "names: [",
    }
    read = read_descriptions(SourceTree.walk(written(tmp_path, files)))
    assert [(found.path, found.folder, bool(found.problem)) for found in read] == [
        ("bad.yaml", "", True), ("data.yml", "", False), ("a/data.yaml", "a", False),
    ]  # fmt: skip
    assert "bad.yaml, line 1" in read[0].problem


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("kpt_shape: [17, 3]\nnames: [a]\n", (17, 3)),
        ("kpt_shape: [4, 2]\n", (4, 2)),
        ("kpt_shape: [4, 5]\n", None),
        ("kpt_shape: [0, 3]\n", None),
        ("kpt_shape: 17\n", None),
        ("kpt_shape: [a, b]\n", None),
        ("kpt_shape: [99999999999999999999, 3]\n", (999_999, 3)),
        ("names: [a]\n", None),
    ],
)
def test_the_shape_of_keypoints_is_read(text: str, shape: tuple[int, int] | None, tmp_path: Path) -> None:
    assert keypoint_shape(SourceTree.walk(written(tmp_path, {"data.yaml": text}))) == shape
