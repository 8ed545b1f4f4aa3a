"""Groups, checks and training on everything on the pages; no worker is started."""

import time
from pathlib import Path

import pytest

from core.files import read_json, write_json
from core.services import runs, training
from core.services.training import TrainRequest
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.training.run.folder import RunFolder
from core.training.run.groups import GroupPart
from core.training.run.measurements import write_measurements
from core.training.run.status import Overfitting, Phase, Status, read_status, write_status
from core.workspace.layout import Layout
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.measurements import measurements
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    monkeypatch.setattr(LocalLauncher, "spawn", lambda self, folder: None)
    return workspace(monkeypatch, tmp_path)


def _made_group(settings: Settings, tops: tuple[float, ...] = (0.4, 0.5, 0.6)) -> None:
    for place, top in enumerate(tops, 1):
        folder = runs.run_folder(
            settings, RunMaker(name=f"cv, fold {place}", dataset="shapes", top_ap=top).make(settings)
        )
        part = GroupPart(group="g-222222", name="cv", kind="folds", place=place, of=len(tops), label=f"fold {place}")
        write_json(folder.job, {**read_json(folder.job), "group": part.as_dict()})


def _answer(settings: Settings, **measured: object) -> None:
    """Ends the only check with measurements, or as failed with a `reason`."""
    (path,) = Layout(settings.workspace).preflights.iterdir()
    folder = RunFolder(path)
    if "reason" in measured:
        write_status(folder.status, Status(phase=Phase.FAILED, **measured))  # type: ignore[arg-type]
        return
    write_measurements(path, measurements(**measured))
    write_status(folder.status, Status(phase=Phase.FINISHED, updated=time.time()))


def test_a_group_is_one_line_of_the_list_with_mean_and_spread(settings: Settings) -> None:
    DatasetMaker().make(settings)
    _made_group(settings)
    RunMaker(name="alone", dataset="shapes").make(settings)
    page = open_page("runs")
    assert not page.exception
    labels = [link.proto.label for link in page.get("page_link")]
    assert sum("cv" in label for label in labels) == 1
    assert any("alone" in label for label in labels)
    assert "±" in texts(page)


def test_the_view_of_a_group_shows_its_runs_and_each_value(settings: Settings) -> None:
    DatasetMaker().make(settings)
    _made_group(settings)
    RunMaker(name="alone", dataset="shapes").make(settings)
    page = open_page("runs", group="g-222222")
    labels = [link.proto.label for link in page.get("page_link")]
    assert all(any(f"cv, fold {place}" in label for label in labels) for place in (1, 2, 3))
    assert not any("alone" in label for label in labels)
    assert [metric.label for metric in page.metric] == ["Best AP", "Best AP50", "Last AP", "Last AP50"]
    assert all("±" in metric.value for metric in page.metric)
    assert "other images" in texts(page)


def test_a_run_of_a_group_leads_to_it_and_offers_training_on_everything(settings: Settings) -> None:
    DatasetMaker().make(settings)
    _made_group(settings)
    run = runs.describe_run(settings, "cv, fold 2").run
    page = open_page("run", run=run)
    assert not page.exception
    assert any("Fold 2 of 3 in cv" in link.proto.label for link in page.get("page_link"))
    assert page.button(key="run-everything")


def test_a_run_that_overfits_says_so(settings: Settings) -> None:
    DatasetMaker().make(settings)
    run = RunMaker(name="turned", dataset="shapes").make(settings)
    folder = runs.run_folder(settings, run)
    turned = read_status(folder.status).with_(turned=Overfitting(iteration=200, training_falls=True))
    write_status(folder.status, turned)
    words = "Validation got worse after iteration 200 while the training loss still fell"
    assert words in texts(open_page("run", run=run))


@pytest.mark.parametrize(
    ("kind", "names"), [("seeds", ["seed 1", "seed 2", "seed 3"]), ("folds", ["fold 1", "fold 2"])]
)
def test_several_runs_are_started_from_the_form(settings: Settings, kind: str, names: list[str]) -> None:
    page = open_page("train", dataset=DatasetMaker().make(settings))
    page.segmented_control(key="train:runs").set_value(kind).run()
    page.number_input(key=f"train:{kind}").set_value(len(names)).run()
    page.button(key="train-start").click().run()
    assert not page.exception
    started = runs.list_runs(settings)
    assert sorted(run.group.label for run in started if run.group) == names
    assert page.query_params["group"] in {run.group.group for run in started if run.group}


def test_a_check_from_the_form_shows_its_result_in_words(settings: Settings) -> None:
    page = open_page("train", dataset=DatasetMaker().make(settings))
    page.button(key="train-check").click().run()
    assert "Checking" in texts(page)
    _answer(settings, peak_mib=900.0, memory_mib=9000.0)
    page.run()
    shown = texts(page)
    assert not page.exception
    assert "It fits" in shown
    assert "10 % of the memory" in shown
    assert "1 s at batch 2" in shown.replace("1.0 s", "1 s")
    assert "from the check of this recipe" in shown


def test_the_batch_of_a_check_can_be_used(settings: Settings) -> None:
    page = open_page("train", dataset=DatasetMaker().make(settings))
    page.button(key="train-check-batch").click().run()
    _answer(settings, batch=8, batch_source="A batch of 16 does not fit: out of memory.")
    page.run()
    assert "A batch of 16 does not fit" in texts(page)
    page.button(key="train-check-use").click().run()
    assert page.number_input(key="train:batch").value == 8
    assert "has changed" not in texts(page)
    page.number_input(key="train:iterations").set_value(7).run()
    assert "has changed" in texts(page)


def test_a_failed_check_shows_cause_and_remedy(settings: Settings) -> None:
    page = open_page("train", dataset=DatasetMaker().make(settings))
    page.button(key="train-check").click().run()
    _answer(settings, reason="The machine ran out of memory.", remedy="Halve the batch.", exception="MemoryError")
    page.run()
    shown = texts(page)
    assert "The training would fail: The machine ran out of memory." in shown.replace("\\", "")
    assert "Halve the batch" in shown


def test_a_check_can_be_cancelled(settings: Settings) -> None:
    dataset = DatasetMaker().make(settings)
    page = open_page("train", dataset=dataset)
    page.button(key="train-check").click().run()
    page.button(key="train-check-cancel").click().run()
    (path,) = Layout(settings.workspace).preflights.iterdir()
    assert RunFolder(path).stop_request.exists()
    write_status(RunFolder(path).status, Status(phase=Phase.STOPPED, updated=time.time()))
    page.run()
    assert "cancelled" in texts(page)
    assert training.preflight_state(settings, path.name, TrainRequest(dataset=dataset)).result is None
