"""The pages that go beyond one run: its learning curve, and sweeps of its settings."""

from pathlib import Path

import pytest

from core.services import runs, sweeps
from core.services.sweeps import SweepRequest
from core.settings import Settings
from core.training.launch import liveness
from core.training.launch.launcher import LocalLauncher
from core.training.run.folder import RunFolder
from core.training.run.status import Phase
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.several_runs.learning_curve import finished_run, make_curve
from tests.factories.several_runs.sweep import make_sweep


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    return workspace(monkeypatch, tmp_path)


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[RunFolder]:
    """The folders whose workers or drivers were launched; none of them starts."""
    folders: list[RunFolder] = []
    monkeypatch.setattr(LocalLauncher, "spawn", lambda self, folder: folders.append(folder))
    return folders


def test_a_run_leads_to_both_questions(settings: Settings) -> None:
    page = open_page("run", run=finished_run(settings).make(settings))
    labels = [link.label for link in page.page_link]
    assert {"Would more images help?", "Are there better settings?"} <= set(labels)


def test_a_curve_is_started_from_its_page(settings: Settings, launched: list[RunFolder]) -> None:
    run = finished_run(settings).make(settings)
    page = open_page("learning_curve", run=run)
    assert "With 3 seeds about 37 min" in texts(page), "eight runs of 400 iterations, 0.7 s each"
    page.button(key="curve-start").click().run()
    assert not page.exception
    assert len(launched) == 8
    assert "1 of 9 runs have finished" in page.get("progress")[0].proto.text


def test_a_curve_says_what_more_images_would_bring(settings: Settings) -> None:
    run, group = make_curve(settings)
    for page in (open_page("learning_curve", run=run), open_page("learning_curve", curve=group)):
        assert not page.exception
        assert "##### Twice the images: +" in texts(page).replace("\\", "")
        assert "All 9 runs have finished" in texts(page)
        rows = page.dataframe[0].value.to_dict("records")
        assert [row["Class"] for row in rows] == ["red", "blue"]
        assert rows[0]["Images"] == "10 → 20 → 40"
        assert rows[0]["Would bring"].startswith("+")


def test_the_classes_to_draw_are_in_the_address(settings: Settings) -> None:
    run, _ = make_curve(settings)
    page = open_page("learning_curve", run=run, **{"class": ["blue", "nobody"]})
    assert not page.exception
    (chart,) = page.get("plotly_chart")
    assert '"name":"blue"' in chart.proto.spec.replace(" ", "")
    assert '"name":"Allclasses"' not in chart.proto.spec.replace(" ", "")


def test_what_a_curve_lacks_is_said_and_started_again(settings: Settings, launched: list[RunFolder]) -> None:
    run, _ = make_curve(settings, without=(2, 9))
    page = open_page("learning_curve", run=run)
    missing = "Not started, or deleted: 50 % of the images, seed 1; 100 % of the images, seed 3."
    assert missing in texts(page).replace("\\", "")
    page.button(key="curve-continue").click().run()
    assert not page.exception
    assert len(launched) == 2


def test_the_list_of_runs_and_each_run_lead_to_the_curve(settings: Settings) -> None:
    make_curve(settings)
    page = open_page("runs")
    assert ":material/stacks: **Learning curve of first look**" in [link.label for link in page.page_link]
    assert "±" not in texts(page), "runs that differ on purpose have no mean"
    member = next(run for run in runs.list_runs(settings) if run.group and run.group.place == 1)
    page = open_page("run", run=member.run)
    labels = [link.label.replace("\\", "") for link in page.page_link]
    assert "25 % of the images, seed 1 in Learning curve of first look" in labels


def test_a_sweep_is_started_with_the_ranges_of_the_form(settings: Settings, launched: list[RunFolder]) -> None:
    run = finished_run(settings).make(settings)
    page = open_page("sweep", run=run)
    assert "the answer will be that nothing is better" in page.warning[0].value
    page.multiselect(key="sweep-settings").set_value(["learning_rate", "ema"]).run()
    page.text_input(key="sweep-span-learning_rate").set_value("0.02..0.05").run()
    page.button(key="sweep-start").click().run()
    assert not page.exception
    (folder,) = launched
    sweep = sweeps.describe_sweep(settings, folder.root.name)
    rate, ema = sweep.plan.spans
    assert (rate.low, rate.high) == (sweep.plan.base_values["learning_rate"], 0.05), "made wide enough for the base"
    assert ema.choices == (0.0, 0.99, 0.998)
    assert "Validation has 12 images with objects" in sweep.plan.caveat
    assert sweep.plan.budget_s > 280 * 7, "one trial and a check of three seeds"


def test_a_range_that_is_none_is_said_beside_its_field(settings: Settings) -> None:
    page = open_page("sweep", run=finished_run(settings).make(settings))
    page.text_input(key="sweep-span-learning_rate").set_value("fast").run()
    assert "no number" in page.error[0].value
    assert page.button(key="sweep-start").disabled


def test_a_run_without_a_result_begins_no_sweep(settings: Settings) -> None:
    maker = finished_run(settings)
    page = open_page("sweep", run=type(maker)(dataset=maker.dataset, phase=Phase.FAILED).make(settings))
    assert "has no result yet" in page.error[0].value


@pytest.mark.parametrize(
    ("kind", "words", "type_of_button"),
    [
        pytest.param(sweeps.BETTER, "A better setting", "primary", id="better"),
        pytest.param(sweeps.NOTHING, "Nothing is better than what you have", "secondary", id="nothing"),
    ],
)
def test_the_answer_of_a_sweep_is_shown_with_its_trials(
    settings: Settings, kind: str, words: str, type_of_button: str
) -> None:
    run = finished_run(settings).make(settings)
    page = open_page("sweep", run=run, sweep=make_sweep(settings, run, kind=kind))
    assert not page.exception
    assert words in texts(page)
    assert page.button(key="sweep-use").proto.type == type_of_button
    assert len(page.get("plotly_chart")) == 3, "the history, and one for each setting"
    rows = page.dataframe[0].value.to_dict("records")
    assert [row["State"] for row in rows] == ["What you have", "Complete", "Ended early", "Failed", "Complete"]
    assert [row["Learning rate"] for row in rows] == ["0.01", "0.02", "0.0012", "0.04", "0.03"]
    assert len(page.dataframe[1].value) == 4, "the check of the best"


def test_the_settings_of_the_best_trial_fill_the_train_page(settings: Settings) -> None:
    maker = finished_run(settings)
    run = maker.make(settings)
    page = open_page("sweep", run=run, sweep=make_sweep(settings, run))
    page.button(key="sweep-use").click().run()
    assert not page.exception
    assert page.query_params["dataset"] == maker.dataset
    assert "clone" not in page.query_params, "the train page has taken it over"


def test_a_sweep_under_way_shows_its_trial_and_can_be_stopped(settings: Settings) -> None:
    run = finished_run(settings).make(settings)
    key = make_sweep(settings, run, Phase.STARTING)
    folder = RunFolder(settings.workspace / "sweeps" / key)
    liveness.hold(folder.lock)
    page = open_page("sweep", run=run, sweep=key)
    assert "Trial 4: learning rate 0.03" in page.get("progress")[0].proto.text.replace("\\", "")
    page.button(key="sweep-stop").click().run()
    assert folder.stop_request.exists()


@pytest.mark.parametrize("phase", [Phase.STOPPED, Phase.LOST])
def test_a_sweep_that_ended_before_its_answer_is_resumed(
    settings: Settings, launched: list[RunFolder], phase: Phase
) -> None:
    run = finished_run(settings).make(settings)
    key = make_sweep(settings, run, phase)
    page = open_page("sweep", run=run, sweep=key)
    page.button(key="sweep-resume").click().run()
    assert not page.exception
    assert [folder.root.name for folder in launched] == [key]


def test_the_sweeps_of_a_run_are_listed_on_its_form_and_a_damaged_one_is_not_in_the_way(settings: Settings) -> None:
    run = finished_run(settings).make(settings)
    key = make_sweep(settings, run)
    (settings.workspace / "sweeps" / make_sweep(settings, run) / "plan.json").write_text("{")
    page = open_page("sweep", run=run)
    assert not page.exception
    assert [link.label for link in page.page_link].count("**Sweep of first look**") == 1
    assert {row.sweep: row.phase for row in sweeps.list_sweeps(settings)}[key] == "finished"
    assert SweepRequest(run=run, over=("ema",), minutes=1).seeds == 3


@pytest.mark.parametrize("page", ["learning_curve", "sweep"])
def test_an_address_of_nothing_is_a_message_and_no_traceback(settings: Settings, page: str) -> None:
    shown = open_page(page, **{"curve" if page == "learning_curve" else "sweep": "../../etc"})
    assert not shown.exception
    assert shown.error
