"""Reviewing label suspects: planted faults are found, decisions of two people, AP against the corrected truth."""

from pathlib import Path

import pytest

from core.errors import AppError, ConflictError, NotFoundError
from core.services import label_review
from core.services.evaluation import OpenEvaluation, open_evaluation
from core.services.label_review import ACCEPT, REJECT, SKIP, rescore
from core.settings import Settings
from tests.factories.label_issues import DoubtedMaker


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    return Settings(workspace=tmp_path)


@pytest.fixture
def doubted(here: Settings) -> OpenEvaluation:
    return open_evaluation(here, DoubtedMaker().make(here))


def test_each_planted_fault_is_found_and_nothing_else(here: Settings, doubted: OpenEvaluation) -> None:
    found = label_review.review_labels(here, doubted).suspects
    planted = DoubtedMaker().planted(doubted)
    assert dict(zip(found["kind"], found["annotation_id"], strict=True)) == planted
    assert found["score"].is_monotonic_decreasing


def test_accepting_every_fault_brings_ap_to_one(here: Settings, doubted: OpenEvaluation) -> None:
    """The detections are the sound labels, so against the corrected truth they must score AP 1.0."""
    found = label_review.review_labels(here, doubted)
    reviewed = label_review.decide(here, doubted, dict.fromkeys(found.suspects["suspect_id"].tolist(), ACCEPT))
    rescored = rescore(doubted, reviewed)
    assert rescored.before.ap == doubted.scores.ap
    assert rescored.before.ap is not None
    assert rescored.before.ap < 0.9
    assert rescored.after.ap == pytest.approx(1.0)
    assert reviewed.difference.words == "1 box added, 1 class changed, 1 box moved"
    assert (reviewed.decided, rescored.corrected) == (3, 3)


def test_rejected_and_skipped_ones_change_no_score(here: Settings, doubted: OpenEvaluation) -> None:
    first, second, third = label_review.review_labels(here, doubted).suspects["suspect_id"].tolist()
    reviewed = label_review.decide(here, doubted, {first: REJECT, second: SKIP})
    assert rescore(doubted, reviewed).after == doubted.scores
    assert (reviewed.decided, reviewed.counts) == (1, {ACCEPT: 0, REJECT: 1, SKIP: 1, "": 1})
    assert reviewed.next_to(first) == third
    assert label_review.decide(here, doubted, {third: REJECT}).next_to(third) == second


def test_what_two_people_decide_about_different_suspects_is_kept(here: Settings, doubted: OpenEvaluation) -> None:
    first, second, _ = label_review.review_labels(here, doubted).suspects["suspect_id"].tolist()
    label_review.decide(here, doubted, {first: ACCEPT}, seen={first: ""})
    reviewed = label_review.decide(here, doubted, {second: REJECT}, seen={second: ""})
    assert reviewed.suspects["verdict"].tolist() == [ACCEPT, REJECT, ""]


def test_a_verdict_is_only_replaced_by_somebody_who_has_seen_it(here: Settings, doubted: OpenEvaluation) -> None:
    first = int(label_review.review_labels(here, doubted).suspects["suspect_id"].iloc[0])
    label_review.decide(here, doubted, {first: ACCEPT}, seen={first: ""})
    with pytest.raises(ConflictError, match="accept"):
        label_review.decide(here, doubted, {first: REJECT}, seen={first: ""})
    assert label_review.review_labels(here, doubted).counts[ACCEPT] == 1
    assert label_review.decide(here, doubted, {first: REJECT}, seen={first: ACCEPT}).counts[REJECT] == 1


def test_a_verdict_can_be_taken_back(here: Settings, doubted: OpenEvaluation) -> None:
    first = int(label_review.review_labels(here, doubted).suspects["suspect_id"].iloc[0])
    label_review.decide(here, doubted, {first: ACCEPT})
    assert label_review.decide(here, doubted, {first: ""}).decisions == []


def test_the_next_evaluation_does_not_ask_again(here: Settings, doubted: OpenEvaluation) -> None:
    found = label_review.review_labels(here, doubted).suspects
    label_review.decide(here, doubted, dict.fromkeys(found["suspect_id"].tolist(), REJECT))
    # Another model: its boxes are elsewhere by a pixel, its ids and scores are others.
    other = open_evaluation(here, DoubtedMaker(dataset=str(doubted.request["dataset"]), shift=1.0).make(here))
    reviewed = label_review.review_labels(here, other)
    assert reviewed.suspects["verdict"].tolist() == [REJECT] * 3


@pytest.mark.parametrize(("key", "verdict", "error"), [(9999, ACCEPT, NotFoundError), (None, "perhaps", AppError)])
def test_what_cannot_be_decided_is_refused(
    here: Settings, doubted: OpenEvaluation, key: int | None, verdict: str, error: type[AppError]
) -> None:
    first = int(label_review.review_labels(here, doubted).suspects["suspect_id"].iloc[0])
    with pytest.raises(error):
        label_review.decide(here, doubted, {key or first: verdict})
    assert label_review.review_labels(here, doubted).decisions == []
