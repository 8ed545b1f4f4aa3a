"""The tab *Label issues* of the evaluate page."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.services import datasets, label_review
from core.services.evaluation import evaluate_files, open_evaluation
from core.services.label_review import rescore
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.evaluated import EvaluationMaker
from tests.factories.label_issues import LabelIssuesMaker
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    return workspace(monkeypatch, tmp_path)


@pytest.fixture
def label_issues(settings: Settings) -> str:
    return LabelIssuesMaker().make(settings)


def open_tab(evaluation: str, **parameters: str) -> AppTest:
    return open_page("evaluate", evaluation=evaluation, tab="Label issues", **parameters)


def keys(page: AppTest) -> set[str]:
    return {str(button.key) for button in page.button}


def test_the_surest_label_issue_is_asked_about_first_and_each_verdict_leads_to_the_next(
    settings: Settings, label_issues: str
) -> None:
    ids = (
        label_review.review_labels(settings, open_evaluation(settings, label_issues))
        .label_issues["suspect_id"]
        .tolist()
    )
    page = open_tab(label_issues)
    assert "0 of 3 decided" in texts(page)

    page.button(key="suspect-reject").click().run()

    assert page.query_params["suspect"] == str(ids[1])
    assert "1 of 3 decided" in texts(page)
    assert not page.exception


def test_a_link_of_an_earlier_version_opens_the_tab(label_issues: str) -> None:
    page = open_page("evaluate", evaluation=label_issues, tab="Suspects")

    assert "0 of 3 decided" in texts(page)
    assert page.session_state["address:tab"] == "Label issues"


def test_a_link_leads_to_its_label_issue(settings: Settings, label_issues: str) -> None:
    reviewed = label_review.review_labels(settings, open_evaluation(settings, label_issues))
    last = reviewed.label_issues.iloc[-1]
    page = open_tab(label_issues, suspect=str(last["suspect_id"]))
    page.button(key="suspect-skip").click().run()
    after = label_review.review_labels(settings, open_evaluation(settings, label_issues)).label_issues
    assert after["verdict"].tolist() == ["", "", "skip"]


def test_accepting_shows_ap_before_and_after_and_makes_the_version(settings: Settings, label_issues: str) -> None:
    page = open_tab(label_issues)
    assert "suspect-version" not in keys(page)
    for _ in range(3):
        page.button(key="suspect-accept").click().run()
    evaluation = open_evaluation(settings, label_issues)
    before = rescore(evaluation, label_review.review_labels(settings, evaluation)).before.ap
    assert before is not None
    shown = {metric.label: metric.value for metric in page.metric}
    # The detections are the sound labels: AP 1.0 once all faults are corrected.
    assert shown["AP, corrected"] == f"{before * 100:.1f} → 100.0"
    assert page.button(key="suspect-version").label == "Make version v2 with 3 corrections"

    page.button(key="suspect-version").click().run()

    dataset = evaluation.spec.dataset
    assert datasets.describe_dataset(settings, dataset)["version"] == "v2"
    assert "suspect-version" not in keys(page)
    assert f"1 box added, 1 class changed, 1 box moved, from evaluation {label_issues}" in texts(page).replace("\\", "")
    versions = texts(open_page("dataset", dataset=dataset, tab="Versions")).replace("\\", "")
    assert f"v1 with 1 box added, 1 class changed, 1 box moved, from evaluation {label_issues}" in versions


def test_another_users_verdict_is_replaced_only_after_it_was_seen(settings: Settings, label_issues: str) -> None:
    evaluation = open_evaluation(settings, label_issues)
    first = int(label_review.review_labels(settings, evaluation).label_issues["suspect_id"].iloc[0])
    page = open_tab(label_issues, suspect=str(first))
    label_review.decide(settings, evaluation, {first: "accept"}, actor=ADA)

    page.button(key="suspect-reject").click().run()

    assert "Somebody else has decided" in page.error[0].value
    assert label_review.review_labels(settings, evaluation).counts["accept"] == 1


def test_an_evaluation_without_label_issues_says_so(settings: Settings) -> None:
    dataset = DatasetMaker(val=3).make(settings)
    key = EvaluationMaker(dataset=dataset, missed=0, mixed_up=0, strays=0).make(settings)
    page = open_tab(key, score="1.0")
    assert "No label issues at this score" in page.info[0].value


def test_a_sealed_evaluation_shows_no_label_issue(settings: Settings) -> None:
    page = open_tab(LabelIssuesMaker(split="test", name="sealed").make(settings))
    assert "These test scores are sealed" in texts(page)
    assert "suspect-accept" not in keys(page)


def test_label_issues_of_two_files_are_shown_without_buttons(settings: Settings, tmp_path: Path) -> None:
    truth, found = tmp_path / "truth.json", tmp_path / "found.json"
    truth.write_text(
        '{"images": [{"id": 1, "file_name": "a.png", "width": 90, "height": 90}],'
        '"categories": [{"id": 1, "name": "cat"}],'
        '"annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9], "area": 81, "iscrowd": 0}]}'
    )
    found.write_text('[{"image_id": 1, "category_id": 1, "bbox": [30, 30, 40, 40], "score": 0.9}]')
    page = open_tab(evaluate_files(settings, truth, found, actor=ADA))
    assert "there is no data set to correct" in page.info[0].value
    assert "Missing label" in texts(page)
    assert "suspect-accept" not in keys(page)
