"""AP lost to each cause, against tidecv and hotcoco's TIDE, and by hand."""

from itertools import combinations

import hotcoco
import numpy as np
import pytest

from core.boxes import xyxy_to_xywh
from core.evaluation.matching.causes import CAUSES, Cause
from core.evaluation.matching.matching import find_overlaps, match
from core.evaluation.scores.delta_ap import DeltaAP, Repairs, prepare_repairs
from core.evaluation.scores.scores import score_boxes
from core.tables import boxes_xyxy
from tests.factories.results import Results, make_categories, make_detections, make_images, make_truths, random_results
from tests.factories.tide import tidecv

# tidecv reads precision at k / 100, pycocotools and we at a linspace whose last bits differ: that alone moves the AP of
# a class with few objects by up to a tenth of a point. With tidecv's recalls the rest must be equal to rounding.
TIDECVS_RECALLS = np.arange(101) / 100
A_TENTH_OF_A_POINT, ROUNDING = 0.001, 1e-9
THEIRS = {
    Cause.CLASS: tidecv.ClassError,
    Cause.LOCATION: tidecv.BoxError,
    Cause.BOTH: tidecv.OtherError,
    Cause.DUPLICATE: tidecv.DuplicateError,
    Cause.BACKGROUND: tidecv.BackgroundError,
    Cause.MISSED: tidecv.MissedError,
}
SQUARE = (0.0, 0.0, 20.0, 20.0)
LOWER_HALF = (0.0, 10.0, 20.0, 30.0)  # shares a third of the union with SQUARE
FAR = (100.0, 100.0, 120.0, 120.0)


def repairs(results: Results, iou: float = 0.5) -> Repairs:
    pairs = find_overlaps(results.annotations, results.detections)
    matching = match(results.annotations, results.detections, pairs, iou)
    return prepare_repairs(results.annotations, results.detections, matching, len(results.categories))


def run_tidecv(results: Results, iou: float = 0.5) -> tidecv.TIDERun:
    """tidecv on the same boxes, without its cap on detections. Its figures are in per cent."""
    truth, found = tidecv.Data("truth", max_dets=100_000), tidecv.Data("found")
    for image in results.images["image_id"].tolist():
        truth.add_image(image, str(image))
    for table, add in ((results.annotations, truth.add_ground_truth), (results.detections, found.add_detection)):
        boxes = xyxy_to_xywh(boxes_xyxy(table)).tolist()
        scores = [()] * len(table) if "score" not in table else [(score,) for score in table["score"].tolist()]
        rows = zip(table["image_id"].tolist(), table["category_id"].tolist(), scores, boxes, strict=True)
        for image, kind, score, box in rows:
            add(image, kind, *score, box)
    return tidecv.TIDE().evaluate(truth, found, pos_threshold=iou)


def jittered(seed: int, **options: object) -> Results:
    """Random results without crowd, and without overlaps of exactly the ruling IoU, where the two rules differ."""
    results = random_results(seed, crowd=0.0, **options)  # type: ignore[arg-type]
    random = np.random.default_rng(seed)
    x = random.random(len(results.detections))
    moved = results.detections.assign(x1=results.detections["x1"] - x, y1=results.detections["y1"] - x / 3)
    return results.with_(detections=moved)


RANDOM = {
    **{f"seed {seed}": jittered(seed) for seed in range(4)},
    "crowded": jittered(10, images=4, truths=40, copies=4),
    "much mixed up": jittered(11, images=30, classes=6, confusion=0.6),
    "mostly missed": jittered(12, images=30, copies=1, strays=12),
    "one class": jittered(13, images=20, classes=1),
}


@pytest.fixture(params=[A_TENTH_OF_A_POINT, ROUNDING], ids=["own recalls", "tidecv's recalls"])
def equal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> float:
    """How far the two may be apart."""
    if request.param == ROUNDING:
        monkeypatch.setattr("core.evaluation.scores.delta_ap.RECALLS", TIDECVS_RECALLS)
    return float(request.param)


@pytest.mark.parametrize("iou", [0.5, 0.7])
@pytest.mark.parametrize("results", RANDOM.values(), ids=RANDOM.keys())
def test_what_each_cause_costs_is_what_tidecv_says(results: Results, iou: float, equal: float) -> None:
    theirs, ours = run_tidecv(results, iou), repairs(results, iou).delta_ap()
    costs = theirs.fix_main_errors()
    special = theirs.fix_special_errors()
    assert ours.ap == pytest.approx(theirs.ap / 100, abs=equal)
    assert ours.by_cause == pytest.approx({cause: costs[name] / 100 for cause, name in THEIRS.items()}, abs=equal)
    assert ours.false_positives == pytest.approx(special[tidecv.FalsePositiveError] / 100, abs=equal)
    assert ours.false_negatives == pytest.approx(special[tidecv.FalseNegativeError] / 100, abs=equal)


@pytest.mark.parametrize("results", RANDOM.values(), ids=RANDOM.keys())
def test_several_causes_repaired_together_give_what_tidecv_gives(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.evaluation.scores.delta_ap.RECALLS", TIDECVS_RECALLS)
    theirs, ours = run_tidecv(results), repairs(results)
    for causes in combinations(CAUSES, 2):
        wanted = tuple(THEIRS[cause] for cause in causes)
        fixed = theirs.fix_errors(lambda error, wanted=wanted: isinstance(error, wanted))
        assert ours.ap(causes) == pytest.approx(max(fixed.get_mAP(), theirs.ap) / 100, abs=ROUNDING), causes


@pytest.mark.parametrize("results", RANDOM.values(), ids=RANDOM.keys())
def test_what_each_cause_costs_is_what_hotcoco_says(results: Results) -> None:
    """To six digits: hotcoco reads precision at the same 101 recalls as pycocotools and we do."""
    theirs = tide_of_hotcoco(results)
    costs, ours = theirs["delta_ap"], repairs(results).delta_ap()
    names = {"Cls": "class", "Loc": "location", "Both": "both", "Dupe": "duplicate", "Bkg": "background"}
    expected = {**{name: costs[short] for short, name in names.items()}, "missed": costs["Miss"]}
    assert ours.by_cause == pytest.approx(expected, abs=1e-6)
    assert (ours.false_positives, ours.false_negatives) == pytest.approx((costs["FP"], costs["FN"]), abs=1e-6)


def tide_of_hotcoco(results: Results) -> dict:
    images = [{"id": key, "width": 200, "height": 200} for key in results.images["image_id"].tolist()]
    categories = [{"id": key, "name": str(key)} for key in results.categories["category_id"].tolist()]
    truths, found = results.annotations, results.detections
    truth = hotcoco.COCO.from_arrays(
        images=images,
        categories=categories,
        image_ids=truths["image_id"].to_numpy(),
        category_ids=truths["category_id"].to_numpy(),
        boxes=xyxy_to_xywh(boxes_xyxy(truths)),
        ids=truths["annotation_id"].to_numpy(),
        area=truths["area"].to_numpy(),
        iscrowd=np.zeros(len(truths), dtype=np.int64),
    )
    columns = [found["image_id"], xyxy_to_xywh(boxes_xyxy(found)), found[["score", "category_id"]]]
    evaluator = hotcoco.COCOeval(truth, truth.load_res(np.column_stack(columns)), "bbox")
    evaluator.evaluate()
    return evaluator.tide_errors(0.5, 0.1)


@pytest.mark.parametrize("crowd", [0.0, 0.3], ids=["no crowd", "crowd"])
def test_without_repairs_it_is_the_ap_of_the_table(crowd: float) -> None:
    results = random_results(30, crowd=crowd, strays=1)  # too few on an image for COCO's cap
    table = score_boxes(results.images, results.annotations, results.categories, results.detections)
    assert repairs(results).ap() == pytest.approx(table.ap50, abs=1e-9)
    assert repairs(results, 0.75).ap() == pytest.approx(table.ap75, abs=1e-9)


def test_everything_repaired_is_perfect() -> None:
    for results in RANDOM.values():
        assert repairs(results).ap(CAUSES) == pytest.approx(1.0)


def by_hand(truths: list, found: list) -> Results:
    return Results(
        images=make_images(2),
        annotations=make_truths(truths),
        categories=make_categories("a", "b"),
        detections=make_detections(found),
    )


def test_by_hand() -> None:
    """Two objects of a: one found, the other by a box too far off. Then AP = 51/101, since recall ends at one half.

    Repaired, the weaker detection finds the second object: AP 1. As a false positive it ranks behind the hit and costs
    nothing, so removing it adds nothing; nor is the second object missed, because the mistake was meant for it.
    """
    truths = [(1, 0, SQUARE, False), (2, 0, SQUARE, False)]
    lost = repairs(by_hand(truths, [(1, 0, SQUARE, 0.9), (2, 0, LOWER_HALF, 0.8)])).delta_ap()
    half = 51 / 101
    assert lost.ap == pytest.approx(half)
    assert lost.by_cause == pytest.approx(
        {"class": 0, "location": 1 - half, "both": 0, "duplicate": 0, "background": 0, "missed": 0}
    )
    assert (lost.false_positives, lost.false_negatives) == pytest.approx((0.0, 1 - half))


def test_of_two_mistakes_meant_for_one_object_the_stronger_one_finds_it() -> None:
    """Class alone removes the weaker detection of b and finds nothing; location finds the object at the first place."""
    truths = [(1, 0, SQUARE, False)]
    found = [(1, 0, LOWER_HALF, 0.9), (1, 1, SQUARE, 0.8)]
    ready = repairs(by_hand(truths, found))
    assert ready.ap() == 0.0
    assert ready.ap([Cause.CLASS]) == 0.0
    assert ready.ap([Cause.LOCATION]) == pytest.approx(1.0)


def test_a_class_without_objects_does_not_count() -> None:
    """tidecv would count b as 0, and halve the AP; COCO leaves it out."""
    ready = repairs(by_hand([(1, 0, SQUARE, False)], [(1, 0, SQUARE, 0.9), (1, 1, FAR, 0.8)]))
    assert ready.ap() == 1.0
    assert ready.delta_ap().by_cause[Cause.BACKGROUND] == 0.0


def test_without_objects_nothing_can_be_computed() -> None:
    nothing = repairs(by_hand([], [(1, 0, SQUARE, 0.9)]))
    assert nothing.ap(CAUSES) is None
    assert nothing.delta_ap() == DeltaAP(
        ap=None, by_cause=dict.fromkeys(CAUSES), false_positives=None, false_negatives=None
    )


def test_without_detections_all_is_lost_to_missed_objects() -> None:
    lost = repairs(by_hand([(1, 0, SQUARE, False)], [])).delta_ap()
    assert (lost.ap, lost.by_cause[Cause.MISSED], lost.false_negatives, lost.false_positives) == (0.0, 1.0, 1.0, 0.0)
