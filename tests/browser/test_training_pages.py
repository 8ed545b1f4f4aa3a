"""Runs in a browser: a live page follows its worker, the first visitor of a link gets the whole app."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.files import append_json_line
from core.settings import Settings
from core.training.run.folder import RunFolder
from core.training.run.status import Phase, read_status, write_status
from core.workspace.layout import Layout
from tests.browser.plots import come_to_rest, points_of, wait_for_more_points
from tests.factories.app.app_server import AppServer, serve
from tests.factories.runs import RunMaker

pytestmark = pytest.mark.browser


def test_a_live_page_follows_the_worker_within_two_seconds_and_rests_once_it_has_ended(
    app: AppServer, page: Page
) -> None:
    settings = Settings(workspace=app.workspace)
    run = RunMaker(name="live one", phase=Phase.RUNNING).make(settings)
    folder = RunFolder(Layout(app.workspace).folder("run", run))
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
    run = RunMaker(name="linked one").make(Settings(workspace=workspace))
    with serve(workspace) as server:
        page = browser.new_page()
        page.goto(f"{server.url}run?run={run}")
        expect(page.locator(".st-key-frame")).to_contain_text("linked one", timeout=30_000)
        expect(page.locator("[data-testid=stSidebarNavLink]")).to_have_count(5)
        page.close()


def test_runs_are_picked_and_compared(app: AppServer, page: Page) -> None:
    settings = Settings(workspace=app.workspace)
    for seed in (1, 2):
        RunMaker(name=f"compare seed {seed}", seed=seed).make(settings)
    page.goto(f"{app.url}runs?q=compare")
    boxes = page.locator("[class*='st-key-run-row'] [data-testid=stCheckbox] label")
    expect(boxes).to_have_count(2)
    boxes.nth(0).click()
    expect(page).to_have_url(re.compile("compare="))
    come_to_rest(page)  # a click while the list is drawn again is lost
    boxes.nth(1).click()

    expect(page.get_by_text("Differences of the recipes")).to_be_visible()
    expect(page.locator("[class*='st-key-overlay'] .js-plotly-plot")).to_have_count(2)


def test_note_and_tags_are_written_found_and_compared(app: AppServer, page: Page) -> None:
    settings = Settings(workspace=app.workspace)
    first, second = (RunMaker(name=f"noted seed {seed}", seed=seed).make(settings) for seed in (1, 2))
    page.goto(f"{app.url}run?run={first}")
    page.get_by_role("button", name="Add a note or tags").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").fill("Good")
    dialog.get_by_role("combobox").press("Enter")
    # An open list hides the rest of the dialog from queries by role.
    dialog.get_by_role("combobox").press("Tab")
    dialog.get_by_role("textbox", name="Note").fill("Finds **small** cells ![spy](http://127.0.0.1:1/spy.png)")
    dialog.get_by_role("button", name="Save").click()

    notes = page.locator(".st-key-run-notes")
    expect(notes.locator("strong")).to_have_text("small")
    expect(notes).to_contain_text("good")
    expect(dialog).to_have_count(0)
    assert page.locator("img[src*=spy]").count() == 0

    page.goto(f"{app.url}runs?tag=good&compare={first}&compare={second}")
    rows = page.locator("[class*='st-key-run-row']")
    expect(rows).to_have_count(2)  # the picked ones stay in view
    expect(rows.filter(has_text="noted seed 1")).to_contain_text("good")
    expect(page.get_by_text("Best checkpoints, tags and notes")).to_be_visible()
    page.goto(f"{app.url}runs?tag=good")
    expect(rows).to_have_count(1)


def test_undo_restores_a_deleted_run(app: AppServer, page: Page) -> None:
    run = RunMaker(name="thrown away").make(Settings(workspace=app.workspace))
    page.goto(f"{app.url}run?run={run}")
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    row = page.locator(f".st-key-run-row-{run}")
    expect(page.get_by_text("was moved to the trash")).to_be_visible()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row).to_have_count(1)
    expect(page.get_by_text("was moved to the trash")).to_have_count(0)
