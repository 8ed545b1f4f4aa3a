from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import AppError
from core.labels.imports.folds import assign_folds, groups_of, images_to_fold
from core.labels.label_set import LabelSet
from core.progress import say_nothing
from core.tables import ANNOTATIONS, CATEGORIES, IMAGES, from_columns


def _labels(image_count: int = 40, sources: list[str] | None = None, rare_every: int = 4) -> LabelSet:
    """Each image holds class 0, every fourth class 1 too; the last two are for testing, the first not labelled."""
    ids = list(range(1, image_count + 1))
    names = sources or [f"{i}.png" for i in ids]
    images = from_columns(
        IMAGES,
        {
            "image_id": ids,
            "file_name": names,
            "width": [8] * image_count,
            "height": [8] * image_count,
            "split": ["val" if i % 5 == 0 else "train" for i in ids[:-2]] + ["test"] * 2,
            "use": ["unlabelled"] + ["labelled"] * (image_count - 1),
            "source": names,
            "content_hash": [""] * image_count,
        },
    )
    objects = [(i, 0) for i in ids[1:]] + [(i, 1) for i in ids[1:] if i % rare_every == 0]
    annotations = from_columns(
        ANNOTATIONS,
        {
            **dict.fromkeys(("x1", "y1", "source_line"), [0] * len(objects)),
            **dict.fromkeys(("x2", "y2", "area"), [4] * len(objects)),
            **dict.fromkeys(("segmentation", "source_file"), [""] * len(objects)),
            "annotation_id": range(1, len(objects) + 1),
            "image_id": [image for image, _ in objects],
            "category_id": [category for _, category in objects],
            "is_crowd": [False] * len(objects),
        },
    )
    categories = from_columns(CATEGORIES, {"category_id": [0, 1], "name": ["a", "b"], "source_id": ["a", "b"]})
    return LabelSet(images=images, annotations=annotations, categories=categories)


def test_folds_are_made_of_training_and_validation_images_in_use() -> None:
    assert images_to_fold(_labels()).images["image_id"].tolist() == list(range(2, 39))


def test_folds_have_equal_sizes_and_the_rare_class_is_in_each() -> None:
    labels = images_to_fold(_labels(42))
    folds = assign_folds(labels, np.arange(len(labels.images)), 3, seed=0)
    assert np.bincount(folds).tolist() == [13, 13, 13]
    rare = labels.images["image_id"].to_numpy() % 4 == 0
    assert sorted(np.bincount(folds[rare])) == [3, 3, 4]


def test_the_same_seed_gives_the_same_folds_and_another_one_others() -> None:
    labels = images_to_fold(_labels())
    each = np.arange(len(labels.images))
    first, again, other = (assign_folds(labels, each, 4, seed).tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_groups_stay_together(tmp_path: Path) -> None:
    sources = [f"clip{i // 5}_{i:03}.png" for i in range(40)]
    labels = images_to_fold(_labels(sources=sources))
    groups = groups_of(labels, "stem", tmp_path, say_nothing)
    folds = assign_folds(labels, groups, 3, seed=0)
    assert len(set(groups)) == 8
    assert all(len(set(folds[groups == group])) == 1 for group in set(groups))


def test_copies_of_one_image_are_found_by_reading_the_stored_images(tmp_path: Path) -> None:
    labels = images_to_fold(_labels(8))
    random = np.random.default_rng(0)
    pixels = [random.integers(0, 255, (32, 32, 3), dtype=np.uint8) for _ in range(4)]
    for place, name in enumerate(labels.images["file_name"]):
        Image.fromarray(pixels[place % 4]).save(tmp_path / name)
    groups = groups_of(labels, "duplicates", tmp_path, say_nothing)
    assert len(labels.images) == 5
    assert groups[0] == groups[4]
    assert len(set(groups)) == 4


@pytest.mark.parametrize("folds", [1, 21])
def test_a_number_of_folds_that_makes_no_sense_is_refused(folds: int) -> None:
    labels = images_to_fold(_labels())
    with pytest.raises(AppError, match="cannot be trained") as caught:
        assign_folds(labels, np.arange(len(labels.images)), folds, 0)
    assert "between 2 and 20" in caught.value.remedy
