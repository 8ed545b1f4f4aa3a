"""Label review: planted faults are found, two users decide, AP against the corrected truth."""

from pathlib import Path

import pytest

from core.errors import AppError, ConflictError, NotFoundError
from core.services import label_review
from core.services.evaluation import OpenEvaluation, open_evaluation
from core.services.label_review import ACCEPT, REJECT, SKIP, rescore
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.label_issues import LabelIssuesMaker


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(workspace=tmp_path)


@pytest.fixture
def label_issues(settings: Settings) -> OpenEvaluation:
    return open_evaluation(settings, LabelIssuesMaker().make(settings))


def test_each_planted_fault_is_found_and_nothing_else(settings: Settings, label_issues: OpenEvaluation) -> None:
    found = label_review.review_labels(settings, label_issues).label_issues
    planted = LabelIssuesMaker().planted(label_issues)
    assert dict(zip(found["kind"], found["annotation_id"], strict=True)) == planted
    assert found["score"].is_monotonic_decreasing


def test_accepting_every_fault_brings_ap_to_one(settings: Settings, label_issues: OpenEvaluation) -> None:
    """The detections are the sound labels, so against the corrected truth they must score AP 1.0."""
    found = label_review.review_labels(settings, label_issues)
    reviewed = label_review.decide(
        settings, label_issues, dict.fromkeys(found.label_issues["suspect_id"].tolist(), ACCEPT), actor=ADA
    )
    rescored = rescore(label_issues, reviewed)
    assert rescored.before.ap == label_issues.scores.ap
    assert rescored.before.ap is not None
    assert rescored.before.ap < 0.9
    assert rescored.after.ap == pytest.approx(1.0)
    assert reviewed.difference.words == "1 box added, 1 class changed, 1 box moved"
    assert (reviewed.decided, rescored.corrected) == (3, 3)


def test_rejected_and_skipped_ones_change_no_score(settings: Settings, label_issues: OpenEvaluation) -> None:
    first, second, third = label_review.review_labels(settings, label_issues).label_issues["suspect_id"].tolist()
    reviewed = label_review.decide(settings, label_issues, {first: REJECT, second: SKIP}, actor=ADA)
    assert rescore(label_issues, reviewed).after == label_issues.scores
    assert (reviewed.decided, reviewed.counts) == (1, {ACCEPT: 0, REJECT: 1, SKIP: 1, "": 1})
    assert reviewed.next_to(first) == third
    assert label_review.decide(settings, label_issues, {third: REJECT}, actor=ADA).next_to(third) == second


def test_what_two_people_decide_about_different_label_issues_is_kept(
    settings: Settings, label_issues: OpenEvaluation
) -> None:
    first, second, _ = label_review.review_labels(settings, label_issues).label_issues["suspect_id"].tolist()
    label_review.decide(settings, label_issues, {first: ACCEPT}, seen={first: ""}, actor=ADA)
    reviewed = label_review.decide(settings, label_issues, {second: REJECT}, seen={second: ""}, actor=ADA)
    assert reviewed.label_issues["verdict"].tolist() == [ACCEPT, REJECT, ""]


def test_a_verdict_is_only_replaced_by_somebody_who_has_seen_it(
    settings: Settings, label_issues: OpenEvaluation
) -> None:
    first = int(label_review.review_labels(settings, label_issues).label_issues["suspect_id"].iloc[0])
    label_review.decide(settings, label_issues, {first: ACCEPT}, seen={first: ""}, actor=ADA)
    with pytest.raises(ConflictError, match="accept"):
        label_review.decide(settings, label_issues, {first: REJECT}, seen={first: ""}, actor=ADA)
    assert label_review.review_labels(settings, label_issues).counts[ACCEPT] == 1
    assert (
        label_review.decide(settings, label_issues, {first: REJECT}, seen={first: ACCEPT}, actor=ADA).counts[REJECT]
        == 1
    )


def test_a_verdict_can_be_taken_back(settings: Settings, label_issues: OpenEvaluation) -> None:
    first = int(label_review.review_labels(settings, label_issues).label_issues["suspect_id"].iloc[0])
    label_review.decide(settings, label_issues, {first: ACCEPT}, actor=ADA)
    assert label_review.decide(settings, label_issues, {first: ""}, actor=ADA).decisions == []


def test_the_next_evaluation_does_not_ask_again(settings: Settings, label_issues: OpenEvaluation) -> None:
    found = label_review.review_labels(settings, label_issues).label_issues
    label_review.decide(settings, label_issues, dict.fromkeys(found["suspect_id"].tolist(), REJECT), actor=ADA)
    # Another model: its boxes are elsewhere by a pixel, its ids and scores are others.
    other = open_evaluation(settings, LabelIssuesMaker(dataset=label_issues.spec.dataset, shift=1.0).make(settings))
    reviewed = label_review.review_labels(settings, other)
    assert reviewed.label_issues["verdict"].tolist() == [REJECT] * 3


@pytest.mark.parametrize(("key", "verdict", "error"), [(9999, ACCEPT, NotFoundError), (None, "perhaps", AppError)])
def test_what_cannot_be_decided_is_refused(
    settings: Settings, label_issues: OpenEvaluation, key: int | None, verdict: str, error: type[AppError]
) -> None:
    first = int(label_review.review_labels(settings, label_issues).label_issues["suspect_id"].iloc[0])
    with pytest.raises(error):
        label_review.decide(settings, label_issues, {key or first: verdict}, actor=ADA)
    assert label_review.review_labels(settings, label_issues).decisions == []
