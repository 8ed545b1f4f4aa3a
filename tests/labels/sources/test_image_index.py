"""Finding images by path, name and folders without their roles; the rule is held by test_rule_01_path_then_name.py."""

import pytest

from core.labels.sources.image_index import (
    ImageIndex,
    common_prefix,
    fold,
    has_image_suffix,
    pair_key,
    split_reference,
)

IMAGES = ["train/images/a.jpg", "val/images/a.jpg", "val/images/b.png", "depth/b.png"]


@pytest.mark.parametrize(
    ("label", "image", "candidates"),
    [
        ("train/labels/a.txt", "train/images/a.jpg", ()),
        ("val/labels/a.txt", "val/images/a.jpg", ()),
        ("labels/a.txt", "", ("train/images/a.jpg", "val/images/a.jpg")),
        ("labels/b.txt", "val/images/b.png", ()),
        ("test/labels/b.txt", "", ("val/images/b.png", "depth/b.png")),
        ("labels/z.txt", "", ()),
    ],
)
def test_a_label_file_is_paired_by_its_folders(label: str, image: str, candidates: tuple[str, ...]) -> None:
    match = ImageIndex(images=IMAGES, accompanying=frozenset({"depth/b.png"})).pair(label)
    assert (match.image, match.candidates) == (image, candidates)


@pytest.mark.parametrize(
    ("name", "beside", "image"),
    [
        ("train/images/a.jpg", "x.json", "train/images/a.jpg"),
        ("images/a.jpg", "val/x.json", "val/images/a.jpg"),
        ("../images/a.jpg", "val/labels/x.json", "val/images/a.jpg"),
        ("a.jpg", "train/images/x.json", "train/images/a.jpg"),
        ("a.jpg", "instances_val.json", "val/images/a.jpg"),
        ("C:\\set\\train\\images\\A.JPG", "x.json", "train/images/a.jpg"),
        ("file:///home/x/val/images/a.jpg", "x.json", "val/images/a.jpg"),
        ("b.jpeg", "val/x.json", "val/images/b.png"),
        ("a.jpg", "x.json", ""),
        ("test/a.jpg", "x.json", ""),
        ("", "x.json", ""),
        ("..", "x.json", ""),
        ("/", "x.json", ""),
    ],
)
def test_a_name_is_followed_from_the_label_file(name: str, beside: str, image: str) -> None:
    assert ImageIndex(images=IMAGES).find(name, beside).image == image


@pytest.mark.parametrize(
    ("name", "parts", "is_absolute"),
    [
        ("a/B.jpg", ("a", "b.jpg"), False),
        ("/a/b.jpg", ("a", "b.jpg"), True),
        ("D:\\x\\b.jpg", ("x", "b.jpg"), True),
        ("gs://bucket/b.jpg", ("bucket", "b.jpg"), True),
        ("10:30.jpg", ("10:30.jpg",), False),
        ("  a.jpg ", ("a.jpg",), False),
    ],
)
def test_a_reference_is_taken_apart(name: str, parts: tuple[str, ...], is_absolute: bool) -> None:
    assert split_reference(name) == (parts, is_absolute)


def test_names_are_compared_composed_and_without_case() -> None:
    assert fold("Ko\u0308LN") == fold("k\u00f6ln") == "k\u00f6ln"
    assert pair_key("train/Labels/A.txt") == pair_key("train/images/a.jpg") == "train/a"
    assert common_prefix([("a", "b", "1"), ("a", "c", "2")]) == ("a",)
    assert common_prefix([]) == ()
    assert [has_image_suffix(path) for path in ("a.HEIC", "a.tif", "a.txt")] == [True, True, False]


@pytest.mark.parametrize(
    ("reference", "beside", "found"),
    [
        pytest.param("b/a.jpg", "", "b/a.jpg", id="by path"),
        pytest.param("C:\\data\\c\\a.jpg", "", "c/a.jpg", id="by a foreign path"),
        pytest.param("a.jpg", "c/a.xml", "c/a.jpg", id="by the folder of the label"),
        pytest.param("a.jpg", "", None, id="two fit equally well"),
        pytest.param("", "", None, id="no name"),
    ],
)
def test_an_image_is_found_by_its_reference(reference: str, beside: str, found: str | None) -> None:
    assert ImageIndex(images=["b/a.jpg", "c/a.jpg"]).find(reference, beside).image == (found or "")
