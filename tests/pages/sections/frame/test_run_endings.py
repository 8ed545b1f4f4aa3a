"""Any open page tells that a run has ended."""

import time
from pathlib import Path

import pytest

from core.services.runs import run_folder
from core.settings import Settings
from core.training.launch import queue
from core.training.run.status import Phase, read_status, write_status
from tests.factories.app.pages import open_page, workspace
from tests.factories.runs import RunMaker


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    return workspace(monkeypatch, tmp_path)


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        (Phase.FINISHED, "**first \\<b\\>** has finished. Best AP 34.9."),
        (Phase.FAILED, "**first \\<b\\>** has failed. The disk is full\\."),
        (Phase.STOPPED, "**first \\<b\\>** has stopped. Best AP 34.9."),
    ],
    ids=str,
)
def test_the_end_of_a_watched_run_is_told_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, phase: Phase, words: str
) -> None:
    run = RunMaker(name="first <b>", phase=Phase.RUNNING).make(settings)
    folder = run_folder(settings, run)
    waits = [queue.Ticket(key=run, lock=str(folder.lock), enqueued=time.time(), priority=0)]
    monkeypatch.setattr("core.services.runs.control.waiting", lambda _: waits)
    page = open_page("datasets")
    assert not page.toast
    waits.clear()
    page.run()
    assert not page.toast, "it still lives: it is between waiting and its device"
    write_status(folder.status, read_status(folder.status).with_(phase=phase, reason="The disk is full."))
    page.run()
    assert [toast.value for toast in page.toast] == [words]
    page.run()
    assert not page.toast


def test_a_run_that_ended_before_the_session_is_not_told(settings: Settings) -> None:
    RunMaker(name="first").make(settings)
    page = open_page("datasets")
    page.run()
    assert not page.toast
