"""The evaluate page in a browser: clicks in the matrix, the pictures that answer, the viewer, links."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.desk.imports import ImportOptions, import_dataset
from core.settings import Settings
from core.tables import read_table
from core.workspace.layout import Layout
from tests.browser.plots import click_cause, click_cell, counts_of
from tests.makers.app_server import AppServer
from tests.makers.demo_upload import demo_folder
from tests.makers.judged import EvaluationMaker

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def judged(app: AppServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A finished evaluation on a small data set."""
    settings = Settings(app.workspace)
    source = demo_folder(tmp_path_factory.mktemp("source") / "judged-tiles", faults=False)
    dataset = import_dataset(settings, source, ImportOptions(name="judged-tiles"), lambda share, what: None).dataset
    return EvaluationMaker(dataset, split="all", missed=0.2, mixed_up=0.2, strays=2).make(settings)


def test_each_click_in_the_matrix_shows_exactly_these_boxes(app: AppServer, page: Page, judged: str) -> None:
    page.goto(f"{app.url}evaluate?evaluation={judged}")
    matrix = counts_of(page)
    size = len(matrix)
    cells = [(row, column) for row in range(size) for column in range(size) if matrix[row][column]][:4]
    assert len(cells) == 4

    for row, column in cells:
        click_cell(page, row, column)
        expect(page).to_have_url(re.compile(f"cell={row}%3A{column}"))
        number = matrix[row][column]
        expect(page.get_by_text(re.compile(rf"^{number:,} box(es)?: "))).to_be_visible()
        assert counts_of(page) == matrix

    click_cell(page, *cells[-1])
    expect(page).not_to_have_url(re.compile("cell="))


def test_a_click_on_a_cause_shows_exactly_the_boxes_that_the_tables_say(
    app: AppServer, page: Page, judged: str
) -> None:
    """The tables on disk hold the causes at score 0, so the page is asked for that score."""
    folder = Layout(app.workspace).one("evaluation", judged)
    found, objects = read_table(folder / "detections.parquet"), read_table(folder / "truths.parquet")
    images = read_table(folder / "images.parquet").sort_values("file_name").set_index("image_id")
    page.goto(f"{app.url}evaluate?evaluation={judged}&score=0&sort=name")
    page.get_by_role("tab", name="Causes").click()

    for cause, words, table, key in (
        ("class", r"false alarms \(wrong class\)", found, "detection_id"),
        ("background", r"false alarms \(nothing there\)", found, "detection_id"),
        ("missed", "objects missed outright", objects, "annotation_id"),
    ):
        boxes = table[table["cause"] == cause]
        pictures = boxes["image_id"].nunique()
        assert pictures > 1
        click_cause(page, cause)
        expect(page).to_have_url(re.compile(f"cause={cause}"))
        expect(page.get_by_text(re.compile(f"^{len(boxes):,} {words} on {pictures:,} pictures"))).to_be_visible()

        image = int(images.index[images.index.isin(boxes["image_id"])][0])
        first = page.locator(".grid .tile").first
        expect(first).to_have_attribute("data-id", str(image))
        first.click()
        kind = "truth" if table is objects else "detection"
        expected = sorted(f"{kind} {key}" for key in boxes.loc[boxes["image_id"] == image, key])
        canvas = page.locator(".viewer canvas")
        expect(canvas).to_have_attribute("data-chosen", ",".join(expected))
        page.get_by_role("button", name="All pictures").click()

    click_cause(page, "missed")
    expect(page).not_to_have_url(re.compile("cause="))


def test_a_picture_opens_with_its_layers_and_steps_in_the_filters_order(
    app: AppServer, page: Page, judged: str
) -> None:
    page.goto(f"{app.url}evaluate?evaluation={judged}&outcome=missed")
    page.locator(".grid .tile").first.click()
    canvas = page.locator(".viewer canvas")
    expect(canvas).to_have_attribute("data-ready", "1")
    assert int(canvas.get_attribute("data-shown-missed") or 0) > 0
    first = page.url

    page.locator(".viewer").press("ArrowRight")
    expect(page).not_to_have_url(first)
    expect(page).to_have_url(re.compile(r"image=\d+"))

    page.get_by_role("button", name="All pictures").click()
    expect(page.locator(".grid .tile").first).to_be_visible()
    expect(page).not_to_have_url(re.compile("image="))


def test_a_link_carries_score_class_outcome_and_picture_to_another_browser(
    app: AppServer, page: Page, judged: str, tmp_path: Path
) -> None:
    page.goto(f"{app.url}evaluate?evaluation={judged}&score=0.3&outcome=missed&sort=name")
    sentence = page.get_by_text(re.compile(r"^[\d,]+ missed boxes on"))
    expect(sentence).to_be_visible()
    page.locator(".grid .tile").first.click()
    canvas = page.locator(".viewer canvas")
    expect(canvas).to_have_attribute("data-ready", "1")
    shown = [canvas.get_attribute(f"data-shown-{layer}") for layer in ("tp", "fp", "missed")]

    other = page.context.browser
    assert other is not None
    tab = other.new_page()
    tab.goto(page.url)
    again = tab.locator(".viewer canvas")
    expect(again).to_have_attribute("data-ready", "1", timeout=30_000)
    assert float(again.get_attribute("data-score") or 0) == 0.3
    assert [again.get_attribute(f"data-shown-{layer}") for layer in ("tp", "fp", "missed")] == shown
    tab.close()
