"""The report opened from disk without a network: the clicks of the page, and its matching against Python's."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from core.boxes import xyxy_to_xywh
from core.services import evaluation
from core.services.datasets import ImportOptions, import_dataset
from core.services.evaluation import (
    CAUSES,
    OUTCOMES,
    ImageFilter,
    OpenEvaluation,
    boxes_on,
    image_rows,
)
from core.services.html_report import ReportRequest, write_report
from core.settings import Settings
from core.tables import boxes_xyxy
from tests.factories.actors import ADA
from tests.factories.app.app_server import AppServer
from tests.factories.app.demo_upload import demo_folder
from tests.factories.evaluated import EvaluationMaker
from tests.factories.progress import silent
from tests.factories.results import Results, random_results

pytestmark = pytest.mark.browser

HOSTILE = ("</script><script>window.hacked=1</script>", "<img src=x onerror=window.hacked=1>", "{{data}} & “so”")
# The result of the report's script for every image, for one filter at one step of the slider.
EVALUATE = """([filter, step]) => {
    Object.assign(state, NOTHING, filter, {step});
    const key = box => `${box.kind} ${box.id}`;
    return [boxesAskedFor(), DATA.pictures.map(viewOf).map(
        ({image, hits, chosen}) => [image.id, hits, [...chosen].map(key).sort()]
    )];
}"""


@dataclass(frozen=True)
class OnDisk:
    """A report as a file, and its evaluation."""

    path: Path
    opened: OpenEvaluation


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> OnDisk:
    """Of 16 demo images, 11 of them in it."""
    folder = tmp_path_factory.mktemp("report")
    settings = Settings(workspace=folder / "workspace")
    source = demo_folder(folder / "tiles", faults=False)
    dataset = import_dataset(settings, source, ImportOptions(name="tiles", split="70/30"), silent, actor=ADA).dataset
    opened = evaluation.open_evaluation(
        settings, EvaluationMaker(dataset=dataset, split="all", missed=0.2, mixed_up=0.2, strays=2).make(settings)
    )
    write_report(settings, opened, ReportRequest(score=0.5, iou=0.5, images=11), folder / "report.html", silent)
    return OnDisk(folder / "report.html", opened)


@pytest.fixture
def offline(browser: Browser) -> Iterator[tuple[BrowserContext, list[str]]]:
    """A browser without a network, and the addresses that its pages requested. A JavaScript error fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    asked: list[str] = []
    errors: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    # A refusal by the Content-Security-Policy appears on the console.
    context.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield context, asked
    context.close()
    assert errors == []


def open_file(context: BrowserContext, path: Path, fragment: str = "") -> Page:
    page = context.new_page()
    page.goto(f"{path.as_uri()}{fragment}")
    expect(page.locator("body[data-ready]")).to_be_attached()
    return page


def shows_exactly(page: Page, report: OnDisk, chosen: ImageFilter, score: float = 0.5) -> int:
    """The sentence, the tiles, and the boxes of the first two images, large, are those of the tables.

    How many of the boxes lie on images that are not in the report.
    """
    whole = image_rows(report.opened, score, 0.5, chosen)
    # Which images are in the report was decided at a score of 0.5.
    inside = image_rows(report.opened, 0.5, 0.5)["image_id"].head(11)
    rows = whole[whole["image_id"].isin(inside)]
    total, in_report = int(whole["hits"].sum()), int(rows["hits"].sum())
    assert in_report > 0
    expect(page.locator(".sentence")).to_have_text(re.compile(rf"^{total:,} "))
    expect(page.locator("p.inside")).to_have_text(
        f"{in_report:,} of them on {len(rows):,} of the images in this report"
    )
    tiles = page.locator(".tile")
    expect(tiles).to_have_count(len(rows))
    shown = [(tile.get_attribute("data-id"), tile.get_attribute("data-hits")) for tile in tiles.all()]
    assert shown == [(str(row.image_id), str(row.hits)) for row in rows.itertuples()]
    ids = rows["image_id"].tolist()
    boxes = boxes_on(report.opened, ids, 0.5, score, chosen)
    tiles.first.click()
    for image in ids[:2]:
        expected = sorted(f"{box['kind']} {box['id']}" for box in boxes[image] if box["chosen"])
        fit = page.locator(f"dialog .fit[data-id='{image}']")
        expect(fit).to_have_attribute("data-chosen", ",".join(expected))
        assert fit.locator("g.box.chosen").count() == len(expected)
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("image="))
    # Drawn anew by then: what a click aims at is not replaced under it.
    page.wait_for_function("!waits && document.body.dataset.ready === location.hash")
    expect(page.locator("dialog")).not_to_be_visible()
    return total - in_report


def test_clicks_in_matrix_causes_and_curve_find_exactly_the_boxes_of_the_tables(
    report: OnDisk, offline: tuple[BrowserContext, list[str]]
) -> None:
    context, asked = offline
    page = open_file(context, report.path)
    matrix = evaluation.summarise(report.opened, 0.5, 0.5)["confusion"]["matrix"]
    mixed = next((row, column) for row in range(3) for column in range(3) if row != column and matrix[row][column] > 3)

    elsewhere = 0

    for cell in (mixed, (1, 3), (3, 1)):
        page.locator(f"[data-cell='{cell[0]}:{cell[1]}']").click()
        expect(page).to_have_url(re.compile(f"cell={cell[0]}:{cell[1]}"))
        assert page.locator(f"[data-cell='{cell[0]}:{cell[1]}']").inner_text() == f"{matrix[cell[0]][cell[1]]:,}"
        elsewhere += shows_exactly(page, report, ImageFilter(cell=cell))

    for cause in ("class", "missed"):
        page.locator(f"[data-cause='{cause}']").click()
        expect(page).to_have_url(re.compile(f"cause={cause}"))
        elsewhere += shows_exactly(page, report, ImageFilter(cause=cause))
    assert elsewhere > 0

    click_score(page, 0.73)
    expect(page).to_have_url(re.compile("score=0.73&cause=missed"))
    shows_exactly(page, report, ImageFilter(cause="missed"), 0.73)
    page.locator("[data-class='1'] [data-key='count-1-missed']").click()
    shows_exactly(page, report, ImageFilter(category_id=1, outcome="missed"), 0.73)
    row = evaluation.summarise(report.opened, 0.73, 0.5)["per_class"][1]
    figures = [f"{row[name]:,}" for name in ("tp", "fp", "fn")]
    assert page.locator("[data-class='1'] .count").all_inner_texts() == figures

    page.locator("[data-chip='class']").click()
    shows_exactly(page, report, ImageFilter(outcome="missed"), 0.73)
    page.locator("[data-chip='outcome']").click()
    expect(page.locator(".sentence")).to_have_text("11 images of 16")

    own = [url for url in asked if url.startswith("file:")]
    assert own == [report.path.as_uri()]
    assert all(url.startswith("data:") for url in asked if url not in own)


def click_score(page: Page, score: float) -> None:
    """Click the curves of the thresholds at this score."""
    plot = page.locator(".thresholds .plot")
    plot.scroll_into_view_if_needed()
    place = plot.evaluate(
        """(plot, score) => {
            const point = new DOMPoint(across(score), up(0.4)).matrixTransform(plot.getScreenCTM());
            return [point.x, point.y];
        }""",
        score,
    )
    page.mouse.click(*place)


def test_a_link_into_the_file_shows_the_same(report: OnDisk, offline: tuple[BrowserContext, list[str]]) -> None:
    context, _ = offline
    page = open_file(context, report.path)
    page.locator("[data-cause='class']").click()
    page.locator(".rule input").fill("31")
    page.locator(".tile").first.click()
    fit = page.locator("dialog .fit")
    expect(fit).to_have_attribute("data-chosen", re.compile("detection"))
    expect(page).to_have_url(re.compile(r"#score=0\.31&cause=class&image=\d+$"))

    other = open_file(context, report.path, page.url.partition("report.html")[2])

    for name in ("data-id", "data-chosen", "data-tp", "data-fp", "data-missed"):
        expect(other.locator("dialog .fit")).to_have_attribute(name, fit.get_attribute(name) or "?")
    other.keyboard.press("Escape")
    expect(other.locator("output").first).to_have_text("0.31")
    expect(other.locator("[data-chip='cause']")).to_be_visible()


@pytest.mark.parametrize("fragment", ["#cell=9:9&class=99", "#score=nan&cause=luck&outcome=x", "#image=1e9&page=-1&%"])
def test_an_invalid_link_shows_everything(
    report: OnDisk, offline: tuple[BrowserContext, list[str]], fragment: str
) -> None:
    page = open_file(offline[0], report.path, fragment)
    expect(page.locator(".sentence")).to_have_text("11 images of 16")
    expect(page.locator("output").first).to_have_text("0.50")


def test_a_box_tells_class_score_iou_and_cause(report: OnDisk, offline: tuple[BrowserContext, list[str]]) -> None:
    page = open_file(offline[0], report.path, "#score=0.5&cause=background")
    page.locator(".tile").first.click()
    fit = page.locator("dialog .fit")
    image = int(fit.get_attribute("data-id") or 0)
    shown = boxes_on(report.opened, [image], 0.5, 0.5)[image]
    right = next(box for box in shown if box["outcome"] == "true_positive" and box["score"] >= 0.5)
    wrong = next(box for box in shown if box["cause"] == "background" and box["score"] >= 0.5)

    for box, words in (
        (right, f"{right['name']}, correct\nscore {right['score']:.2f}, IoU {right['iou']:.2f}\n"),
        (wrong, f"{wrong['name']}, false positive\nscore {wrong['score']:.2f}\ncause: nothing there\n"),
    ):
        stroke = page.locator(f"dialog g[data-kind='detection'][data-id='{box['id']}'] .stroke")
        stroke.dispatch_event("pointermove", {"clientX": 400, "clientY": 300})
        tip = page.locator(".tip")
        expect(tip).to_be_visible()
        assert tip.inner_text().startswith(words)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> OnDisk:
    """Random results with crowd regions and equal scores, under names that want to be markup; no image files."""
    folder = tmp_path_factory.mktemp("hostile")
    results = random_results(5, images=20, equal_scores=True)
    truth, found = coco_files(folder, results)
    settings = Settings(workspace=folder / "workspace")
    opened = evaluation.open_evaluation(settings, evaluation.evaluate_files(settings, truth, found, actor=ADA))
    write_report(settings, opened, ReportRequest(score=0.5, iou=0.5), folder / "report.html", silent)
    return OnDisk(folder / "report.html", opened)


def coco_files(folder: Path, results: Results) -> tuple[Path, Path]:
    """The tables as COCO writes them, with hostile names for classes, images and the evaluation."""

    def boxes(table: Any, *columns: str) -> list[dict[str, Any]]:
        rows = table[["image_id", "category_id", *columns]].to_dict("records")
        corners = xyxy_to_xywh(boxes_xyxy(table)).tolist()
        return [{**row, "bbox": box} for row, box in zip(rows, corners, strict=True)]

    objects = boxes(results.annotations, "annotation_id", "is_crowd", "area")
    document = {
        "images": [
            {"id": key, "file_name": f"{key} <b onclick=alert(1)>.png", "width": 200, "height": 200}
            for key in results.images["image_id"].tolist()
        ],
        "categories": [{"id": place, "name": name} for place, name in enumerate(HOSTILE)],
        "annotations": [{**row, "id": row["annotation_id"], "iscrowd": int(row["is_crowd"])} for row in objects],
    }
    truth, found = folder / "<script>.json", folder / "<img onerror=x>.json"
    truth.write_text(json.dumps(document))
    found.write_text(json.dumps(boxes(results.detections, "score")))
    return truth, found


def test_names_that_want_to_be_markup_stay_names(hostile: OnDisk, offline: tuple[BrowserContext, list[str]]) -> None:
    page = open_file(offline[0], hostile.path)

    assert page.title() == hostile.opened.name
    expect(page.locator("h1")).to_have_text(hostile.opened.name)
    for place, name in enumerate(HOSTILE):
        expect(page.locator(f"[data-key='class-{place}']")).to_have_text(name)
    expect(page.locator(".tile .caption").first).to_contain_text("<b onclick=alert(1)>.png")
    page.locator("[data-key='count-0-missed']").click()
    expect(page.locator(".sentence")).to_contain_text(f"“{HOSTILE[0]}”")
    page.locator(".tile").first.click()
    expect(page.locator("dialog .label").first).to_contain_text(HOSTILE[0])
    assert page.evaluate("window.hacked") is None
    assert page.locator("script").count() == 2
    assert page.locator("img").count() == 0


def test_the_reports_matching_equals_pythons_at_every_filter_and_score(
    hostile: OnDisk, offline: tuple[BrowserContext, list[str]]
) -> None:
    page = open_file(offline[0], hostile.path)
    opened = hostile.opened
    classes = len(opened.class_names)
    cells = [(row, column) for row in range(classes + 1) for column in range(classes + 1)][:-1]
    filters = [
        *((ImageFilter(cell=cell), {"cell": list(cell)}) for cell in cells),
        *((ImageFilter(cause=cause), {"cause": str(cause)}) for cause in CAUSES),
        *((ImageFilter(outcome=outcome), {"outcome": outcome}) for outcome in OUTCOMES),
        *((ImageFilter(category_id=1, outcome=outcome), {"class": 1, "outcome": outcome}) for outcome in OUTCOMES),
        (ImageFilter(category_id=2), {"class": 2}),
    ]
    images = opened.truth.images["image_id"].tolist()
    found = 0
    for score in (0.0, 0.2, 0.41, 0.6, 0.81, 1.0):
        for chosen, narrowing in filters:
            total, shown_images = page.evaluate(EVALUATE, [narrowing, round(score * 100)])
            rows = image_rows(opened, score, 0.5, chosen).set_index("image_id")["hits"]
            boxes = boxes_on(opened, images, 0.5, score, chosen)
            assert total == rows.sum(), (score, chosen)
            for image, hits, keys in shown_images:
                assert hits == rows.get(image, 0), (score, chosen, image)
                expected = sorted(
                    f"{box['kind']} {box['id']}"
                    for box in boxes[image]
                    if box["chosen"] and (box["kind"] == "truth" or box["score"] >= score)
                )
                assert keys == expected, (score, chosen, image)
            found += total
    assert found > 1000


def test_the_pages_download_opens_with_the_pages_score_and_filter(
    app: AppServer, page: Page, offline: tuple[BrowserContext, list[str]], tmp_path: Path
) -> None:
    settings = Settings(workspace=app.workspace)
    source = demo_folder(tmp_path / "report-tiles", faults=False)
    dataset = import_dataset(
        settings, source, ImportOptions(name="report-tiles", split="70/30"), silent, actor=ADA
    ).dataset
    key = EvaluationMaker(dataset=dataset, split="all", missed=0.2, mixed_up=0.2, strays=2).make(settings)
    page.goto(f"{app.url}evaluate?evaluation={key}&cause=class&score=0.4")
    page.get_by_role("button", name="Report").click()
    page.get_by_role("button", name="Make the report").click()

    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("Download,")).click()
    download.value.save_as(tmp_path / "report.html")

    assert download.value.suggested_filename == f"{key}-report.html"
    report = open_file(offline[0], tmp_path / "report.html")
    rows = image_rows(evaluation.open_evaluation(settings, key), 0.4, 0.5, ImageFilter(cause="class"))
    expect(report.locator("output").first).to_have_text("0.40")
    expect(report.locator(".sentence")).to_have_text(f"{rows['hits'].sum()} false positives (wrong class)")
    expect(report.locator("p.inside")).to_contain_text(f"on {len(rows)} of the images in this report")
