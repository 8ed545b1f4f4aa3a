import pytest

from core.evaluation.advice.advice import advise
from core.evaluation.advice.facts import Advice, BetterThreshold, Pair, Training
from core.evaluation.matching.causes import Cause
from core.figures.words.advice import finding_words, link_words, next_words
from tests.evaluation.advice.test_on_use import bins
from tests.factories.advice import cost, cut, facts, scored


def only(**changes: object) -> Advice:
    (one,) = advise(facts(**changes))
    return one


MISSED = cost(Cause.MISSED, gain=0.082, count=37, of=90, class_name="Platelets")
EVEN = ("truck", 0.6, 0.8, 0.6, 500)

WORDS = {
    "missed": (
        only(costs=[MISSED]),
        "41 % of the AP lost at IoU 0.5 is missed Platelets: nothing finds 37 of 90, at any score.",
    ),
    "background": (
        only(costs=[cost(gain=0.1, count=1234, of=5000)]),
        "50 % of the AP lost at IoU 0.5 is false positives on nothing: 1,234 of 5,000 detections at score 0.5.",
    ),
    "labels": (
        only(costs=[cost(gain=0.1, count=1234, of=5000, sure=17)], knows_labels=True),
        "50 % of the AP lost at IoU 0.5 is false positives on nothing: 1,234 of 5,000 detections at score 0.5, "
        "17 of them at 0.9 or more.",
    ),
    "location": (
        only(costs=[cost(Cause.LOCATION, class_name="crane")]),
        "5 % of the AP lost at IoU 0.5 is boxes of crane in a wrong place: 20 of 1,000 detections at score 0.5.",
    ),
    "duplicate": (
        only(costs=[cost(Cause.DUPLICATE)]),
        "5 % of the AP lost at IoU 0.5 is objects found twice: 20 of 1,000 detections at score 0.5.",
    ),
    "loose": (
        only(scores=scored(("crane", 0.5, 0.8, 0.3, 100), EVEN)),
        "Boxes of crane fit loosely: AP75 30.0 against AP50 80.0, of which good detectors keep about 70 %.",
    ),
    "pair": (
        only(
            pairs=[
                Pair(
                    classes=(0, 1),
                    names=("crane", "truck"),
                    first_as_second=6,
                    second_as_first=14,
                    objects=400,
                    gain=0.01,
                )
            ]
        ),
        "crane and truck are mixed up both ways: 6 and 14 of 400 objects at score 0.5.",
    ),
    "cap": (
        only(beyond_cap={"crane": 40}),
        "40 of 500 crane can never count: AP takes the 100 best detections of a class on an image.",
    ),
    "few_examples": (
        only(scores=scored(("crane", 0.2, 0.8, 0.6, 20), EVEN), training=Training({"crane": 12, "truck": 400})),
        "crane is in 12 training images only, and its AP is 20.0 against 60.0 of the others.",
    ),
    "slice": (
        only(slices=[cut(60, 10, 40)]),
        "Objects the slice border:cut: recall 60.0 against 80.0 on the whole (100 objects, score 0.5).",
    ),
    "threshold": (
        only(threshold=BetterThreshold(score=0.5, f1=0.7, best_score=0.3, best_f1=0.8, each_f1=0.8, moved=100)),
        "With score 0.30, F1 is 80.0 instead of 70.0 at 0.5.",
    ),
    "thresholds": (
        only(threshold=BetterThreshold(score=0.5, f1=0.7, best_score=0.3, best_f1=0.8, each_f1=0.9, moved=100)),
        "With a threshold for each class, F1 is 90.0 instead of 70.0 at 0.5.",
    ),
    "calibration": (
        only(calibration=bins(100, 0.85, 0.7)),
        "Scores from 0.5 promise 85.0 % right on average, and 70.0 % of these 100 detections are.",
    ),
    "calibration with temperatures": (
        only(calibration=bins(100, 0.85, 0.7), has_temperatures=True),
        "Calibrated scores from 0.5 promise 85.0 % right on average, and 70.0 % of these 100 detections are.",
    ),
    "empty": (
        only(empty_images=10, empty_false_positives=20),
        "20 false positives on 10 images without any object, at score 0.5.",
    ),
    "turned": (
        only(training=Training({}, 1200)),
        "Validation loss has risen since iteration 1,200, while training loss fell.",
    ),
    "few images": (
        only(images_with_objects=12),
        "Only 12 images show an object: too few to tell how certain these figures are.",
    ),
    "wide bars": (only(half_width=0.062), "AP is known to within ± 6.2 points only (200 images)."),
}


@pytest.mark.parametrize(("advice", "words"), WORDS.values(), ids=WORDS.keys())
def test_each_piece_of_advice_gives_its_figures_and_says_what_to_do(advice: Advice, words: str) -> None:
    assert finding_words(advice) == words
    assert next_words(advice).endswith(".")
    assert bool(link_words(advice)) is bool(advice.images)


def test_what_to_do_about_missed_objects_depends_on_where_they_are() -> None:
    places = {"side:8-16": "larger input size", "border:cut": "edge", "": "Platelets"}
    for key, words in places.items():
        missed = only(costs=[cost(Cause.MISSED, class_name="Platelets", slice_key=key, slice_title="8 to 16 px")])
        assert words in next_words(missed)
        assert ("(8 to 16 px)" in finding_words(missed)) is bool(key)
