"""The calibration tab: the error before and after temperatures, storing them, and their effect on the test split."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation.thresholds.stored_temperatures import read_temperatures
from core.services import evaluation as evaluating
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.app.pages import open_page, texts
from tests.factories.evaluated import EvaluationMaker


def open_tab(evaluation: str, **parameters: str) -> AppTest:
    page = open_page("evaluate", evaluation=evaluation, tab="Calibration", **parameters)
    assert not page.exception
    return page


def tiles(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def in_percent(document: dict[str, Any]) -> str:
    return f"{document['ece'] * 100:.1f}"


def calibrated(settings: Settings, evaluation: str) -> dict[str, Any]:
    """The document of the command line."""
    opened = evaluating.open_evaluation(settings, evaluation)
    scores = evaluating.stored_temperatures(opened) or evaluating.fit_temperatures(opened)
    return evaluating.calibration_json(opened, scores, 0.5)


def test_validation_shows_the_error_before_and_after_as_the_command_line_has_them(settings: Settings, val: str) -> None:
    document = calibrated(settings, val)
    page = open_tab(val)
    assert tiles(page)["Calibration error"] == in_percent(document["before"])
    assert tiles(page)["Calibrated"] == in_percent(document["after"])
    assert "across 5 folds" in texts(page)
    table = next(frame.value for frame in page.dataframe if "Temperature" in frame.value.columns)
    assert table["Class"].tolist() == ["red", "blue"]
    assert table["Temperature"].tolist() == pytest.approx([row["temperature"] for row in document["per_class"]])
    assert table["Offset"].tolist() == pytest.approx([row["offset"] for row in document["per_class"]])
    assert table["Calibrated"].tolist() == pytest.approx([100 * row["ece_calibrated"] for row in document["per_class"]])


def test_storing_keeps_the_temperatures_with_the_run_and_test_shows_their_effect(
    settings: Settings, run: str, val: str, test_split: str
) -> None:
    assert "No temperatures are stored with this model" in open_tab(test_split).info[0].value

    page = open_tab(val)
    page.button(key="calibration-store").click().run()
    assert not page.exception
    stored = read_temperatures(settings.workspace / "runs" / run)
    assert stored is not None
    assert stored.evaluation == val
    assert f"Stored: fitted on {val}" in texts(page).replace("\\", "")
    assert not [button for button in page.button if button.key == "calibration-store"]

    document = calibrated(settings, test_split)
    assert document["is_stored"]
    page = open_tab(test_split)
    assert tiles(page)["Calibrated"] == in_percent(document["after"])
    assert "by the stored temperatures" in texts(page)
    assert f"fitted on validation ({val})" in texts(page).replace("\\", "")
    assert not [button for button in page.button if button.key == "calibration-store"]


def test_another_users_temperatures_are_replaced_only_after_they_were_seen(
    settings: Settings, run: str, val: str
) -> None:
    page = open_tab(val)
    other = EvaluationMaker(dataset="shapes", run=run, name="another", seed=8).make(settings)
    evaluating.store_temperatures(settings, evaluating.open_evaluation(settings, other), actor=ADA)

    page.button(key="calibration-store").click().run()

    assert "other temperatures meanwhile" in page.error[0].value
    page.button(key="calibration-store").click().run()
    assert not page.error
    stored = read_temperatures(settings.workspace / "runs" / run)
    assert stored is not None
    assert (stored.evaluation, stored.revision) == (val, 2)


def test_a_class_has_its_errors(settings: Settings, val: str) -> None:
    (row,) = [row for row in calibrated(settings, val)["per_class"] if row["name"] == "blue"]
    page = open_tab(val, **{"class": "blue"})
    assert tiles(page)["Calibration error"] == f"{row['ece'] * 100:.1f}"
    assert tiles(page)["Calibrated"] == f"{row['ece_calibrated'] * 100:.1f}"


def test_at_another_iou_the_tab_says_which_one_the_temperatures_are_for(val: str) -> None:
    assert "fitted at IoU 0.5, and these figures are at IoU 0.75" in texts(open_tab(val, iou="0.75")).replace("\\", "")


def test_without_a_detection_the_tab_says_so(settings: Settings, run: str) -> None:
    maker = EvaluationMaker(dataset="shapes", run=run, missed=1.0, strays=0.0)
    page = open_tab(maker.make(settings))
    assert "There are no detections, so there is no calibration." in texts(page)
    assert "Calibrated" not in tiles(page)
