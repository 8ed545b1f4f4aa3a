"""The whole way on the demo data, in a browser: import planted faults, train for real, evaluate, look at mistakes."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.services import runs
from core.settings import Settings
from tests.browser.importing import click_import
from tests.browser.plots import click_cell, counts_of, points_of, wait_for_more_points
from tests.factories.app.app_server import AppServer
from tests.factories.app.demo_upload import demo_zip

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

# Seconds on a quiet machine; minutes where others train beside it.
_TRAINING_MS = 360_000


def test_from_faulty_labels_to_the_images_of_one_kind_of_mistake(app: AppServer, page: Page, tmp_path: Path) -> None:
    dataset = import_what_can_be_used(app, page, tmp_path)
    run = start_training(app, page, dataset)
    watch_the_curve_grow(page)
    expect(page.get_by_text("Finished", exact=True)).to_be_visible(timeout=_TRAINING_MS)
    assert runs.describe_run(Settings(workspace=app.workspace), run).best, "validation was evaluated"
    evaluate_on_validation(page)
    look_at_what_was_missed(page)


def import_what_can_be_used(app: AppServer, page: Page, tmp_path: Path) -> str:
    page.goto(f"{app.url}datasets?import=1")
    page.locator(".uploader input[type=file]").set_input_files(demo_zip(tmp_path, "whole-way", images=24))
    expect(page.get_by_text("Unreadable label lines").first).to_be_visible()
    page.get_by_text("Leave out what is blocked").click()
    click_import(page)
    expect(page).to_have_url(re.compile(r"/dataset\?dataset=whole-way"))
    return "whole-way"


def set_iterations(page: Page, count: int) -> None:
    page.get_by_text(re.compile("^Schedule")).first.click()
    iterations = page.get_by_label("Iterations", exact=True)
    iterations.fill(str(count))
    iterations.press("Enter")
    expect(page.locator(".st-key-train-plan")).to_contain_text(f"{count} iterations")


def start_training(app: AppServer, page: Page, dataset: str) -> str:
    page.goto(f"{app.url}train?dataset={dataset}")
    set_iterations(page, 16)
    page.get_by_role("button", name="Start").click()
    expect(page).to_have_url(re.compile(r"/run\?run=r-"))
    return page.url.rpartition("run=")[2]


def watch_the_curve_grow(page: Page) -> None:
    wait_for_more_points(page, "run-loss", "Training", 0, _TRAINING_MS)
    seen = points_of(page, "run-loss", "Training")
    wait_for_more_points(page, "run-loss", "Training", seen, _TRAINING_MS)


def evaluate_on_validation(page: Page) -> None:
    page.locator(".st-key-run-evaluate button").click()
    page.locator(".st-key-evaluate button").click()
    expect(page).to_have_url(re.compile(r"evaluation=e-"))
    expect(page.get_by_role("tab", name="Matrix")).to_be_visible(timeout=120_000)


def look_at_what_was_missed(page: Page) -> None:
    matrix = counts_of(page)
    classes = len(matrix) - 1
    missed = [row[classes] for row in matrix[:classes]]
    most = missed.index(max(missed))
    assert missed[most] > 0, "sixteen iterations teach nobody everything"
    click_cell(page, most, classes)
    expect(page).to_have_url(re.compile(f"cell={most}%3A{classes}"))
    words = page.get_by_text(re.compile(rf"{missed[most]:,} box(es)?: missed"))
    expect(words).to_be_visible()
    expect(page.locator(".grid .tile").first).to_be_visible()
    page.locator(".grid .tile").first.click()
    expect(page.locator(".viewer canvas")).to_have_attribute("data-ready", "1")
    assert int(page.locator(".viewer canvas").get_attribute("data-shown-missed") or 0) > 0
