"""A real training is stopped and resumed from its page in a browser, and ends where it was planned to."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.services.runs import control as runs
from core.settings import Settings
from tests.browser.test_whole_way import set_iterations
from tests.factories.app.app_server import serve
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.waiting import eventually
from tests.factories.workers.paused import paused

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("warm_workers")]

_LENGTH = 8
_END_MS = 240_000


def test_a_training_is_stopped_and_resumed_from_its_page(page: Page, tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path / "workspace")
    DatasetMaker().make(settings)
    with serve(settings.workspace) as app:
        page.goto(f"{app.url}train?dataset=shapes")
        set_iterations(page, _LENGTH)
        page.get_by_role("button", name="Start").click()
        expect(page).to_have_url(re.compile(r"/run\?run=r-"))
        run = page.url.rpartition("run=")[2]
        eventually(lambda: runs.describe_run(settings, run).iteration >= 1, 120, "the first iteration")

        # A click takes longer than this training.
        with paused(settings, run):
            page.locator(".st-key-run-stop").get_by_role("button").click()
            eventually(runs.run_folder(settings, run).stop_request.exists, 60, "the request to stop")
        expect(page.get_by_text("Stopped", exact=True)).to_be_visible(timeout=_END_MS)
        stopped = runs.describe_run(settings, run)
        assert 1 <= stopped.iteration < _LENGTH
        assert [checkpoint.iteration for checkpoint in stopped.checkpoints if checkpoint.kind == "last"] == [
            stopped.iteration
        ]

        page.locator(".st-key-run-resume button").click()
        expect(page.get_by_text("Finished", exact=True)).to_be_visible(timeout=_END_MS)
        assert runs.describe_run(settings, run).iteration == _LENGTH
        assert f"Going on from the checkpoint of iteration {stopped.iteration}" in runs.read_log(settings, run)
