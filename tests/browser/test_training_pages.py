"""Runs in a browser: a live page follows its worker, the first visitor of a link gets the whole app."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.files import append_json_line
from core.settings import Settings
from core.training.run_folder import RunFolder
from core.training.status import Phase, read_status, write_status
from core.workspace.layout import Layout
from tests.browser.plots import points_of, wait_for_more_points
from tests.makers.app_server import AppServer, serve
from tests.makers.runs import RunMaker

pytestmark = pytest.mark.browser


def test_a_live_page_follows_the_worker_within_two_seconds_and_rests_once_it_has_ended(
    app: AppServer, page: Page
) -> None:
    settings = Settings(app.workspace)
    run = RunMaker(name="live one", phase=Phase.RUNNING).make(settings)
    folder = RunFolder(Layout(app.workspace).one("run", run))
    page.goto(f"{app.url}run?run={run}")
    wait_for_more_points(page, "run-loss", "Training", 0, 30_000)
    seen = points_of(page, "run-loss", "Training")

    append_json_line(folder.metrics, {"iteration": 250, "time": 1.0, "loss/total": 0.4})
    # Two seconds is the promise on a quiet machine; here other tests may be using it.
    wait_for_more_points(page, "run-loss", "Training", seen, 10_000)

    status = read_status(folder.status)
    write_status(folder.status, status.with_(phase=Phase.FINISHED, iteration=400, eta_s=None, activity=""))
    expect(page.get_by_text("Finished", exact=True)).to_be_visible(timeout=10_000)
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)


def test_the_first_visitor_of_a_run_by_link_gets_the_whole_app(browser: Browser, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    run = RunMaker(name="linked one").make(Settings(workspace))
    with serve(workspace) as server:
        page = browser.new_page()
        page.goto(f"{server.url}run?run={run}")
        expect(page.locator(".st-key-frame")).to_contain_text("linked one", timeout=30_000)
        expect(page.locator("[data-testid=stSidebarNavLink]")).to_have_count(5)
        page.close()


def test_runs_are_picked_and_compared(app: AppServer, page: Page) -> None:
    settings = Settings(app.workspace)
    for seed in (1, 2):
        RunMaker(name=f"compare seed {seed}", seed=seed).make(settings)
    page.goto(f"{app.url}runs?q=compare")
    boxes = page.locator("[class*='st-key-run-row'] [data-testid=stCheckbox] label")
    expect(boxes).to_have_count(2)
    boxes.nth(0).click()
    expect(page).to_have_url(re.compile("compare="))
    boxes.nth(1).click()

    expect(page.get_by_text("What sets the recipes apart")).to_be_visible()
    expect(page.locator("[class*='st-key-overlay'] .js-plotly-plot")).to_have_count(2)
