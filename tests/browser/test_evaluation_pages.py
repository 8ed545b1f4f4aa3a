"""The evaluate page in a browser: clicks in the matrix, the images that answer, the viewer, links."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from core.progress import say_nothing
from core.services import evaluation
from core.services.datasets import ImportOptions, import_dataset
from core.services.evaluation import ImageFilter, object_rows
from core.settings import Settings
from core.tables import read_table
from core.workspace.layout import Layout
from tests.browser.plots import click_cause, click_cell, click_slice, click_step, come_to_rest, counts_of
from tests.factories.actors import ADA
from tests.factories.app.app_server import AppServer
from tests.factories.app.demo_upload import demo_folder
from tests.factories.evaluated import EvaluationMaker
from tests.factories.tiny_dataset import DatasetMaker

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def outcomes(app: AppServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A finished evaluation on a small data set."""
    settings = Settings(workspace=app.workspace)
    source = demo_folder(tmp_path_factory.mktemp("source") / "judged-tiles", faults=False)
    dataset = import_dataset(
        settings, source, ImportOptions(name="judged-tiles", split="70/30"), say_nothing, actor=ADA
    ).dataset
    return EvaluationMaker(dataset=dataset, split="all", missed=0.2, mixed_up=0.2, strays=2).make(settings)


def test_each_click_in_the_matrix_shows_exactly_these_boxes(app: AppServer, page: Page, outcomes: str) -> None:
    page.goto(f"{app.url}evaluate?evaluation={outcomes}")
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


def test_a_click_on_a_curve_sets_the_score_and_shows_exactly_the_boxes_of_the_tables(
    app: AppServer, page: Page, outcomes: str
) -> None:
    settings = Settings(workspace=app.workspace)
    opened = evaluation.open_evaluation(settings, outcomes)
    page.goto(f"{app.url}evaluate?evaluation={outcomes}&outcome=missed")
    page.get_by_role("tab", name="Thresholds").click()

    for score in (0.73, 0.31):
        click_step(page, score)
        expect(page).to_have_url(re.compile(f"score={score}(&|$)"))
        come_to_rest(page)
        per_class = evaluation.summarise(opened, score, 0.5)["per_class"]
        found, wrong, missed = (sum(row[name] for row in per_class) for name in ("tp", "fp", "fn"))
        expect(page.get_by_text(f"{found:,} found", exact=True)).to_be_visible()
        expect(page.get_by_text(f"{wrong:,} false positives", exact=True)).to_be_visible()
        expect(page.get_by_text(re.compile(rf"^{missed:,} missed boxes on"))).to_be_visible()
    assert counts_shown(page, settings, outcomes, 0.31)


def counts_shown(page: Page, settings: Settings, outcomes: str, score: float) -> bool:
    """Whether the first image, opened, shows as many boxes of each outcome as its row of the table has."""
    opened = evaluation.open_evaluation(settings, outcomes)
    row = evaluation.image_rows(opened, score, 0.5, ImageFilter(outcome="missed")).iloc[0]
    page.locator(".grid .tile").first.click()
    canvas = page.locator(".viewer canvas")
    expect(canvas).to_have_attribute("data-ready", "1")
    shown = [int(canvas.get_attribute(f"data-shown-{layer}") or -1) for layer in ("tp", "fp", "missed")]
    return shown == [int(row[name]) for name in ("tp", "fp", "missed")]


def test_score_and_iou_stay_in_view_above_the_images(app: AppServer, page: Page, outcomes: str) -> None:
    page.goto(f"{app.url}evaluate?evaluation={outcomes}")
    rule, tile = page.locator(".st-key-evaluation-rule"), page.locator(".grid .tile").first
    expect(tile).to_be_visible()
    expect(rule).to_be_in_viewport()
    page.mouse.move(900, 600)
    page.mouse.wheel(0, 900)
    expect(tile).not_to_be_in_viewport()
    expect(rule).to_be_in_viewport()


def test_a_click_on_a_slice_shows_exactly_its_boxes(app: AppServer, page: Page, outcomes: str) -> None:
    opened = evaluation.open_evaluation(Settings(workspace=app.workspace), outcomes)
    page.goto(f"{app.url}evaluate?evaluation={outcomes}&tab=Slices&cut=side")

    key = click_slice(page)

    expect(page).to_have_url(re.compile(f"slice={quote(key, safe='')}"))
    rows = evaluation.image_rows(opened, 0.5, 0.5, ImageFilter(slice=key))
    assert rows["hits"].sum() > 0
    words = page.get_by_text(re.compile(rf"^{rows['hits'].sum():,} boxes on {len(rows):,} images"))
    expect(words).to_be_visible()
    page.get_by_role("button", name="Object size, finer").click()
    expect(page).not_to_have_url(re.compile("slice="))


def test_advice_leads_to_the_boxes_and_to_the_tab_it_is_about(app: AppServer, page: Page, outcomes: str) -> None:
    settings = Settings(workspace=app.workspace)
    dataset = evaluation.open_evaluation(settings, outcomes).spec.dataset
    maker = EvaluationMaker(
        dataset=dataset, split="all", missed=0.2, mixed_up=0.4, strays=6, name="judged-tiles, faulty"
    )
    opened = evaluation.open_evaluation(settings, maker.make(settings))
    found = {one.key: place for place, one in enumerate(evaluation.give_advice(settings, opened))}
    missed = evaluation.give_advice(settings, opened)[found["missed"]]
    page.goto(f"{app.url}evaluate?evaluation={opened.id}")
    come_to_rest(page)

    page.locator(f".st-key-advice-{found['missed']} button").click()
    expect(page).to_have_url(re.compile("score=0(&|$)"))
    expect(page.get_by_text(f"{missed.evidence['boxes']} objects missed outright on")).to_be_visible()

    come_to_rest(page)
    page.get_by_text(re.compile(r"^\d+ more$")).click()
    page.locator(f".st-key-advice-{found['calibration']} button").click()
    expect(page.get_by_role("tab", name="Calibration")).to_have_attribute("aria-selected", "true")
    expect(page).not_to_have_url(re.compile("score="))


def test_test_scores_are_shown_once_they_are_opened(app: AppServer, page: Page) -> None:
    settings = Settings(workspace=app.workspace)
    dataset = DatasetMaker(name="sealed-tiles", train=2, val=2, test=4).make(settings)
    sealed = EvaluationMaker(dataset=dataset, split="test", name="sealed-tiles, test").make(settings)
    page.goto(f"{app.url}evaluate?evaluation={sealed}")
    expect(page.get_by_text("These test scores are sealed")).to_be_visible()
    expect(page.get_by_text("AP50")).not_to_be_visible()

    page.get_by_role("button", name="Open the test scores").click()

    expect(page.get_by_text("AP50")).to_be_visible()
    expect(page.get_by_text("The scores of this test split were opened once")).to_be_visible()


def test_a_click_on_a_cause_shows_exactly_the_boxes_that_the_tables_say(
    app: AppServer, page: Page, outcomes: str
) -> None:
    """The tables on disk hold the causes at score 0, so the page is asked for that score."""
    folder = Layout(app.workspace).folder("evaluation", outcomes)
    found, objects = read_table(folder / "detections.parquet"), read_table(folder / "truths.parquet")
    images = read_table(folder / "images.parquet").sort_values("file_name").set_index("image_id")
    page.goto(f"{app.url}evaluate?evaluation={outcomes}&score=0&sort=name")
    page.get_by_role("tab", name="Causes").click()

    for cause, words, table, key in (
        ("class", r"false positives \(wrong class\)", found, "detection_id"),
        ("background", r"false positives \(nothing there\)", found, "detection_id"),
        ("missed", "objects missed outright", objects, "annotation_id"),
    ):
        boxes = table[table["cause"] == cause]
        image_count = boxes["image_id"].nunique()
        assert image_count > 1
        click_cause(page, cause)
        expect(page).to_have_url(re.compile(f"cause={cause}"))
        expect(page.get_by_text(re.compile(f"^{len(boxes):,} {words} on {image_count:,} images"))).to_be_visible()

        image = int(images.index[images.index.isin(boxes["image_id"])][0])
        first = page.locator(".grid .tile").first
        expect(first).to_have_attribute("data-id", str(image))
        first.click()
        kind = "truth" if table is objects else "detection"
        expected = sorted(f"{kind} {key}" for key in boxes.loc[boxes["image_id"] == image, key])
        canvas = page.locator(".viewer canvas")
        expect(canvas).to_have_attribute("data-chosen", ",".join(expected))
        page.get_by_role("button", name="All images").click()

    click_cause(page, "missed")
    expect(page).not_to_have_url(re.compile("cause="))


def test_an_image_opens_with_its_layers_and_steps_in_the_filters_order(
    app: AppServer, page: Page, outcomes: str
) -> None:
    page.goto(f"{app.url}evaluate?evaluation={outcomes}&outcome=missed")
    page.locator(".grid .tile").first.click()
    canvas = page.locator(".viewer canvas")
    expect(canvas).to_have_attribute("data-ready", "1")
    assert int(canvas.get_attribute("data-shown-missed") or 0) > 0
    first = page.url

    page.locator(".viewer").press("ArrowRight")
    expect(page).not_to_have_url(first)
    expect(page).to_have_url(re.compile(r"image=\d+"))

    page.get_by_role("button", name="All images").click()
    expect(page.locator(".grid .tile").first).to_be_visible()
    expect(page).not_to_have_url(re.compile("image="))


def test_a_link_carries_score_class_outcome_and_image_to_another_browser(
    app: AppServer, page: Page, outcomes: str, tmp_path: Path
) -> None:
    page.goto(f"{app.url}evaluate?evaluation={outcomes}&score=0.3&outcome=missed&sort=name")
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


def test_a_click_on_a_crop_opens_its_image_with_exactly_that_box(app: AppServer, page: Page, outcomes: str) -> None:
    opened = evaluation.open_evaluation(Settings(workspace=app.workspace), outcomes)
    rows = object_rows(opened, 0.5, 0.5, ImageFilter(outcome="false_positive"))
    assert rows["score"].is_monotonic_decreasing
    page.goto(f"{app.url}evaluate?evaluation={outcomes}&outcome=false_positive")
    page.get_by_role("radio", name="Objects").click()
    tile = page.locator(".grid .tile").nth(2)
    expect(tile.locator(".note")).to_contain_text("false positive")
    expect(page.locator(".grid .tile")).to_have_count(min(24, len(rows)))
    page.wait_for_function(
        """() => {
            const find = root => [...root.querySelectorAll("*")].flatMap(
                one => [...(one.matches(".tile img") ? [one] : []), ...(one.shadowRoot ? find(one.shadowRoot) : [])]);
            const images = find(document);
            return images.length > 2 && images.slice(0, 3).every(image => image.naturalWidth > 0);
        }"""
    )

    tile.click()

    row = rows.iloc[2]
    expect(page).to_have_url(re.compile(rf"image={row['image_id']}(&|$)"))
    canvas = page.locator(".viewer canvas")
    expect(canvas).to_have_attribute("data-chosen", f"detection {row['id']}")
    page.get_by_role("button", name="All images").click()
    expect(page.locator(".grid .tile")).to_have_count(min(24, len(rows)))
