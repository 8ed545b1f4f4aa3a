"""A diverged training is explained and started again with one click: real worker, real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from core.settings import Settings
from core.training.launch import launcher
from core.workspace.registry import Registry, new_id
from tests.factories.app.app_server import AppServer
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.tiny_run import tiny_data, tiny_recipe, tiny_run

# Without a browser it is in tests/process/test_failures.py.
pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.usefixtures("warm_workers")]

# Two trainings of some seconds each, on a machine that may be busy.
_TRAINED_MS = 240_000
# Until eight charts are drawn and nothing moves under a click any more.
_DRAWN_MS = 120_000


def test_a_diverged_run_is_started_again_with_one_click_and_finishes(app: AppServer, page: Page) -> None:
    settings = Settings(workspace=app.workspace)
    data = tiny_data(app.workspace, DatasetMaker(name="astray", train=6, val=1, size=64))
    # Unbounded gradients: at 0.8 the model goes astray within some steps, at a third of it not.
    recipe = tiny_recipe(20, learning_rate=0.8, warmup=0, decay_at=(), clip="off")
    run = new_id("r")
    folder = tiny_run(app.workspace, run, recipe, data)
    Registry(settings).add("run", run, "too fast")
    launcher.start(folder, recipe.iterations)

    page.goto(f"{app.url}run?run={run}")
    cause = page.get_by_text("The training diverged")
    expect(cause).to_be_visible(timeout=_TRAINED_MS)
    # The text of the exception is folded.
    exception = page.get_by_text("FloatingPointError")
    expect(exception).to_be_hidden()
    page.get_by_text("Last exception").click(timeout=_DRAWN_MS)
    expect(exception.first).to_be_visible()
    row = page.get_by_role("row", name=re.compile("learning rate"))
    expect(row).to_contain_text("0.8")
    expect(row).to_contain_text("0.2667")
    page.get_by_role("button", name="Start again with this").click(timeout=_DRAWN_MS)

    expect(page.get_by_text("Repairs a failed run")).to_be_visible(timeout=_DRAWN_MS)
    expect(page).not_to_have_url(re.compile(run))
    expect(page.get_by_text("Finished", exact=True)).to_be_visible(timeout=_TRAINED_MS)

    page.get_by_role("link", name="Open the failed run").click(timeout=_DRAWN_MS)
    expect(page.get_by_role("link", name="Open the run that was started with this")).to_be_visible()
    expect(page.get_by_role("button", name="Start again with this")).to_have_count(0)
