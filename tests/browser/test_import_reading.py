"""The import page in a browser: a doubtful reading is overruled, class lists are settled, the image pass is watched."""

import shutil
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from core.services.datasets import list_datasets
from core.settings import Settings
from tests.browser.importing import click_import
from tests.factories.app.app_server import AppServer
from tests.factories.app.label_folders import CENTRES_PX, PLAIN, label_folder
from tests.services.datasets.test_ignored_and_attributes import kitti

pytestmark = pytest.mark.browser

CONFLICT = {"classes.txt": "cat\n<img src=x onerror=alert(1)>\n", "data.yaml": "names: [dog, cat]\n"}


def upload(app: AppServer, page: Page, source: Path) -> None:
    """Uploads a folder as an archive, and waits for the inspection."""
    page.goto(f"{app.url}datasets?import=1")
    archive = shutil.make_archive(str(source), "zip", source)
    page.locator(".uploader input[type=file]").set_input_files(archive)
    expect(page.get_by_role("heading", name="How it was read")).to_be_visible()
    # The page is drawn once more when its images have been read.
    expect(page.get_by_text("Its labels can be looked at meanwhile")).to_have_count(0)


def drawn(canvas: Locator) -> str:
    """What is drawn on a canvas, as text."""
    return str(canvas.evaluate("canvas => canvas.toDataURL()"))


def test_a_doubtful_reading_is_overruled_and_its_boxes_are_drawn_anew(
    app: AppServer, page: Page, tmp_path: Path
) -> None:
    upload(app, page, label_folder(tmp_path / "centres", [CENTRES_PX] * 4))
    card = page.get_by_test_id("stExpander").filter(has_text="labels#5")
    readings, tile = card.get_by_test_id("stButtonGroup"), card.locator(".grid .tile").first
    expect(card).to_contain_text("As corners in pixels, 12 of 12 boxes would need a repair")
    expect(card.locator(".grid .tile")).to_have_count(4)
    expect(tile).to_contain_text("3 objects")
    detected = drawn(tile.locator("canvas"))

    readings.get_by_role("radio", name="Corners in pixels · 12 repairs").click()
    expect(tile).to_contain_text("3 to repair")
    expect(card).to_contain_text("as chosen")
    expect(page.get_by_text("Boxes with swapped corners").first).to_be_visible()
    assert drawn(tile.locator("canvas")) != detected

    card.get_by_role("button", name="As detected").click()
    expect(tile).not_to_contain_text("to repair")
    expect(readings.get_by_role("radio", checked=True)).to_have_text("Centre and size in pixels · 0 repairs")
    assert drawn(tile.locator("canvas")) == detected

    tile.click()
    expect(page.get_by_role("dialog").locator("canvas")).to_have_attribute("data-shown-boxes", "3")

    page.keyboard.press("Escape")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".uploader .zone")).to_be_visible()


def test_ignored_regions_are_drawn_on_the_images_of_their_group(app: AppServer, page: Page, tmp_path: Path) -> None:
    upload(app, page, kitti(tmp_path / "kitti"))
    card = page.get_by_test_id("stExpander").filter(has_text="label_2#15")
    expect(card).to_contain_text("Hatched regions are ignored")
    tile = card.locator(".grid .tile").first
    expect(tile).to_contain_text("000002.png")
    tile.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".chip[data-layer=region]")).to_have_text("1 ignored region")
    expect(dialog.locator("canvas")).to_have_attribute("data-shown-boxes", "3")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Cancel").click()


def test_class_lists_in_conflict_are_settled_by_a_choice(app: AppServer, page: Page, tmp_path: Path) -> None:
    upload(app, page, label_folder(tmp_path / "lists", [PLAIN] * 4, CONFLICT))
    expect(page.get_by_text("and they differ")).to_be_visible()
    expect(page.get_by_role("button", name="Import", exact=True)).to_be_disabled()
    choice = page.get_by_role("radiogroup", name="Class names of 4 label files")
    # A name is text, never markup.
    expect(choice).to_contain_text("cat, <img src=x onerror=alert(1)>")

    choice.get_by_text("data.yaml").click()
    expect(page.get_by_text("and they differ")).to_have_count(0)
    page.get_by_role("button", name="As detected").click()
    expect(page.get_by_text("and they differ")).to_be_visible()
    expect(choice.get_by_role("radio", checked=True)).to_have_count(0)
    choice.get_by_text("data.yaml").click()
    expect(page.get_by_text("and they differ")).to_have_count(0)
    click_import(page)
    expect(page.get_by_role("heading", name="lists")).to_be_visible()
    summary = next(each for each in list_datasets(Settings(workspace=app.workspace)) if each.name == "lists")
    assert (summary.annotations, summary.classes) == (8, ["dog", "cat"])


def test_the_image_pass_is_watched_while_the_labels_are_looked_at(app: AppServer, page: Page, tmp_path: Path) -> None:
    source = tmp_path / "many"
    (source / "images").mkdir(parents=True)
    (source / "labels").mkdir()
    Image.effect_noise((2400, 1800), 80).convert("RGB").save(source / "images" / "0.jpg")
    for number in range(120):
        if number:
            (source / "images" / f"{number}.jpg").hardlink_to(source / "images" / "0.jpg")
        (source / "labels" / f"{number}.txt").write_text("cat 10 10 600 400\n")
    page.goto(f"{app.url}datasets?import=1")
    page.get_by_text("A folder on the server").click()
    page.get_by_role("textbox", name="Folder or archive on the server").fill(str(source))
    page.get_by_role("button", name="Inspect").click()
    # The labels are there before the images have been read.
    expect(page.get_by_text("Its labels can be looked at meanwhile")).to_be_visible()
    expect(page.get_by_role("heading", name="How it was read")).to_be_visible()
    expect(page.get_by_text("The same image more than once")).to_have_count(0)
    # What only the images can say comes without a click.
    expect(page.get_by_text("The same image more than once").first).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Its labels can be looked at meanwhile")).to_have_count(0)
    page.get_by_role("button", name="Cancel").click()
