"""Overview, data sets, import and one data set, driven in a browser on the real server."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from core.progress import say_nothing
from core.services.datasets import ImportOptions, import_dataset, list_datasets
from core.settings import Settings
from tests.browser.importing import click_import
from tests.factories.actors import ADA
from tests.factories.app.app_server import AppServer, serve
from tests.factories.app.demo_upload import demo_folder, demo_zip
from tests.services.datasets.test_ignored_and_attributes import kitti

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def tiles(app: AppServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small data set, imported before."""
    source = demo_folder(tmp_path_factory.mktemp("source") / "tiles")
    options = ImportOptions(name="ready-tiles", leave_out_blocked=True)
    return import_dataset(Settings(workspace=app.workspace), source, options, say_nothing, actor=ADA).dataset


def canvas(page: Page) -> Locator:
    return page.locator(".viewer canvas")


def test_an_archive_is_inspected_its_faults_are_seen_and_the_rest_is_imported(
    app: AppServer, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{app.url}datasets?import=1")
    page.locator(".uploader input[type=file]").set_input_files(demo_zip(tmp_path, "planted"))

    expect(page.get_by_text("What was found")).to_be_visible()
    expect(page.get_by_text("Unreadable label lines").first).to_be_visible()
    expect(page.locator(".grid .tile").first).to_be_visible()
    expect(page.get_by_role("button", name="Import", exact=True)).to_be_disabled()

    page.get_by_text("Leave out what is blocked").click()
    click_import(page)

    expect(page).to_have_url(re.compile(r"/dataset\?dataset=planted"))
    expect(page.get_by_role("heading", name=re.compile("planted"))).to_be_visible()
    expect(page.get_by_text("Unreadable label lines").first).to_be_visible()
    assert list((app.workspace / "uploads").glob("*")) == []


def test_cancelling_an_import_leaves_nothing_behind(app: AppServer, page: Page, tmp_path: Path) -> None:
    page.goto(f"{app.url}datasets?import=1")
    page.locator(".uploader input[type=file]").set_input_files(demo_zip(tmp_path, "cancelled", faults=False))
    expect(page.get_by_role("button", name="Import", exact=True)).to_be_enabled()
    page.get_by_role("button", name="Cancel").click()

    expect(page.locator(".uploader .zone")).to_have_count(1)
    expect(page.locator(".uploader .zone")).to_be_visible()
    assert list((app.workspace / "uploads").glob("*")) == []
    assert "cancelled" not in {dataset.name for dataset in list_datasets(Settings(workspace=app.workspace))}


def test_a_file_that_is_no_archive_is_refused_with_a_remedy(app: AppServer, page: Page, tmp_path: Path) -> None:
    fake = tmp_path / "fake.zip"
    fake.write_bytes(b"not an archive" * 100)
    page.goto(f"{app.url}datasets?import=1")
    page.locator(".uploader input[type=file]").set_input_files(fake)

    expect(page.locator('[data-testid="stAlert"]')).to_contain_text("no zip or tar archive")
    # A new widget replaces the refused one; for a moment both are there.
    expect(page.locator(".uploader")).to_have_count(1)
    expect(page.locator(".uploader")).to_be_visible()
    assert list((app.workspace / "uploads").glob("*")) == []


def test_an_image_is_opened_from_the_grid_and_looked_at_with_keys(app: AppServer, page: Page, tiles: str) -> None:
    page.goto(f"{app.url}dataset?dataset={tiles}&tab=Images")
    page.locator(".grid .tile").first.click()

    expect(canvas(page)).to_have_attribute("data-ready", "1")
    assert int(canvas(page).get_attribute("data-shown-boxes") or 0) > 0
    page.locator(".viewer").press("+")
    expect(canvas(page)).to_have_attribute("data-zoom", "1.400")
    page.locator(".viewer").press("l")
    expect(canvas(page)).to_have_attribute("data-labels", "0")

    before = page.url
    page.locator(".viewer").press("ArrowRight")
    page.wait_for_url(lambda url: url != before)
    expect(canvas(page)).to_have_attribute("data-ready", "1")
    expect(canvas(page)).to_have_attribute("data-zoom", "1.000")
    expect(canvas(page)).to_have_attribute("data-labels", "0")


def test_a_link_carries_the_filters_and_the_image(app: AppServer, page: Page, tiles: str) -> None:
    page.goto(f"{app.url}dataset?dataset={tiles}&tab=Images&split=val")
    expect(page.locator(".grid .tile").first).to_contain_text("val")
    page.locator(".grid .tile").first.click()
    expect(canvas(page)).to_have_attribute("data-ready", "1")
    title = page.locator(".viewer .title").inner_text()

    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".viewer .title")).to_have_text(title)


def test_a_class_is_hidden_by_its_chip(app: AppServer, page: Page, tiles: str) -> None:
    page.goto(f"{app.url}dataset?dataset={tiles}&tab=Images&image=1")
    expect(canvas(page)).to_have_attribute("data-ready", "1")
    shown = int(canvas(page).get_attribute("data-shown-boxes") or 0)
    chip = page.locator(".viewer .chip").first
    count = int(chip.locator("b").inner_text())
    chip.click()

    expect(canvas(page)).to_have_attribute("data-shown-boxes", str(shown - count))
    expect(chip).to_have_attribute("aria-pressed", "false")


def test_an_ignored_region_is_drawn_and_named(app: AppServer, page: Page, tmp_path: Path) -> None:
    options = ImportOptions(name="with-regions")
    source, settings = kitti(tmp_path / "kitti"), Settings(workspace=app.workspace)
    street = import_dataset(settings, source, options, say_nothing, actor=ADA).dataset
    page.goto(f"{app.url}dataset?dataset={street}&tab=Images&image=3&attribute=occluded&value=2")
    expect(canvas(page)).to_have_attribute("data-ready", "1")

    chip = page.locator(".viewer .chip[data-layer=region]")
    expect(chip).to_have_text("1 ignored region")
    expect(page.locator(".viewer .chip").filter(has_text="Car")).to_have_text("2 Car")
    place = canvas(page).bounding_box()
    assert place is not None
    # The region is the lower right quarter of the image.
    page.mouse.move(place["x"] + place["width"] * 0.9, place["y"] + place["height"] * 0.75)
    expect(page.locator(".viewer .tip")).to_contain_text("DontCare")
    chip.click()
    expect(canvas(page)).to_have_attribute("data-shown-boxes", "2")


def test_a_finding_opens_with_its_image(app: AppServer, page: Page, tiles: str) -> None:
    page.goto(f"{app.url}dataset?dataset={tiles}&finding=over-border")
    page.locator(".grid .tile").first.click()

    expect(page.get_by_role("dialog").locator("img")).to_be_visible()
    expect(page.get_by_role("dialog")).to_contain_text("clipped to the image")


def test_the_way_back_is_in_the_line_above_every_page(app: AppServer, page: Page, tiles: str) -> None:
    page.goto(f"{app.url}dataset?dataset={tiles}&version=v1")
    line = page.locator(".st-key-frame")
    expect(line).to_contain_text("v1")
    expect(line).to_contain_text("idle")
    line.get_by_role("link", name="Data sets").click()
    expect(page).to_have_url(re.compile(r"/datasets"))
    # In its card: the line of the page just left names it too, until the new page is drawn over it.
    expect(page.locator(f".st-key-dataset-{tiles}").get_by_role("link", name="ready-tiles")).to_be_visible()


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["server.py"], id="server.py"),
        pytest.param(["-m", "streamlit", "run", "streamlit_app.py", "--server.port", "{port}"], id="streamlit run"),
    ],
)
def test_the_first_visitor_of_a_fresh_server_may_follow_a_link(
    command: list[str], app: AppServer, tiles: str, page: Page
) -> None:
    with serve(app.workspace, command) as fresh:
        page.goto(f"{fresh.url}dataset?dataset={tiles}&tab=Images")
        expect(page.locator(".st-key-frame")).to_contain_text("ready-tiles")
        expect(page.get_by_role("link", name="Overview")).to_be_visible()
        expect(page.locator(".grid .tile img").first).to_have_js_property("complete", True)
        page.locator(".grid .tile").first.click()
        expect(canvas(page)).to_have_attribute("data-ready", "1")


def test_an_unknown_data_set_shows_a_message_with_a_remedy(app: AppServer, page: Page) -> None:
    page.goto(f"{app.url}dataset?dataset=nobody")
    expect(page.locator('[data-testid="stAlert"]')).to_contain_text("There is no data set")
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)
