import numpy as np
import pytest

from core.evaluation.predictions import Truth
from core.evaluation.slices.slicings import OF_OBJECTS, Slicing, find_slicings
from tests.factories.results import Results, make_categories, make_detections, make_images, make_truths, random_results

NOTHING = make_detections([])


def slicing_of(results: Results, name: str) -> Slicing:
    truth = Truth(images=results.images, annotations=results.annotations, categories=results.categories)
    return next(slicing for slicing in find_slicings(truth, results.detections) if slicing.name == name)


def parts_of(slicing: Slicing) -> list[str]:
    return [slicing.parts[place].key for place in (slicing.truths if slicing.images is None else slicing.images)]


def square(side: float, at: float = 20.0) -> tuple[float, float, float, float]:
    return (at, at, at + side, at + side)


def test_objects_are_cut_by_the_root_of_their_area_and_a_bound_belongs_to_the_part_above() -> None:
    truths = make_truths([(1, 0, square(side), False) for side in (7.9, 8, 31.9, 32, 95.9, 96)])
    results = Results(images=make_images(1), annotations=truths, categories=make_categories("a"), detections=NOTHING)

    assert parts_of(slicing_of(results, "size")) == ["size:small"] * 3 + ["size:medium"] * 2 + ["size:large"]
    sides = ["side:0-8", "side:8-16", "side:16-32", "side:32-64", "side:64-96", "side:96-256"]
    assert parts_of(slicing_of(results, "side")) == sides


def test_an_object_within_a_pixel_of_any_edge_is_cut_by_it() -> None:
    boxes = [(1.0, 50, 60, 60), (1.1, 50, 60, 60), (50, 0, 60, 60), (50, 50, 199, 60), (50, 50, 60, 198.9)]
    truths = make_truths([(1, 0, box, False) for box in boxes])

    slicing = slicing_of(
        Results(images=make_images(1), annotations=truths, categories=make_categories("a"), detections=NOTHING),
        "border",
    )

    assert [key.removeprefix("border:") for key in parts_of(slicing)] == ["cut", "inside", "cut", "cut", "inside"]


def test_images_are_cut_by_their_objects_and_a_crowd_region_is_none() -> None:
    numbers = {1: 0, 2: 1, 3: 5, 4: 6, 5: 20, 6: 21}
    rows = [(image, 0, square(9), False) for image, number in numbers.items() for _ in range(number)]
    truths = make_truths([*rows, (1, 0, square(50), True)])

    slicing = slicing_of(
        Results(images=make_images(6), annotations=truths, categories=make_categories("a"), detections=NOTHING),
        "crowding",
    )

    parts = [key.removeprefix("crowding:") for key in parts_of(slicing)]
    assert parts == ["0", "1-5", "1-5", "6-20", "6-20", "21-"]


@pytest.mark.parametrize(
    ("name", "column", "values", "expected"),
    [
        ("orientation", "width", [100, 200, 300, 0], ["portrait", "square", "landscape", "unknown"]),
        ("pixels", "width", [1249, 1250, 20_000, 0], ["0-0.25", "0.25-1", "4-", "unknown"]),
        ("split", "split", ["val", "", "val", "test"], ["val", "none", "val", "test"]),
        ("folder", "source", ["a/1.png", "2.png", "a\\3.png", "a/b/4.png"], ["a", ".", "a", "a/b"]),
    ],
    ids=["orientation", "pixels", "split", "folder"],
)
def test_images_are_cut_by(name: str, column: str, values: list[object], expected: list[str]) -> None:
    images = make_images(4).assign(**{column: values})

    slicing = slicing_of(
        Results(images=images, annotations=make_truths([]), categories=make_categories("a"), detections=NOTHING), name
    )

    assert parts_of(slicing) == [f"{name}:{key}" for key in expected]


def test_the_smaller_of_many_folders_are_one_part() -> None:
    images = make_images(15).assign(source=["big/0.png", *(f"f{number:02}/1.png" for number in range(13)), "big/1.png"])

    slicing = slicing_of(
        Results(images=images, annotations=make_truths([]), categories=make_categories("a"), detections=NOTHING),
        "folder",
    )

    assert [part.key for part in slicing.parts][:2] == ["folder:big", "folder:f00"]
    assert (len(slicing.parts), slicing.parts[-1].key, slicing.parts[-1].title) == (12, "folder:*", "3 smaller folders")
    assert slicing.images is not None
    assert np.bincount(slicing.images).tolist() == [2, *[1] * 10, 3]


def test_what_tells_nothing_apart_is_left_out() -> None:
    results = Results(
        images=make_images(2),
        annotations=make_truths([(1, 0, square(9), False)] * 2),
        categories=make_categories("a"),
        detections=NOTHING,
    )

    names = [slicing.name for slicing in find_slicings(_truth(results), NOTHING)]

    assert names == ["crowding"]


def test_every_image_object_and_detection_is_in_one_part() -> None:
    results = random_results(3, images=30)

    slicings = find_slicings(_truth(results), results.detections)

    assert {slicing.name for slicing in slicings} >= {"size", "side", "crowding"}
    for slicing in slicings:
        assert (slicing.images is None) == (slicing.name in OF_OBJECTS)
        for codes in (slicing.truths, slicing.detections):
            assert ((codes >= 0) & (codes < len(slicing.parts))).all()


def _truth(results: Results) -> Truth:
    return Truth(images=results.images, annotations=results.annotations, categories=results.categories)
