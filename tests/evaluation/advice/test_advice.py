from dataclasses import replace

from core.evaluation.advice.advice import MOST_SHOWN, advise
from core.evaluation.advice.facts import BetterThreshold, Pair, Training
from core.evaluation.matching.causes import Cause
from core.evaluation.matching.outcomes import Counts
from tests.factories.advice import QUIET, cost, cut, facts, scored


def test_nothing_is_said_about_a_detector_without_a_fault_or_without_objects() -> None:
    assert advise(QUIET) == []
    assert (
        advise(
            facts(whole=Counts(category_id=-1, name="all", tp=0, fp=50, fn=0), images_with_objects=0, costs=[cost()])
        )
        == []
    )


def test_the_most_ap_at_stake_comes_first_and_what_is_not_about_ap_last() -> None:
    found = advise(
        facts(
            costs=[cost(gain=0.02), cost(Cause.MISSED, gain=0.05)],
            pairs=[
                Pair(
                    classes=(0, 1),
                    names=("crane", "truck"),
                    first_as_second=20,
                    second_as_first=20,
                    objects=100,
                    gain=0.03,
                )
            ],
            threshold=BetterThreshold(score=0.5, f1=0.7, best_score=0.3, best_f1=0.8, each_f1=0.8, moved=100),
            slices=[cut(60, 0, 40)],
        )
    )
    # By hand: the threshold gains 0.1 of F1, the slice a tenth of 0.05.
    assert [one.key for one in found] == ["missed", "pair", "background", "threshold", "slice"]


def test_of_boxes_in_a_wrong_place_and_loose_ones_the_costlier_is_told() -> None:
    loose = scored(("crane", 0.5, 0.8, 0.4, 100))  # 0.7 × 0.8 - 0.4 = 0.16 at stake
    for gain, key in ((0.15, "loose"), (0.17, "location")):
        found = advise(facts(scores=loose, costs=[cost(Cause.LOCATION, gain=gain)]))
        assert [one.key for one in found] == [key]


def test_no_more_than_six_are_said() -> None:
    causes = [cost(cause) for cause in (Cause.LOCATION, Cause.DUPLICATE, Cause.BACKGROUND, Cause.MISSED)]
    crowded = facts(
        costs=causes,
        pairs=[
            Pair(
                classes=(0, 1), names=("crane", "truck"), first_as_second=20, second_as_first=20, objects=100, gain=0.03
            )
        ],
        beyond_cap={"crane": 100},
        training=Training({}, 10),
        images_with_objects=5,
    )
    assert len(advise(crowded)) == MOST_SHOWN == 6
    assert [one.key for one in advise(replace(crowded, costs=[], pairs=[], beyond_cap={}))] == ["sample", "turned"]
