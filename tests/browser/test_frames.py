"""Frames have the shape of their images, and grids of images of several shapes stay in line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.services import evaluation as evaluating
from core.services.datasets import ImportOptions, import_dataset
from core.services.html_report import ReportRequest, write_report
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.app.app_server import AppServer
from tests.factories.evaluated import EvaluationMaker
from tests.factories.progress import silent
from tests.factories.samples import SampledRunMaker
from tests.factories.sources import make_image
from tests.factories.tiny_dataset import DatasetMaker

pytestmark = pytest.mark.browser

SHAPES = {"square": (120, 120), "wide": (240, 100), "high": (100, 220), "usual": (160, 120)}
# px of what is measured: rounding of the layout.
NEAR = 1.5
# Of each tile: the frame's sides, the place's top and bottom, the caption's top; the canvas covers the frame.
MEASURE = """() => {
    const deep = (root) => [...root.querySelectorAll('*')].flatMap((one) =>
        [one, ...(one.shadowRoot ? deep(one.shadowRoot) : [])]);
    return deep(document).filter((one) => one.matches('.tile')).map((tile) => {
        const frame = tile.querySelector('.frame').getBoundingClientRect();
        const caption = tile.querySelector('.caption');
        return {
            name: caption.textContent, caption: caption.getBoundingClientRect().top,
            width: frame.width, height: frame.height, bottom: frame.bottom,
            tile: tile.getBoundingClientRect().top,
        };
    });
}"""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A data set of all SHAPES, an evaluation and a run with samples on it, by their ids."""

    dataset: str
    evaluation: str
    run: str


@pytest.fixture(scope="session")
def shown(app: AppServer, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    settings = Settings(workspace=app.workspace)
    source = tmp_path_factory.mktemp("shapes")
    for folder in ("images/train", "images/val", "labels/train", "labels/val"):
        (source / folder).mkdir(parents=True)
    for number, (name, size) in enumerate(SHAPES.items()):
        # Of validation the second box covers nearly all of its image, which is a finding.
        whole = f"cat 10 10 60 60\ndog 1 1 {size[0] - 1} {size[1] - 1}\n"
        for stem, seed, labels in ((f"train/{name}-t", number, "cat 9 9 50 50\n"), (f"val/{name}", number + 9, whole)):
            make_image(size, seed=seed).save(source / "images" / f"{stem}.png")
            (source / "labels" / f"{stem}.txt").write_text(labels)
    options = ImportOptions(name="shapes of all kinds", split="source")
    dataset = import_dataset(settings, source, options, silent, actor=ADA).dataset
    evaluation = EvaluationMaker(dataset=dataset, split="val", missed=0.5, name="shapes").make(settings)
    return Shown(
        dataset=dataset, evaluation=evaluation, run=SampledRunMaker(dataset=dataset, name="shapes").make(settings)
    )


def measured(page: Page) -> list[dict[str, Any]]:
    """The tiles of the open page, once their frames have come to rest."""
    expect(page.locator(".tile").first).to_be_visible()
    before: list[dict[str, Any]] = []
    for _ in range(50):
        page.wait_for_timeout(200)
        now = page.evaluate(MEASURE)
        if now and now == before:
            return now
        before = now
    raise AssertionError(f"The tiles do not come to rest: {before}")


@pytest.mark.parametrize("where", ["dataset", "evaluation", "run", "findings"])
def test_every_frame_has_the_shape_of_its_image_and_rows_line_up(
    app: AppServer, page: Page, shown: Shown, where: str
) -> None:
    addresses = {
        "dataset": f"dataset?dataset={shown.dataset}&tab=Images&split=val",
        "evaluation": f"evaluate?evaluation={shown.evaluation}",
        "run": f"run?run={shown.run}",
        "findings": f"dataset?dataset={shown.dataset}&finding=whole-image-box",
    }

    page.goto(app.url + addresses[where])

    assert_in_line(measured(page))
    page.set_viewport_size({"width": 420, "height": 900})
    assert_in_line(measured(page))


def assert_in_line(tiles: list[dict[str, Any]]) -> None:
    """One tile for each of SHAPES, in its shape, and in line with the others of its row."""
    known = {f"{name}.png": size for name, size in SHAPES.items()}
    assert {tile["name"] for tile in tiles} == set(known)
    for tile in tiles:
        wide, high = known[tile["name"]]
        assert tile["height"] == pytest.approx(tile["width"] * high / wide, abs=NEAR), tile["name"]
        assert tile["height"] > 30, tile["name"]
    # Whatever their shapes: tiles that begin at one height have their captions at one height, right below the frames.
    below = {round(tile["tile"]): tile["caption"] for tile in tiles}
    for tile in tiles:
        assert tile["caption"] == pytest.approx(below[round(tile["tile"])], abs=NEAR)
        assert 0 <= tile["caption"] - tile["bottom"] < 10


def test_square_images_fill_their_frames_as_all_columns_do(app: AppServer, page: Page) -> None:
    settings = Settings(workspace=app.workspace)
    dataset = DatasetMaker(name="all square", val=5).make(settings)
    evaluation = EvaluationMaker(dataset=dataset, name="all square").make(settings)

    page.goto(f"{app.url}evaluate?evaluation={evaluation}")

    tiles = measured(page)
    assert len(tiles) == 5
    assert len({round(tile["width"]) for tile in tiles}) == 1
    assert all(tile["height"] == pytest.approx(tile["width"], abs=NEAR) for tile in tiles)


def test_the_viewer_has_the_shape_of_its_image(app: AppServer, page: Page, shown: Shown) -> None:
    images = evaluating.open_evaluation(Settings(workspace=app.workspace), shown.evaluation).truth.images
    (key,) = images.loc[images["file_name"] == "square.png", "image_id"]

    page.goto(f"{app.url}evaluate?evaluation={shown.evaluation}&image={key}")

    expect(page.locator(".viewer canvas")).to_have_attribute("data-ready", "1")
    stage = page.locator(".viewer .stage").bounding_box()
    assert stage is not None
    assert stage["width"] == pytest.approx(stage["height"], abs=NEAR)
    assert stage["width"] > 400


def test_the_report_has_frames_of_the_same_kind(app: AppServer, page: Page, shown: Shown, tmp_path: Path) -> None:
    settings = Settings(workspace=app.workspace)
    opened = evaluating.open_evaluation(settings, shown.evaluation)
    write_report(settings, opened, ReportRequest(score=0.5, iou=0.5), tmp_path / "report.html", silent)

    page.goto((tmp_path / "report.html").as_uri())

    tiles = measured(page)

    assert {tile["name"] for tile in tiles} == {f"{name}.png" for name in SHAPES}
    for tile in tiles:
        wide, high = SHAPES[Path(tile["name"]).stem]
        assert tile["height"] == pytest.approx(tile["width"] * high / wide, abs=NEAR), tile["name"]
