"""The fixed images of a run: which are chosen, and what is kept of each evaluation."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.evaluation import validation_samples
from core.evaluation.validation_samples import (
    SampleBook,
    choose_samples,
    kept_steps,
    load_images,
    load_step,
    steps_to_drop,
)
from core.tables import ANNOTATIONS, DETECTIONS, IMAGES, from_columns


def images_of(number: int) -> pd.DataFrame:
    ids = range(1, number + 1)
    names = [f"{one}.png" for one in ids]
    texts = {name: [""] * number for name in ("split", "use", "source", "content_hash")}
    return from_columns(
        IMAGES, {"image_id": ids, "file_name": names, "width": [100] * number, "height": [80] * number, **texts}
    )


def objects_on(pairs: list[tuple[int, int]], is_crowd: bool = False) -> pd.DataFrame:
    """An object of a class on an image, for each (image_id, category_id)."""
    number = len(pairs)
    corners = {"x1": [10.0] * number, "y1": [10.0] * number, "x2": [30.0] * number, "y2": [30.0] * number}
    texts = {name: [""] * number for name in ("segmentation", "source_file")}
    return from_columns(
        ANNOTATIONS,
        {
            "annotation_id": range(1, number + 1),
            "image_id": [image for image, _ in pairs],
            "category_id": [category for _, category in pairs],
            "area": [400.0] * number,
            "is_crowd": [is_crowd] * number,
            "source_line": [0] * number,
            **corners,
            **texts,
        },
    )


def found_on(image_ids: list[int], scores: list[float]) -> pd.DataFrame:
    number = len(image_ids)
    corners = {"x1": [10.0] * number, "y1": [10.0] * number, "x2": [30.0] * number, "y2": [30.0] * number}
    return from_columns(
        DETECTIONS,
        {
            "detection_id": range(1, number + 1),
            "image_id": image_ids,
            "category_id": [0] * number,
            "score": scores,
            **corners,
        },
    )


def test_every_class_is_on_one_of_the_images_even_if_one_image_of_500_has_it() -> None:
    common = [(image, image % 2) for image in range(1, 501)]
    rare = [(77, 2), (301, 3), (302, 3), (400, 4)]
    chosen = choose_samples(images_of(500), objects_on(common + rare))
    assert len(chosen) == 8
    assert {77, 400} < set(chosen)
    assert {301, 302} & set(chosen)
    assert {image % 2 for image in chosen} == {0, 1}


def test_with_more_classes_than_images_those_with_many_classes_are_preferred() -> None:
    pairs = [(image, image - 1) for image in range(1, 21)] + [(40, category) for category in range(20)]
    assert 40 in choose_samples(images_of(40), objects_on(pairs))


def test_the_choice_depends_on_the_images_alone_and_not_on_their_order() -> None:
    images, objects = images_of(60), objects_on([(image, image % 3) for image in range(1, 61)])
    shuffled = images.sample(frac=1, random_state=3).reset_index(drop=True)
    assert choose_samples(images, objects) == choose_samples(shuffled, objects.sample(frac=1, random_state=4))


def test_images_without_objects_only_fill_up_and_few_images_are_all_taken() -> None:
    crowd = objects_on([(5, 0)], is_crowd=True)
    objects = pd.concat([objects_on([(2, 0), (9, 0)]), crowd], ignore_index=True)
    chosen = choose_samples(images_of(30), objects)
    assert len(chosen) == 8
    assert {2, 9} < set(chosen)
    assert choose_samples(images_of(3), objects_on([(1, 0)])) == [1, 2, 3]
    assert choose_samples(images_of(0), objects_on([])) == []


def test_only_the_surest_boxes_of_the_chosen_images_are_kept(tmp_path: Path) -> None:
    book = SampleBook(tmp_path / "samples", images_of(3), objects_on([(1, 0)]))
    scores = np.linspace(0.01, 0.99, 60)
    book.write(10, found_on([1] * 60 + [2, 99], [*scores, 0.3, 0.9]))
    step = load_step(tmp_path / "samples", 10)
    assert step.groupby("image_id").size().to_dict() == {1: validation_samples.MOST_BOXES, 2: 1}
    assert step.loc[step["image_id"] == 1, "score"].min() == pytest.approx(scores[20])
    images = load_images(tmp_path / "samples")
    assert images is not None
    assert images.images["image_id"].tolist() == [1, 2, 3]
    assert len(images.truths) == 1


def test_a_run_that_went_back_forgets_what_came_after(tmp_path: Path) -> None:
    book = SampleBook(tmp_path, images_of(3), objects_on([(1, 0)]))
    for iteration in (10, 20, 30):
        book.write(iteration, found_on([1], [0.5]))
    again = SampleBook(tmp_path, images_of(3), objects_on([(1, 0)]))
    again.write(15, found_on([1], [0.7]))
    assert kept_steps(tmp_path) == [10, 15]


def test_other_images_begin_a_new_book(tmp_path: Path) -> None:
    SampleBook(tmp_path, images_of(3), objects_on([(1, 0)])).write(10, found_on([1], [0.5]))
    SampleBook(tmp_path, images_of(4), objects_on([(1, 0)])).write(20, found_on([1], [0.5]))
    assert kept_steps(tmp_path) == [20]


def test_a_long_run_keeps_a_bounded_number_of_steps_that_lie_evenly() -> None:
    kept: list[int] = []
    for iteration in range(1000, 271_000, 1000):
        kept.append(iteration)
        kept = sorted(set(kept) - set(steps_to_drop(kept, iteration)))
    gaps = np.diff(kept)
    assert len(kept) == validation_samples.MOST_STEPS
    assert (kept[0], kept[-1]) == (1000, 270_000)
    assert gaps.max() <= 8 * gaps.min()


def test_a_full_disk_costs_the_samples_and_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(validation_samples, "write_table", full)
    with caplog.at_level(logging.WARNING):
        SampleBook(tmp_path, images_of(3), objects_on([(1, 0)])).write(10, found_on([1], [0.5]))
    assert "iteration 10 could not be kept" in caplog.text
    assert kept_steps(tmp_path) == []
