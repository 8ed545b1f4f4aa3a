import numpy as np
import pandas as pd
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from core.evaluation.matching.matching import find_overlaps, match
from core.evaluation.matching.outcomes import Counts, Outcomes, add_up, count_classes, outcomes_at
from core.evaluation.predictions import Truth
from core.evaluation.scores.scores import AreaScores, score_boxes
from core.evaluation.slices.slices import Slice, slice_counts, slice_images, slice_scores, worst_first
from core.evaluation.slices.slicings import Part, Slicing, find_slicings
from tests.factories.results import Results, make_categories, make_detections, make_images, make_truths, random_results

SMALL = (50.0, 50.0, 80.0, 80.0)  # 900 px²
LARGER = (50.0, 50.0, 84.0, 84.0)  # 1156 px², IoU 0.78
ELSEWHERE = (120.0, 120.0, 130.0, 130.0)


def outcomes_of(results: Results, score: float = 0.4) -> Outcomes:
    truths, found = results.annotations, results.detections
    return outcomes_at(truths, found, match(truths, found, find_overlaps(truths, found), 0.5), score)


def truth_of(results: Results) -> Truth:
    return Truth(images=results.images, annotations=results.annotations, categories=results.categories)


def slicing_of(results: Results, name: str) -> Slicing:
    return next(slicing for slicing in find_slicings(truth_of(results), results.detections) if slicing.name == name)


@pytest.mark.parametrize("seed", range(4))
def test_the_counts_of_every_slicing_add_up_to_the_whole(seed: int) -> None:
    results = random_results(seed, images=40)
    images = results.images.assign(
        width=np.arange(40) % 3 * 100 + 100, split=["val", "test"] * 20, source=[f"f{n % 5}/{n}.png" for n in range(40)]
    )
    results = results.with_(images=images)
    outcomes = outcomes_of(results)
    whole = add_up(count_classes(outcomes, results.categories))
    slicings = find_slicings(truth_of(results), results.detections)
    assert {one.name for one in slicings} == {"size", "side", "border", "crowding", "orientation", "split", "folder"}

    for slicing in slicings:
        counts = add_up(slice_counts(slicing, outcomes, results.detections))
        assert (counts.tp, counts.fp, counts.fn) == (whole.tp, whole.fp, whole.fn), slicing.name
        if slicing.images is not None:
            assert sum(slice_images(slicing, truth_of(results))) == 40


def test_a_found_object_counts_in_its_own_size_and_a_false_positive_in_that_of_its_box() -> None:
    """By hand: a small object found by a larger box, a small one missed, a medium false positive."""
    results = Results(
        images=make_images(3),
        annotations=make_truths([(1, 0, SMALL, False), (1, 0, ELSEWHERE, False), (2, 0, LARGER, False)]),
        categories=make_categories("a"),
        detections=make_detections([(1, 0, LARGER, 0.9), (3, 0, LARGER, 0.8), (3, 0, SMALL, 0.1)]),
    )
    slicing = slicing_of(results, "size")

    counts = slice_counts(slicing, outcomes_of(results), results.detections)

    assert counts == [
        Counts(category_id=-1, name="size:small", tp=1, fp=0, fn=1),
        Counts(category_id=-1, name="size:medium", tp=0, fp=1, fn=1),
    ]
    assert slice_images(slicing, truth_of(results)) == [1, 1]


@pytest.mark.parametrize("seed", range(3))
def test_ap_by_size_is_that_of_cocos_table(seed: int) -> None:
    results = random_results(seed, images=30)
    expected = score_boxes(results.images, results.annotations, results.categories, results.detections)

    scores = slice_scores(slicing_of(results, "size"), truth_of(results), results.detections)

    assert [row.ap for row in scores] == pytest.approx([expected.ap_small, expected.ap_medium, expected.ap_large])


def test_ap_by_finer_sizes_is_that_of_pycocotools_with_these_ranges() -> None:
    results = random_results(5, images=30)
    slicing = slicing_of(results, "side")

    scores = slice_scores(slicing, truth_of(results), results.detections)

    expected = _pycocotools(results, [part.area for part in slicing.parts if part.area])
    assert len(expected) == len(scores) >= 4
    for mine, (ap, ap50) in zip(scores, expected, strict=True):
        assert mine.ap == pytest.approx(ap, abs=1e-6)
        assert mine.ap50 == pytest.approx(ap50, abs=1e-6)


def test_ap_of_images_is_that_of_these_images_alone_and_cut_objects_have_none() -> None:
    results = random_results(6, images=20)
    results = results.with_(images=results.images.assign(split=["val"] * 8 + ["test"] * 12))
    of_val = results.images[:8]
    found = results.detections[results.detections["image_id"] <= 8]
    expected = score_boxes(of_val, results.annotations, results.categories, found)

    scores = slice_scores(slicing_of(results, "split"), truth_of(results), results.detections)

    assert scores[1] == AreaScores(ap=expected.ap, ap50=expected.ap50)
    border = slice_scores(slicing_of(results, "border"), truth_of(results), results.detections)
    assert set(border) == {AreaScores(ap=None, ap50=None)}


def test_the_worst_comes_first_the_small_late_and_those_without_objects_last() -> None:
    def one(key: str, difference: float | None, objects: int, images: int = 50) -> Slice:
        counts = Counts(category_id=-1, name=key, tp=objects, fp=0, fn=0)
        return Slice(
            part=Part(key=key, title=key),
            slicing="size",
            of="objects",
            images=images,
            counts=counts,
            scores=AreaScores(ap=None, ap50=None),
            difference=difference,
        )

    slices = [
        one("good", 0.1, 30),
        one("none", None, 0),
        one("few objects", -0.9, 29),
        one("bad", -0.2, 30, 10),
        one("few images", -0.5, 30, 9),
    ]

    assert [row.part.key for row in worst_first(slices)] == ["bad", "good", "few objects", "few images", "none"]


def _pycocotools(results: Results, areas: list[tuple[float, float]]) -> list[tuple[float | None, float | None]]:
    def corner_and_size(row: pd.Series) -> list[float]:
        return [row.x1, row.y1, row.x2 - row.x1, row.y2 - row.y1]

    truth, found = COCO(), COCO()
    boxes = [
        {"id": int(row.annotation_id), "image_id": int(row.image_id), "category_id": int(row.category_id) + 1}
        | {"bbox": corner_and_size(row), "area": row.area, "iscrowd": int(row.is_crowd)}
        for row in results.annotations.itertuples()
    ]
    images = [{"id": int(key)} for key in results.images["image_id"]]
    categories = [{"id": int(key) + 1} for key in results.categories["category_id"]]
    truth.dataset = {"images": images, "categories": categories, "annotations": boxes}
    truth.createIndex()
    found = truth.loadRes(
        [
            {"image_id": int(row.image_id), "category_id": int(row.category_id) + 1, "score": row.score}
            | {"bbox": corner_and_size(row)}
            for row in results.detections.itertuples()
        ]
    )
    evaluator = COCOeval(truth, found, "bbox")
    evaluator.params.areaRng = [list(area) for area in areas]
    evaluator.params.areaRngLbl = [str(place) for place in range(len(areas))]
    evaluator.evaluate()
    evaluator.accumulate()
    precision = evaluator.eval["precision"]

    def mean(values: np.ndarray) -> float | None:
        defined = values[values > -1]
        return float(defined.mean()) if len(defined) else None

    return [(mean(precision[:, :, :, at, 2]), mean(precision[0, :, :, at, 2])) for at in range(len(areas))]
