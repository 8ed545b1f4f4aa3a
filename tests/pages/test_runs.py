from dataclasses import asdict
from pathlib import Path

import pytest

from core.files import write_json
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.training.recipe.bundled_weights import IMAGENET_ORIGIN
from core.training.run.folder import RunFolder
from core.training.run.status import Phase
from core.workspace.layout import Layout
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.runs import RunMaker


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    return workspace(monkeypatch, tmp_path)


def test_without_runs_the_page_leads_to_training(settings: Settings) -> None:
    page = open_page("runs")

    assert [heading.value for heading in page.subheader] == ["No runs yet"]


def test_each_run_is_listed_with_its_state_and_best_ap(settings: Settings) -> None:
    for phase in Phase:
        RunMaker(name=f"a {phase} one", phase=phase).make(settings)

    page = open_page("runs")

    shown = texts(page)
    assert not page.exception
    for word in ("Queued", "Starting", "Running", "Finished", "Stopped", "Failed", "Lost"):
        assert word in shown
    assert "AP **48.7**" in shown, "0.51 * (1 - 0.9 * exp(-3)), in per cent"


def test_the_filter_in_the_address_keeps_the_runs_that_pass(settings: Settings) -> None:
    RunMaker(name="good one", phase=Phase.FINISHED).make(settings)
    RunMaker(name="bad one", phase=Phase.FAILED).make(settings)

    page = open_page("runs", phase=["failed"])
    assert [link.label for link in page.page_link if "one" in link.label] == ["**bad one**"]

    page = open_page("runs", q="good")
    assert [link.label for link in page.page_link if "one" in link.label] == ["**good one**"]


def test_the_curves_of_picked_runs_are_overlaid_and_their_recipes_compared(settings: Settings) -> None:
    picked = [RunMaker(name=f"seed {seed}", seed=seed).make(settings) for seed in (1, 2)]

    page = open_page("runs", compare=picked)

    assert not page.exception
    assert len(page.get("plotly_chart")) == 2
    assert page.dataframe[1].value.to_dict("records") == [{"Setting": "seed", "seed 1": "1", "seed 2": "2"}]


def test_picking_a_run_is_kept_in_the_address(settings: Settings) -> None:
    run = RunMaker().make(settings)
    page = open_page("runs")

    page.checkbox(key=f"runs:pick:{run}").check().run()
    assert page.query_params["compare"] == run

    page.checkbox(key=f"runs:pick:{run}").uncheck().run()
    assert "compare" not in page.query_params


@pytest.mark.parametrize(
    ("phase", "buttons"),
    [
        (Phase.RUNNING, {"run-stop", "run-kill"}),
        (Phase.FINISHED, {"run-extend-start", "run-everything"}),
        (Phase.STOPPED, {"run-resume", "run-extend-start", "run-everything"}),
        (Phase.FAILED, {"run-resume", "run-relaunch", "run-everything"}),
        (Phase.LOST, {"run-resume", "run-everything"}),
    ],
    # Not the text of the sets, which changes with the process: two runners must collect the same ids.
    ids=("running", "finished", "stopped", "failed", "lost"),
)
def test_a_run_offers_the_actions_of_its_phase(settings: Settings, phase: Phase, buttons: set[str]) -> None:
    page = open_page("run", run=RunMaker(phase=phase).make(settings))

    assert not page.exception
    always = {"run-evaluate", "run-clone", "run-repeat"}
    assert {button.key for button in page.button if str(button.key).startswith("run-")} == buttons | always
    assert len(page.get("plotly_chart")) == 8


def test_a_failed_run_shows_its_cause_its_remedy_and_its_last_exception(settings: Settings) -> None:
    page = open_page("run", run=RunMaker(phase=Phase.FAILED).make(settings))

    assert "The loss became NaN" in page.error[0].value
    assert "half the learning rate" in page.error[0].value
    folded = next(one for one in page.expander if one.label == "Last exception")
    assert not folded.proto.expanded
    assert "FloatingPointError" in folded.code[0].value


def test_a_failed_run_shows_the_repair_and_the_run_that_has_it(settings: Settings) -> None:
    failed, mended = (RunMaker(phase=phase).make(settings) for phase in (Phase.FAILED, Phase.FINISHED))
    page = open_page("run", run=failed)
    assert "| learning rate | `0.015` | `0.005` |" in texts(page)
    assert "A new run continues from iteration 140" in texts(page).replace("\\", "")

    # As core.services.training.recovery leaves it.
    write_json(RunFolder(Layout(settings.workspace).folder("run", failed)).repaired_by, {"run": mended})
    page = open_page("run", run=failed)
    assert not [button for button in page.button if button.key == "run-relaunch"]
    assert "Open the run that was started with this" in [link.label for link in page.page_link]


def test_a_run_without_metrics_says_what_it_waits_for(settings: Settings) -> None:
    page = open_page("run", run=RunMaker(phase=Phase.QUEUED).make(settings))

    assert "Waits for the CPU" in texts(page).replace("\\", "")
    assert not page.get("plotly_chart")
    assert page.button(key="run-evaluate").disabled


def test_stop_asks_the_worker_to_end(settings: Settings) -> None:
    run = RunMaker(phase=Phase.RUNNING).make(settings)
    page = open_page("run", run=run)

    page.button(key="run-stop").click().run()

    assert RunFolder(Layout(settings.workspace).folder("run", run)).stop_request.exists()


def test_resume_launches_a_lost_run_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    launched: list[str] = []
    monkeypatch.setattr(LocalLauncher, "spawn", lambda self, folder: launched.append(folder.root.name))
    run = RunMaker(phase=Phase.LOST).make(settings)
    page = open_page("run", run=run)

    page.button(key="run-resume").click().run()

    assert launched == [run]
    assert "Queued" in texts(page)


def test_a_run_that_does_not_exist_is_a_message_and_no_traceback(settings: Settings) -> None:
    page = open_page("run", run="r-nobody")

    assert not page.exception
    assert "There is no run" in page.error[0].value


def test_the_weights_card_counts_tensors_by_part_of_the_model(settings: Settings) -> None:
    run = RunMaker().make(settings)
    fates = {"loaded": 0, "resized": 0, "reinitialised": 0, "missing": 0, "ignored": 0, "note": ""}
    groups = [
        {**fates, "group": "FPN", "loaded": 16},
        {**fates, "group": "class predictor", "resized": 2, "note": "1 of the file's 80 classes taken over: person"},
    ]
    folder = RunFolder(Layout(settings.workspace).folder("run", run))
    origins = [asdict(IMAGENET_ORIGIN)]
    write_json(folder.weights, {"source": "model_final_280758.pkl", "groups": groups, "origins": origins})

    page = open_page("run", run=run)

    assert not page.exception
    (card,) = [card for card in page.expander if "Weights" in card.label]
    assert "16 tensors loaded from model" in card.label
    assert "2 in part" in card.label
    table = card.dataframe[0].value
    assert list(table["Part"]) == ["FPN", "class predictor"]
    assert "ignored" not in table.columns
    assert "taken over: person" in table["Note"][1]
    assert "trained on ImageNet by Google" in card.caption[0].value
    assert "Apache" in card.caption[0].value


def test_a_run_whose_published_weights_cannot_be_had_leads_to_the_page_for_weights_by_hand(settings: Settings) -> None:
    def links(iteration: int) -> list[str]:
        run = RunMaker(preset="finetune", phase=Phase.FAILED, iteration=iteration).make(settings)
        page = open_page("run", run=run)
        assert not page.exception
        return [link.proto.query_string for link in page.get("page_link") if "by hand" in link.proto.label]

    assert links(0) == ["model=faster_rcnn_R_50_FPN_3x"]
    assert links(150) == []


def test_a_run_from_random_weights_has_no_weights_card(settings: Settings) -> None:
    run = RunMaker().make(settings)
    group = {"group": "FPN", "loaded": 0, "resized": 0, "reinitialised": 0, "missing": 16, "ignored": 0, "note": ""}
    write_json(
        RunFolder(Layout(settings.workspace).folder("run", run)).weights, {"source": "random", "groups": [group]}
    )

    page = open_page("run", run=run)

    assert not [card for card in page.expander if "Weights" in card.label]
