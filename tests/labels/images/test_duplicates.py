"""Groups by folder, name and look."""

import pytest

from core.labels.images.duplicates import group_images, near_duplicates, stem_group


@pytest.mark.parametrize(
    ("source", "group"),
    [
        ("a/clip3_0017.jpg", "a/clip3"),
        ("a/clip3-0018.png", "a/clip3"),
        ("b/clip3_0017.jpg", "b/clip3"),
        ("0017.jpg", "0017"),
        ("cat_jpg.rf.0123456789abcdef.jpg", "cat_jpg"),
        ("cat.jpg", "cat"),
    ],
)
def test_a_name_without_its_number_is_the_group(source: str, group: str) -> None:
    assert stem_group(source) == group


@pytest.mark.parametrize(
    ("left", "right", "together"),
    [
        pytest.param("00ff00ff00ff00ff", "00ff00ff00ff00ff", True, id="equal"),
        pytest.param("00ff00ff00ff00ff", "00ff00ff00ff00f8", True, id="3 bits apart in one quarter"),
        pytest.param("00ff00ff00ff00ff", "01ff01ff01ff00ff", True, id="3 bits apart in three quarters"),
        pytest.param("00ff00ff00ff00ff", "00ff00ff00ff00f0", False, id="4 bits apart"),
        pytest.param("0000000000000000", "0000000000000000", False, id="two flat images have no look"),
    ],
)
def test_looks_join(left: str, right: str, together: bool) -> None:
    groups = near_duplicates(["a", "b"], [left, right])
    assert (groups[0] == groups[1]) == together


def test_equal_pixels_join_and_joining_is_passed_on() -> None:
    looks = ["00ff00ff00ff00ff", "00ff00ff00ff00f8", "0fff00ff00ff00f8", "0000000000000000", "0000000000000000"]
    groups = near_duplicates(["a", "b", "b", "c", "c"], looks)
    assert groups[0] == groups[1] == groups[2]
    assert groups[3] == groups[4] != groups[0]


def test_folders_group_and_none_does_not() -> None:
    sources, digests = ["a/1.jpg", "b/1.jpg", "a/2.jpg"], ["x", "x", "x"]
    assert group_images("folder", sources, digests, ["0"] * 3).tolist() == [0, 1, 0]
    assert group_images("none", sources, digests, ["0"] * 3).tolist() == [0, 1, 2]
