import base64
import io
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.files import read_json
from core.services import runs, training
from core.services.training import warm_worker
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.recipe import Augmentation, Weights
from tests.factories.actors import ADA
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.custom_models import stored_custom_model
from tests.factories.reads import counted_reads
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    # No worker: its tests are elsewhere.
    monkeypatch.setattr(LocalLauncher, "spawn", lambda self, folder: None)
    return workspace(monkeypatch, tmp_path)


def test_without_data_the_page_leads_to_the_data_sets(settings: Settings) -> None:
    page = open_page("train")

    assert "no data set to train on yet" in texts(page)
    assert not page.exception


def test_an_old_link_to_a_data_set_offers_the_existing_ones(settings: Settings) -> None:
    DatasetMaker().make(settings)
    page = open_page("train", dataset="d-gone")

    assert not page.exception
    assert page.error[0].value.startswith("There is no data set ")
    assert page.get("page_link")[-1].proto.label == "shapes"
    assert not page.button


def test_the_plan_of_the_preset_is_shown_before_anything_is_chosen(settings: Settings) -> None:
    dataset = DatasetMaker(train=8, val=3).make(settings)

    page = open_page("train", dataset=dataset)

    plan = training.plan_run(settings, training.TrainRequest(dataset=dataset))
    shown = texts(page)
    assert not page.exception
    assert "8 training images, 3 in validation" in page.expander[0].label
    assert f"{plan.recipe.iterations} iterations" in shown
    assert not page.button(key="train-start").disabled


def test_the_learning_rate_follows_the_batch_until_it_is_unlocked(settings: Settings) -> None:
    dataset = DatasetMaker().make(settings)
    page = open_page("train", dataset=dataset)
    rate = training.plan_run(settings, training.TrainRequest(dataset=dataset)).recipe.learning_rate

    page.number_input(key="train:batch").set_value(4).run()
    followed = page.number_input(key="train:learning_rate")
    assert followed.value == pytest.approx(2 * rate)
    assert followed.disabled

    page.toggle(key="train:follows").set_value(False).run()
    page.number_input(key="train:learning_rate").set_value(0.005).run()
    page.number_input(key="train:batch").set_value(8).run()
    assert page.number_input(key="train:learning_rate").value == pytest.approx(0.005)


def test_another_preset_resets_the_changes(settings: Settings) -> None:
    page = open_page("train", dataset=DatasetMaker().make(settings))
    page.number_input(key="train:iterations").set_value(33).run()
    assert page.number_input(key="train:iterations").value == 33

    page.segmented_control(key="address:preset").set_value("finetune").run()

    assert page.number_input(key="train:iterations").value == 2000


def test_start_starts_the_run_that_was_planned_and_goes_to_its_page(settings: Settings) -> None:
    dataset = DatasetMaker().make(settings)
    page = open_page("train", dataset=dataset)
    page.number_input(key="train:iterations").set_value(40).run()
    page.text_input(key="train:name").set_value("my first").run()

    page.button(key="train-start").click().run()

    (run,) = runs.list_runs(settings)
    assert (run.name, run.dataset, run.of_iterations) == ("my first", dataset, 40)
    assert page.query_params["run"] == run.run


def test_a_data_set_that_is_not_ready_cannot_be_started_and_says_why(settings: Settings) -> None:
    page = open_page(
        "train", dataset=DatasetMaker(reasons=("class `blue` has no object in validation",)).make(settings)
    )

    assert page.button(key="train-start").disabled
    assert "has no object in validation" in texts(page).replace("\\", "")


@pytest.mark.worker
def test_a_mistyped_expert_setting_is_refused_with_the_one_that_was_meant(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page("train", dataset=DatasetMaker().make(settings))
    page.session_state["train:chosen"] = {"expert": "SOLVER.MOMENTUN: 0.9"}
    page.run()

    assert page.button(key="train-start").disabled
    assert "SOLVER.MOMENTUM" in texts(page).replace("\\", "")


def test_expert_settings_that_are_no_yaml_are_refused_with_the_line(settings: Settings) -> None:
    page = open_page("train", dataset=DatasetMaker().make(settings))
    page.session_state["train:chosen"] = {"expert": "SOLVER: {MOMENTUM: 0.9"}
    page.run()

    assert page.button(key="train-start").disabled
    assert "line 1" in texts(page)


def test_a_cloned_run_fills_the_form_with_its_recipe(settings: Settings) -> None:
    dataset = DatasetMaker().make(settings)
    run = RunMaker(dataset=dataset, iterations=77, seed=5).make(settings)

    page = open_page("train", clone=run)

    assert page.number_input(key="train:iterations").value == 77
    assert page.number_input(key="train:seed").value == 5
    assert "clone" not in page.query_params


def test_the_sampling_chart_shows_both_settings(settings: Settings) -> None:
    page = open_page("train", dataset=DatasetMaker(background=3).make(settings))
    page.session_state["train:card:sampling"] = True
    page.run()
    page.slider(key="train:balance").set_value(0.5)
    page.toggle(key="train:own_background").set_value(True)
    page.run()
    # AppTest forgets that the card is open.
    page.session_state["train:card:sampling"] = True
    page.run()
    page.slider(key="train:background_share").set_value(0.2).run()

    (card,) = [one for one in page.expander if "Sampling" in one.label]
    assert "classes below 50.0 % more often, 20.0 % background" in card.label
    assert not page.exception
    assert "balance: `0.0` → `0.5`" in texts(page)


def test_optimiser_settings_change_the_plan_and_go_back_to_the_preset(settings: Settings) -> None:
    page = open_page("train", dataset=DatasetMaker().make(settings))
    page.selectbox(key="train:clip").set_value("norm").run()
    page.number_input(key="train:clip_at").set_value(5.0).run()
    page.segmented_control(key="train:precision").set_value("off").run()
    page.selectbox(key="train:loaders").set_value("own").run()
    page.number_input(key="train:data_workers").set_value(3).run()
    said = texts(page)
    assert "clip: `value` → `norm`" in said
    assert "clip at: `1.0` → `5.0`" in said
    assert "mixed precision: `none` → `False`" in said
    assert "data workers: `0` → `3`" in said

    page.selectbox(key="train:loaders").set_value("auto").run()
    page.segmented_control(key="train:precision").set_value("auto").run()
    assert "data workers" not in texts(page)
    assert "mixed precision" not in texts(page)


def test_the_preview_shows_what_the_worker_answers(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO()
    Image.new("RGB", (96, 64)).save(content, "JPEG")
    seen = {"jpeg": base64.b64encode(content.getvalue()).decode(), "width": 96, "height": 64}
    seen |= {"boxes": [[8, 8, 24, 24], [40, 8, 80, 48]], "categories": [0, 1]}
    sample = {"image_id": 1, "file_name": "1.png", "plain": seen, "augmented": {**seen, "boxes": [], "categories": []}}
    asked = []

    def answer(settings: Settings, name: str, request: dict[str, Any], progress: object) -> dict[str, Any]:
        asked.append(request)
        return {"samples": [sample] * request["count"]}

    # Other tests check the answer of the real worker.
    monkeypatch.setattr(warm_worker, "ask", answer)
    page = open_page("train", dataset=DatasetMaker().make(settings))
    page.session_state["train:card:augmentation"] = True
    page.run()
    page.button(key="train:preview:next").click().run()

    assert not page.exception
    assert [request["first"] for request in asked] == [0, 8]
    said = texts(page)
    assert "96 × 64, 2 objects of 16 to 40 px" in said
    assert "96 × 64, no object" in said
    assert "Images 9 to 16 of the training" in said
    assert "Of 16 training objects" in said


@pytest.mark.worker
def test_a_cloned_run_keeps_its_expert_settings(settings: Settings) -> None:
    dataset = DatasetMaker().make(settings)
    request = training.TrainRequest(
        dataset=dataset, changes=RecipeChanges(overrides={"SOLVER.MOMENTUM": 0.8}, balance=0.3, clip="off")
    )
    run = training.start_run(settings, request, actor=ADA)

    page = open_page("train", clone=run)

    said = texts(page)
    assert "SOLVER.MOMENTUM" in said.replace("\\", "")
    assert "clip: `value` → `off`" in said


def test_models_are_listed_by_kind_and_mask_models_are_blocked_without_masks(
    settings: Settings,
) -> None:
    page = open_page("train", dataset=DatasetMaker(train=4, val=2).make(settings))
    assert not any("Mask" in option for option in page.radio(key="train:model").options)

    page.segmented_control(key="train:model-kind").set_value("Boxes and masks").run()
    assert "Mask R-CNN R50-FPN" in [option.replace("\\", "") for option in page.radio(key="train:model").options]
    assert "12 objects of this data set have no mask" in texts(page)
    page.radio(key="train:model").set_value("small_mask").run()

    assert page.button(key="train-start").disabled
    assert "learns masks, but 12 of the 12 objects" in texts(page).replace("\\", "")


def test_a_model_that_starts_from_imagenet_says_whose_weights_these_are(settings: Settings) -> None:
    page = open_page("train", dataset=DatasetMaker(train=4, val=2).make(settings))

    page.radio(key="train:model").set_value("lite_cascade").run()
    assert page.segmented_control(key="train:source").options[:2] == ["Starter weights", "ImageNet weights"]
    assert "trained on ImageNet by Google" in texts(page)
    assert "Pyramid and heads were trained on generated images." in texts(page)
    page.segmented_control(key="train:source").set_value("imagenet").run()
    assert "Pyramid and heads start at random." in texts(page)
    page.button(key="train-start").click().run()

    (run,) = runs.list_runs(settings)
    recipe = runs.describe_run(settings, run.run).recipe
    assert recipe is not None
    assert (recipe.weights.kind, recipe.frozen_stages) == ("imagenet", 2)


def test_a_series_of_models_is_one_entry_whose_length_of_training_is_chosen_below(settings: Settings) -> None:
    page = open_page("train", dataset=DatasetMaker(train=4, val=2).make(settings))
    listed = [option.replace("\\", "") for option in page.radio(key="train:model").options]
    assert [title for title in listed if "jitter" in title] == [
        "Faster R-CNN R50-FPN (jitter, 400 epochs)",
        "Faster R-CNN R101-FPN (jitter, 400 epochs)",
    ]

    page.radio(key="train:model").set_value("faster_rcnn_R_50_FPN_400ep_LSJ").run()
    page.segmented_control(key="train:length_on_coco").set_value("faster_rcnn_R_50_FPN_100ep_LSJ").run()
    assert page.radio(key="train:model").value == "faster_rcnn_R_50_FPN_100ep_LSJ"
    assert len(page.radio(key="train:model").options) == len(listed)
    page.button(key="train-start").click().run()
    (run,) = runs.list_runs(settings)
    assert run.model == "faster_rcnn_R_50_FPN_100ep_LSJ"


def test_a_model_of_the_zoo_shows_its_license_and_the_way_without_a_network(settings: Settings) -> None:
    page = open_page("train", dataset=DatasetMaker(train=4, val=2).make(settings))
    page.radio(key="train:model").set_value("faster_rcnn_R_50_FPN_3x").run()
    assert "License: [CC BY-SA 3.0]" in texts(page)
    (link,) = [link for link in page.get("page_link") if "by hand" in link.proto.label]
    assert link.proto.query_string == "model=faster_rcnn_R_50_FPN_3x"


def test_batch_norm_follows_the_batch_until_it_is_chosen_and_another_model_forgets_the_choice(
    settings: Settings,
) -> None:
    page = open_page("train", dataset=DatasetMaker(train=40, val=2).make(settings), preset="strong")
    assert "statistics frozen; 4 images a device are too few" in texts(page)
    page.number_input(key="train:batch").set_value(8).run()
    assert "statistics measured on each batch" in texts(page)
    page.segmented_control(key="train:norms").set_value("frozen").run()
    assert "statistics frozen" in texts(page)
    page.radio(key="train:model").set_value("faster_rcnn_R_50_FPN_3x").run()
    assert not page.exception
    assert not page.error
    assert "Batch norm" not in texts(page)


def test_a_choice_about_norms_and_weights_that_are_gone_still_give_a_page(settings: Settings) -> None:
    page = open_page("train", dataset=DatasetMaker(train=4, val=2).make(settings))
    page.radio(key="train:model").set_value("faster_rcnn_R_50_FPN_400ep_LSJ").run()
    page.segmented_control(key="train:norms").set_value("batch").run()
    page.segmented_control(key="train:source").set_value("file").run()
    page.text_input(key="train:weights").set_value("/nowhere/model.pkl").run()
    assert not page.exception
    assert any("no weights file" in error.value for error in page.error)


def test_a_custom_model_is_chosen_with_its_weights(settings: Settings) -> None:
    dataset = DatasetMaker(train=4, val=2).make(settings)
    model = stored_custom_model(settings, "cranes", ("crane", "red"))
    page = open_page("train", dataset=dataset)

    page.segmented_control(key="train:model-kind").set_value("Custom").run()
    page.radio(key="train:model").set_value(model).run()

    assert not page.exception
    assert any("cranes · its own weights" in card.label for card in page.expander)
    page.button(key="train-start").click().run()
    (run,) = runs.list_runs(settings)
    assert (run.model, run.model_title) == (model, "cranes")


def test_opening_the_page_reads_the_state_of_at_most_20_runs_once_however_many_there_are(settings: Settings) -> None:
    dataset = DatasetMaker().make(settings)
    first = settings.workspace / "runs" / RunMaker(dataset=dataset).make(settings)
    for number in range(299):
        shutil.copytree(first, first.with_name(f"r-{number:06}"))

    page = open_page("train", dataset=dataset)
    # `open_page` first opens the overview, which lists all runs. So the test counts a second run of this page alone.
    with counted_reads() as reads:
        page.run()

    states = {path: times for path, times in reads.items() if path.name == "status.json"}
    assert not page.exception
    assert "from 20 earlier runs here" in texts(page)
    assert len(states) == 20
    assert set(states.values()) == {1}


@pytest.mark.worker
def test_a_cloned_run_keeps_off_what_its_preset_has_on(settings: Settings) -> None:
    dataset = DatasetMaker().make(settings)
    changes = RecipeChanges(ema=0.0)
    run = training.start_run(
        settings, training.TrainRequest(dataset=dataset, preset="thorough", changes=changes), actor=ADA
    )

    page = open_page("train", clone=run)

    assert page.number_input(key="train:ema").value == 0.0
    assert "ema: `0.99` → `0.0`" in texts(page)


def test_a_cloned_run_is_planned_with_its_exact_recipe(settings: Settings) -> None:
    dataset = DatasetMaker().make(settings)
    changes = RecipeChanges(
        weights=Weights(kind="random"),
        iterations=30,
        learning_rate=0.003,
        balance=0.2,
        clip="norm",
        devices=1,
        mixed_precision=False,
        keep_every=10,
        retries=0,
        hang_after_s=0.0,
        augmentation=Augmentation(scale=0.3),
    )
    first = training.start_run(
        settings, training.TrainRequest(dataset=dataset, preset="finetune", changes=changes), actor=ADA
    )

    open_page("train", clone=first).button(key="train-start").click().run()

    recipes = [read_json(runs.run_folder(settings, run.run).recipe) for run in runs.list_runs(settings)]
    assert len(recipes) == 2
    assert recipes[0] == recipes[1]


def test_a_link_that_clones_a_run_without_a_recipe_says_why_it_cannot(settings: Settings) -> None:
    run = RunMaker(dataset=DatasetMaker().make(settings)).make(settings)
    runs.run_folder(settings, run).recipe.unlink()

    page = open_page("train", clone=run)

    assert not page.exception
    assert "has no recipe: its start was interrupted" in texts(page).replace("\\", "")
