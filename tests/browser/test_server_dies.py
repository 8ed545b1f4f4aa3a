"""The page server is killed while one run trains and another waits: both go on, and a new server shows them live."""

import os
import re
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.services import runs
from core.settings import Settings
from core.training.run.status import ENDED, Phase
from tests.browser.test_whole_way import set_iterations
from tests.factories.app.app_server import AppServer, serve
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.waiting import eventually
from tests.factories.workers.paused import paused

# Without a browser it is in tests/process/test_runs_for_real.py.
pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.usefixtures("warm_workers")]

# Two short trainings one after the other, each starting PyTorch, on a machine that may be busy.
_BOTH_MS = 240_000
_LENGTH = 8


def test_both_runs_end_and_a_new_server_shows_them(page: Page, tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path / "workspace")
    DatasetMaker().make(settings)
    with serve(settings.workspace) as first:
        training = _start(first, page)
        eventually(lambda: _phase(settings, training) is not Phase.QUEUED, 120)
        # What a page takes to be filled in, and a server to start, this training need not last.
        with paused(settings, training):
            waiting = _start(first, page)
        assert _phase(settings, waiting) is Phase.QUEUED
        os.killpg(first.process.pid, signal.SIGKILL)
        first.process.wait()
    reached = _iteration(settings, training)
    eventually(lambda: _iteration(settings, training) > reached, 120, "an iteration without a server")
    assert _phase(settings, training) not in ENDED
    with ExitStack() as pause:
        pause.enter_context(paused(settings, training))
        with serve(settings.workspace) as second:
            page.goto(f"{second.url}run?run={waiting}")
            expect(page.get_by_text("Queued", exact=True)).to_be_visible()
            pause.close()
            expect(page.get_by_text("Finished", exact=True)).to_be_visible(timeout=_BOTH_MS)
            page.goto(f"{second.url}run?run={training}")
            expect(page.get_by_text("Finished", exact=True)).to_be_visible()


def _start(app: AppServer, page: Page) -> str:
    page.goto(f"{app.url}train?dataset=shapes")
    set_iterations(page, _LENGTH)
    page.get_by_role("button", name="Start").click()
    expect(page).to_have_url(re.compile(r"/run\?run=r-"))
    return page.url.rpartition("run=")[2]


def _iteration(settings: Settings, run: str) -> int:
    return int(runs.describe_run(settings, run).iteration)


def _phase(settings: Settings, run: str) -> Phase:
    return Phase(runs.describe_run(settings, run).phase)
