"""The queue on the Runs page and on the page of a queued run, with real, tiny processes that wait."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.actor import Actor
from core.files import read_json
from core.services import runs
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher, kill, start
from core.training.launch.liveness import observe
from core.training.launch.queue_requests import read_wishes
from core.training.recipe.recipe import recipe_from_json
from core.training.run.folder import RunFolder
from core.training.run.status import ENDED, Phase, read_status
from core.workspace.layout import Layout
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.runs import RunMaker
from tests.factories.waiting import eventually
from tests.factories.workers.tiny_worker import tiny_launcher


def _folder(settings: Settings, run: str) -> RunFolder:
    return RunFolder(Layout(settings.workspace).folder("run", run))


def _phase(folder: RunFolder) -> Phase:
    return observe(folder.status, folder.lock).phase


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    monkeypatch.setenv("DETDESK_USER", "ada")
    return workspace(monkeypatch, tmp_path)


@pytest.fixture
def queued(settings: Settings) -> Iterator[list[str]]:
    """The ids of two runs that wait behind one in the slot."""
    made = [RunMaker(name=name, iteration=0).make(settings) for name in ("first", "second", "third")]
    for place, run in enumerate(made):
        folder = _folder(settings, run)
        folder.status.unlink()
        start(folder, 400, tiny_launcher(0.1))
        eventually(lambda one=folder, wanted=Phase.QUEUED if place else Phase.RUNNING: _phase(one) is wanted)  # type: ignore[misc]
        eventually(lambda waits=place: len(runs.list_queue(settings)) == waits)  # type: ignore[misc]
    yield made[1:]
    for run in made:
        if _phase(_folder(settings, run)) not in ENDED:
            kill(_folder(settings, run))


@pytest.mark.process
def test_the_queue_lists_what_waits_and_a_click_moves_it_up(settings: Settings, queued: list[str]) -> None:
    second, third = queued
    page = open_page("runs")
    shown = texts(page)
    assert "2 waiting, next first" in shown
    assert page.button(key=f"queue-up-{second}").disabled
    assert page.button(key=f"queue-down-{third}").disabled

    page.button(key=f"queue-up-{third}").click().run()

    assert [one.key for one in runs.list_queue(settings)] == [third, second]
    assert page.button(key=f"queue-up-{third}").disabled
    wishes = read_wishes(Layout(settings.workspace).slots)
    assert wishes[third].actor == Actor(name="ada", source="page")


@pytest.mark.process
def test_cancel_takes_a_run_out_of_the_queue(settings: Settings, queued: list[str]) -> None:
    second, third = queued
    page = open_page("runs")

    page.button(key=f"queue-cancel-{second}").click().run()

    eventually(lambda: _phase(_folder(settings, second)) is Phase.STOPPED)
    assert read_status(_folder(settings, second).status).reason == "Cancelled before its turn."
    assert [one.key for one in runs.list_queue(settings)] == [third]


@pytest.mark.process
def test_the_page_of_a_queued_run_says_its_place_and_offers_to_cancel(settings: Settings, queued: list[str]) -> None:
    page = open_page("run", run=queued[1])
    assert "Number 2 in the queue, starts in about" in texts(page)

    page.button(key="run-cancel").click().run()

    eventually(lambda: _phase(_folder(settings, queued[1])) is Phase.STOPPED)


@pytest.mark.process
def test_the_expected_start_is_the_time_left_of_the_runs_ahead(settings: Settings, queued: list[str]) -> None:
    first, second = runs.list_queue(settings)
    assert first.starts_in_s is not None
    assert second.starts_in_s is not None
    # 400 iterations of a small model take minutes by the measured speed; both runs are equally long.
    assert 60 < first.starts_in_s < 3600
    assert second.starts_in_s == pytest.approx(2 * first.starts_in_s, rel=0.05)


def test_a_finished_run_is_extended_from_its_page(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    launched: list[str] = []
    monkeypatch.setattr(LocalLauncher, "spawn", lambda self, folder: launched.append(folder.root.name))
    run = RunMaker(iterations=400).make(settings)
    page = open_page("run", run=run)

    page.number_input(key="run-extend-by").set_value(100).run()
    assert "to iteration 500" in texts(page)
    page.button(key="run-extend-start").click().run()

    folder = _folder(settings, run)
    assert launched == [run]
    assert recipe_from_json(read_json(folder.recipe)).iterations == 500
    assert read_status(folder.status).of_iterations == 500
    assert "Queued" in texts(page)


def test_a_run_that_trains_cannot_be_extended_from_its_page(settings: Settings) -> None:
    page = open_page("run", run=RunMaker(phase=Phase.RUNNING).make(settings))
    assert not [one for one in page.button if one.key == "run-extend-start"]


def test_a_damaged_ticket_of_a_run_that_died_is_shown_without_a_place_in_the_queue(settings: Settings) -> None:
    run = RunMaker(name="died", phase=Phase.LOST).make(settings)
    ticket = settings.workspace / "slots/waiting" / f"{run}.json"
    ticket.parent.mkdir(parents=True)
    ticket.write_text("{")

    page = open_page("runs")

    assert not page.exception
    shown = texts(page)
    assert "0 waiting, next first" in shown
    assert f"`{ticket.name}`: it is cut off" in shown.replace("\\", "")
    assert "Remove the file: it is made anew." in shown.replace("\\", "")
    assert not [one for one in page.button if (one.key or "").startswith("queue-")]
