"""Images that accompany others: by the name of their folder, and by the names that they share."""

import pytest

from core.labels.reading.companions import companions, in_named_folders

PHOTOS = ["images/a.jpg", "images/b.jpg"]


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("SegmentationClass", "masks"), ("SegmentationClassPNG", "masks"), ("masks", "masks"), ("train_masks", "masks"),
        ("gtFine", "masks"), ("labelIds", "masks"), ("depth", "depth images"), ("x_depth", "depth images"),
        ("disparity", "depth images"), ("crops", "crops"), ("thumbs", "crops"), ("preview", "visualisations"),
        ("photos2", ""), ("masked_people", ""), ("cropland", ""),
    ],
)  # fmt: skip
def test_a_folder_is_known_by_its_name(folder: str, kind: str) -> None:
    others = [f"{folder}/a.png", f"{folder}/b.png"]
    assert companions(PHOTOS + others, set(PHOTOS)) == (dict.fromkeys(others, kind) if kind else {})


def test_a_folder_that_labels_speak_of_accompanies_nothing() -> None:
    assert companions([*PHOTOS, "masks/a.png"], {"masks/a.png"}) == {}


def test_masks_of_other_names_are_images_but_crops_may_have_any() -> None:
    assert companions([*PHOTOS, "masks/x.png"], set()) == {}
    assert companions([*PHOTOS, "crops/x.png"], set()) == {"crops/x.png": "crops"}


def test_images_of_masks_alone_are_images() -> None:
    assert companions(["masks/a.png"], set()) == {}


def test_the_other_of_two_images_of_one_name_is_meant() -> None:
    assert in_named_folders(["rgb/a.jpg", "depth/a.png"]) == {"depth/a.png"}
