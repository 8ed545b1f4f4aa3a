"""First values of widgets, for a page that reruns before the browser has drawn it."""

from pathlib import Path

import pytest

from core.settings import Settings
from pages.widgets.address import first_value
from tests.factories.app.pages import open_page, workspace
from tests.factories.evaluated import EvaluationMaker
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    return workspace(monkeypatch, tmp_path)


def test_an_option_is_given_by_its_index_and_a_missing_one_by_none() -> None:
    assert first_value("b", "", ["a", "b"]) == {"index": 1}
    assert first_value(None, "", ["a", "b"]) == {"index": None}
    assert first_value(0.5, "value") == {"value": 0.5}
    assert first_value(0.5, "") == {}


def test_widgets_of_an_evaluation_begin_with_the_address_also_in_a_second_run(settings: Settings) -> None:
    key = EvaluationMaker(dataset=DatasetMaker(train=2, val=12).make(settings)).make(settings)
    page = open_page("evaluate", evaluation=key, score="0.3", iou="0.7", sort="name", outcome="missed").run()

    assert list(page.slider(key="address:score").proto.default) == [0.3]
    assert list(page.slider(key="address:iou").proto.default) == [0.7]
    assert page.selectbox(key="address:sort").proto.default == 3
    assert page.query_params["outcome"] == "missed"


def test_settings_of_a_training_begin_with_the_recipe_also_in_a_second_run(settings: Settings) -> None:
    page = open_page("train", dataset=DatasetMaker().make(settings), preset="finetune").run()

    assert page.number_input(key="train:batch").proto.default == 2
    assert list(page.slider(key="train:augmentation:rotation_deg").proto.default) == [10.0]
