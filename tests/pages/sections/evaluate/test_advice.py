"""Advice on the evaluate page: its words, and clicks that show its boxes."""

from pathlib import Path

import pytest

from core.figures.words.advice import NOTHING
from core.services import evaluation as evaluation_advice
from core.settings import Settings
from pages.widgets.text import escape
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.evaluated import EvaluationMaker
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    return workspace(monkeypatch, tmp_path)


@pytest.fixture
def faulty(settings: Settings) -> str:
    dataset = DatasetMaker(train=2, val=60).make(settings)
    return EvaluationMaker(dataset=dataset, missed=0.25, mixed_up=0.3, strays=6.0, seed=3).make(settings)


def test_the_page_says_what_the_command_line_says(settings: Settings, faulty: str) -> None:
    page = open_page("evaluate", evaluation=faulty)

    # After the page, which stores the error bars that one rule reads.
    expected = evaluation_advice.advice_json(settings, evaluation_advice.open_evaluation(settings, faulty))["advice"]
    assert not page.exception
    assert len(expected) > 2
    for row in expected:
        assert escape(row["words"]) in texts(page)
        assert escape(row["next"]) in texts(page)
    assert page.expander[0].label == f"{len(expected) - 2} more"


def test_a_click_on_a_pair_shows_its_cell_of_the_matrix(settings: Settings, faulty: str) -> None:
    found = evaluation_advice.give_advice(settings, evaluation_advice.open_evaluation(settings, faulty))
    place = [one.key for one in found].index("pair")
    page = open_page("evaluate", evaluation=faulty, outcome="missed", score="0.9", page="2")

    page.button(key=f"advice-{place}").click().run()

    assert page.query_params == {"evaluation": faulty, "cell": found[place].images["cell"]}
    larger = max(found[place].evidence["first_as_second"], found[place].evidence["second_as_first"])
    assert f"{larger} boxes: `" in texts(page)


def test_a_click_on_missed_objects_goes_to_score_0_and_the_advice_stays(settings: Settings) -> None:
    dataset = DatasetMaker(train=2, val=60).make(settings)
    evaluation = EvaluationMaker(dataset=dataset, missed=0.4, mixed_up=0, strays=0).make(settings)
    (missed, *_) = evaluation_advice.give_advice(settings, evaluation_advice.open_evaluation(settings, evaluation))
    page = open_page("evaluate", evaluation=evaluation)

    page.button(key="advice-0").click().run()

    assert missed.key == "missed"
    assert page.query_params["score"] == "0"
    assert f"{missed.evidence['boxes']} objects missed outright on" in texts(page)
    assert escape(f"nothing finds {missed.evidence['boxes']} of") in texts(page)


def test_a_page_without_advice_says_so(settings: Settings) -> None:
    dataset = DatasetMaker(train=2, val=60).make(settings)
    evaluation = EvaluationMaker(dataset=dataset, missed=0, mixed_up=0, strays=0, sure=True).make(settings)

    page = open_page("evaluate", evaluation=evaluation)

    assert NOTHING in texts(page)
