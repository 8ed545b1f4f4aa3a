from pathlib import Path

import pytest

from core.desk import runs, training
from core.settings import Settings
from core.training.launch import LocalLauncher
from tests.makers.pages import open_page, texts, workspace
from tests.makers.runs import RunMaker
from tests.makers.tiny_dataset import DatasetMaker


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    # No worker is wanted here: what it does is tested with the worker.
    monkeypatch.setattr(LocalLauncher, "spawn", lambda self, folder: None)
    return workspace(monkeypatch, tmp_path)


def test_without_data_the_page_leads_to_the_data_sets(here: Settings) -> None:
    page = open_page("train")

    assert "no data set to train on yet" in texts(page)
    assert not page.exception


def test_the_plan_of_the_preset_is_shown_before_anything_is_chosen(here: Settings) -> None:
    dataset = DatasetMaker(train=8, val=3).make(here)

    page = open_page("train", dataset=dataset)

    plan = training.plan(here, training.TrainRequest(dataset))
    shown = texts(page)
    assert not page.exception
    assert "8 training pictures, 3 in validation" in page.expander[0].label
    assert f"{plan.recipe.iterations} iterations" in shown
    assert not page.button(key="train-start").disabled


def test_the_learning_rate_follows_the_batch_until_it_is_unlocked(here: Settings) -> None:
    dataset = DatasetMaker().make(here)
    page = open_page("train", dataset=dataset)
    rate = training.plan(here, training.TrainRequest(dataset)).recipe.learning_rate

    page.number_input(key="train:batch").set_value(4).run()
    followed = page.number_input(key="train:lr")
    assert followed.value == pytest.approx(2 * rate)
    assert followed.disabled

    page.toggle(key="train:follows").set_value(False).run()
    page.number_input(key="train:lr").set_value(0.005).run()
    page.number_input(key="train:batch").set_value(8).run()
    assert page.number_input(key="train:lr").value == pytest.approx(0.005)


def test_another_preset_takes_back_what_was_changed(here: Settings) -> None:
    page = open_page("train", dataset=DatasetMaker().make(here))
    page.number_input(key="train:iterations").set_value(33).run()
    assert page.number_input(key="train:iterations").value == 33

    page.segmented_control(key="address:preset").set_value("finetune").run()

    assert page.number_input(key="train:iterations").value == 2000


def test_start_starts_the_run_that_was_planned_and_goes_to_its_page(here: Settings) -> None:
    dataset = DatasetMaker().make(here)
    page = open_page("train", dataset=dataset)
    page.number_input(key="train:iterations").set_value(40).run()
    page.text_input(key="train:name").set_value("my first").run()

    page.button(key="train-start").click().run()

    (run,) = runs.list_runs(here)
    assert (run["name"], run["dataset"], run["of_iterations"]) == ("my first", dataset, 40)
    assert page.query_params["run"] == run["run"]


def test_a_data_set_that_is_not_ready_cannot_be_started_and_says_why(here: Settings) -> None:
    page = open_page("train", dataset=DatasetMaker(reasons=("class `blue` has no object in validation",)).make(here))

    assert page.button(key="train-start").disabled
    assert "has no object in validation" in texts(page).replace("\\", "")


def test_a_mistyped_expert_setting_is_refused_with_the_one_that_was_meant(
    here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page("train", dataset=DatasetMaker().make(here))
    page.session_state["train:chosen"] = {"expert": "SOLVER.MOMENTUN: 0.9"}
    page.run()

    assert page.button(key="train-start").disabled
    assert "SOLVER.MOMENTUM" in texts(page).replace("\\", "")


def test_expert_settings_that_are_no_yaml_are_refused_with_the_line(here: Settings) -> None:
    page = open_page("train", dataset=DatasetMaker().make(here))
    page.session_state["train:chosen"] = {"expert": "SOLVER: {MOMENTUM: 0.9"}
    page.run()

    assert page.button(key="train-start").disabled
    assert "line 1" in texts(page)


def test_a_cloned_run_fills_the_form_with_its_recipe(here: Settings) -> None:
    dataset = DatasetMaker().make(here)
    run = RunMaker(dataset=dataset, iterations=77, seed=5).make(here)

    page = open_page("train", clone=run)

    assert page.number_input(key="train:iterations").value == 77
    assert page.number_input(key="train:seed").value == 5
    assert "clone" not in page.query_params
