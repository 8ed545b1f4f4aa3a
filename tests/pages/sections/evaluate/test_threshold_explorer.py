"""The threshold explorer and the calibration tab of the evaluate page."""

import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation.thresholds.rules import ThresholdRule
from core.evaluation.thresholds.stored import read_thresholds
from core.services import evaluation as evaluating
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.app.pages import open_page, texts


def open_tab(evaluation: str, tab: str = "Thresholds", **parameters: str) -> AppTest:
    page = open_page("evaluate", evaluation=evaluation, tab=tab, **parameters)
    assert not page.exception
    return page


def suggest(settings: Settings, evaluation: str, rule: ThresholdRule) -> evaluating.Thresholds:
    return evaluating.suggest_threshold(evaluating.open_evaluation(settings, evaluation), rule, 0.5)


@pytest.mark.parametrize(
    ("parameters", "rule"),
    [
        ({}, ThresholdRule()),
        ({"by": "recall", "at": "0.5"}, ThresholdRule(by="recall", at=0.5)),
        ({"by": "precision", "at": "0.7"}, ThresholdRule(by="precision", at=0.7)),
        ({"by": "cost", "miss": "5", "alarm": "2"}, ThresholdRule(by="cost", miss_cost=5, false_alarm_cost=2)),
        ({"by": "luck", "at": "nan", "miss": "-1"}, ThresholdRule()),
    ],
    ids=["as usual", "recall", "precision", "cost", "nonsense"],
)
def test_the_rule_of_the_address_chooses_what_the_command_line_does(
    settings: Settings, val: str, parameters: dict[str, str], rule: ThresholdRule
) -> None:
    expected = suggest(settings, val, rule).together
    shown = texts(open_tab(val, **parameters))
    assert f"**Score {expected.score:.2f}** by" in shown
    assert f"{expected.counts.tp} found, {expected.counts.fp} false positives, {expected.counts.fn} missed" in shown


def test_the_fields_write_the_rule_into_the_address(val: str) -> None:
    page = open_tab(val)
    page.selectbox(key="address:by").set_value("recall").run()
    page.slider(key="address:at").set_value(0.75).run()
    assert (page.query_params["by"], page.query_params["at"]) == ("recall", "0.75")


def test_an_unreachable_rate_is_refused_with_the_highest_possible_one(val: str) -> None:
    page = open_tab(val, by="recall", at="1")
    assert "No threshold gives a recall of 100 %: the most is" in page.warning[0].value.replace("\\", "")
    assert not [button for button in page.button if button.label == "Store with the model"]


def test_storing_keeps_the_threshold_with_the_run_and_makes_it_the_pages_score(
    settings: Settings, run: str, val: str
) -> None:
    expected = suggest(settings, val, ThresholdRule(by="recall", at=0.5)).together.score
    page = open_tab(val, by="recall", at="0.5")
    page.button(key="threshold-store").click().run()
    stored = read_thresholds(settings.workspace / "runs" / run)
    assert stored is not None
    assert (stored.score, stored.rule) == (expected, ThresholdRule(by="recall", at=0.5))
    assert page.slider(key="address:score").value == expected
    assert f"Stored: {expected:.2f}, by recall of at least 50 %" in texts(page).replace("\\", "")


def test_another_users_threshold_is_replaced_only_after_it_was_seen(settings: Settings, run: str, val: str) -> None:
    page = open_tab(val, by="recall", at="0.5")
    evaluating.store_threshold(
        settings,
        evaluating.open_evaluation(settings, val),
        suggest(settings, val, ThresholdRule(by="precision", at=0.7)),
        actor=ADA,
    )

    page.button(key="threshold-store").click().run()

    assert "another threshold meanwhile" in page.error[0].value
    stored = read_thresholds(settings.workspace / "runs" / run)
    assert stored is not None
    assert stored.rule.by == "precision"

    page.button(key="threshold-store").click().run()

    assert not page.error
    stored = read_thresholds(settings.workspace / "runs" / run)
    assert stored is not None
    assert (stored.rule.by, stored.revision) == ("recall", 2)


def test_on_test_the_stored_threshold_is_reported(settings: Settings, val: str, test_split: str) -> None:
    evaluating.store_threshold(
        settings, evaluating.open_evaluation(settings, val), suggest(settings, val, ThresholdRule()), actor=ADA
    )
    opened = evaluating.open_evaluation(settings, test_split)
    reported = evaluating.stored_threshold(opened, 0.5)
    assert reported is not None
    page = open_tab(test_split)
    shown = texts(page).replace("\\", "")
    assert f"**Stored threshold {reported.together.score:.2f}**, chosen on validation by best F1" in shown
    assert f"{reported.together.counts.tp} found, {reported.together.counts.fp} false positives" in shown
    assert page.slider(key="address:score").value == reported.together.score
    assert not [box for box in page.selectbox if box.key == "address:by"]


def test_on_test_without_a_stored_threshold_the_page_leads_to_validation(val: str, test_split: str) -> None:
    page = open_tab(test_split)
    assert "No threshold is stored with this model" in page.info[0].value
    assert not [button for button in page.button if button.label.startswith("Best F1")]


def test_calibration_is_the_command_lines(settings: Settings, val: str) -> None:
    document = evaluating.summarise(evaluating.open_evaluation(settings, val))
    page = open_tab(val, "Calibration")
    tiles = {metric.label: metric.value for metric in page.metric}
    assert tiles["Calibration error"] == f"{document['calibration']['ece'] * 100:.1f}"
    assert "no empty images to count" in texts(page)


def test_a_class_has_its_calibration(settings: Settings, val: str) -> None:
    document = evaluating.summarise(evaluating.open_evaluation(settings, val))
    page = open_tab(val, "Calibration", **{"class": "blue"})
    tiles = {metric.label: metric.value for metric in page.metric}
    assert tiles["Calibration error"] == f"{document['calibration']['per_class'][1]['ece'] * 100:.1f}"
