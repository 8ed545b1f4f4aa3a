import pytest

from core.errors import AppError
from core.evaluation.predictions import Truth, choose_images, join_classes
from tests.factories.results import make_categories, make_images, make_truths

BOX = (0.0, 0.0, 9.0, 9.0)


def make_truth() -> Truth:
    images = make_images(5).assign(split=["train", "val", "val", "", "val"])
    images["use"] = ["labelled", "labelled", "background", "labelled", "unlabelled"]
    return Truth(
        images=images,
        annotations=make_truths([(image, 0, BOX, False) for image in (1, 2, 4)]),
        categories=make_categories("a"),
    )


@pytest.mark.parametrize(
    ("split", "images", "objects"),
    [("val", [2, 3], [2]), ("train", [1], [1]), ("all", [1, 2, 3, 4], [1, 2, 3])],
    ids=["val", "train", "all"],
)
def test_a_split_leaves_out_what_is_not_labelled_yet(split: str, images: list[int], objects: list[int]) -> None:
    chosen = choose_images(make_truth(), split)
    assert chosen.images["image_id"].tolist() == images
    assert chosen.annotations["annotation_id"].tolist() == objects


def test_a_split_without_images_is_refused() -> None:
    with pytest.raises(AppError, match="no labelled image in the split 'test'"):
        choose_images(make_truth(), "test")


def test_classes_are_joined_by_name_and_strangers_are_named() -> None:
    joined = join_classes(["crane", " Truck", "boat"], make_categories("truck", "crane", "tree"))
    assert joined.category_ids.tolist() == [1, 0, -1]
    assert joined.notes == [
        "boat: the data set has no such class; its detections are left out.",
        "tree: the model does not know this class, so all of its objects count as missed.",
    ]


def test_a_model_that_shares_no_class_is_refused() -> None:
    with pytest.raises(AppError, match="share no class"):
        join_classes(["boat"], make_categories("truck"))
