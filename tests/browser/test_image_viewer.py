"""The viewer as a component: layers, slider, zoom and keys, with a script that shows four known objects.

At score 0.3: two true positives, one false positive, one missed object. Above 0.4 the second hit goes, and its
object is missed too.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.factories.app.app_server import AppServer, serve

pytestmark = pytest.mark.browser

SCRIPT = str(Path(__file__).with_name("scripts") / "viewer.py")


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    command = ["-m", "streamlit", "run", SCRIPT, "--server.port", "{port}", "--server.headless", "true"]
    with serve(tmp_path_factory.mktemp("viewer") / "workspace", command) as server:
        yield server


@pytest.fixture
def viewer(script: AppServer, page: Page) -> Page:
    page.goto(script.url)
    expect(page.locator(".viewer canvas")).to_have_attribute("data-ready", "1")
    return page


def shown(page: Page, **counts: int) -> None:
    """Wait until the canvas says that this many boxes of each layer are drawn."""
    for layer, number in counts.items():
        expect(page.locator(".viewer canvas")).to_have_attribute(f"data-shown-{layer}", str(number))


def slide_to(page: Page, score: float) -> None:
    page.locator(".viewer input[type=range]").fill(str(score))


def test_every_outcome_is_counted_at_the_given_score(viewer: Page) -> None:
    shown(viewer, tp=2, fp=1, missed=1, truth=2)


@pytest.mark.parametrize(
    ("score", "counts"),
    [
        pytest.param(0.4, {"tp": 2, "fp": 1, "missed": 1, "truth": 2}, id="a score equal to the threshold stays"),
        pytest.param(0.5, {"tp": 1, "fp": 1, "missed": 2, "truth": 1}, id="an object whose detection went is missed"),
        pytest.param(0.95, {"tp": 0, "fp": 0, "missed": 3, "truth": 0}, id="nothing is left"),
    ],
)
def test_the_slider_filters_without_a_rerun(viewer: Page, score: float, counts: dict[str, int]) -> None:
    slide_to(viewer, score)
    shown(viewer, **counts)
    expect(viewer.get_by_text("steps 0")).to_be_visible()


@pytest.mark.parametrize(("key", "layer"), [("t", "truth"), ("p", "tp"), ("f", "fp"), ("m", "missed")])
def test_a_key_hides_a_layer_and_shows_it_again(viewer: Page, key: str, layer: str) -> None:
    before = int(viewer.locator(".viewer canvas").get_attribute(f"data-shown-{layer}") or 0)
    viewer.locator(".viewer").press(key)
    shown(viewer, **{layer: 0})
    viewer.locator(".viewer").press(key)
    shown(viewer, **{layer: before})


def test_zoom_layers_and_score_stay_when_the_page_runs_again(viewer: Page) -> None:
    slide_to(viewer, 0.5)
    viewer.locator(".viewer").press("f")
    viewer.locator(".viewer").press("+")
    viewer.locator(".viewer").press("ArrowRight")

    expect(viewer.get_by_text("steps 1")).to_be_visible()
    shown(viewer, tp=1, fp=0, missed=2)
    expect(viewer.locator(".viewer canvas")).to_have_attribute("data-zoom", "1.400")


def test_the_wheel_zooms_and_zero_shows_the_whole_image(viewer: Page) -> None:
    viewer.locator(".viewer canvas").hover()
    viewer.mouse.wheel(0, -400)
    expect(viewer.locator(".viewer canvas")).not_to_have_attribute("data-zoom", "1.000")
    viewer.locator(".viewer").press("0")
    expect(viewer.locator(".viewer canvas")).to_have_attribute("data-zoom", "1.000")


def test_a_box_says_what_it_is_and_its_name_is_text_not_markup(viewer: Page) -> None:
    box = viewer.locator(".viewer canvas").bounding_box()
    assert box is not None
    scale = min(box["width"] / 200, box["height"] / 100)
    left, top = (box["width"] - 200 * scale) / 2, (box["height"] - 100 * scale) / 2
    viewer.mouse.move(box["x"] + left + 40 * scale, box["y"] + top + 85 * scale)

    expect(viewer.locator(".viewer .tip")).to_contain_text("<b>crane</b>, false positive")
    expect(viewer.locator(".viewer .tip")).to_contain_text("score 0.70, calibrated 0.62, IoU 0.20 with <b>crane</b>")
    expect(viewer.locator(".viewer canvas")).to_have_attribute("data-standing", "detection 3,truth 3")
    viewer.mouse.move(box["x"] + left + 155 * scale, box["y"] + top + 35 * scale)
    expect(viewer.locator(".viewer .tip")).to_contain_text("missed\nnearest: <b>crane</b> 0.70")
    slide_to(viewer, 0.75)
    viewer.mouse.move(box["x"] + left + 156 * scale, box["y"] + top + 35 * scale)
    expect(viewer.locator(".viewer canvas")).to_have_attribute("data-standing", "truth 3")


def colour_at(page: Page, x: float, y: float) -> list[int]:
    """The canvas' colour at a place of the image, in its px."""
    return list(
        page.locator(".viewer canvas").evaluate(
            """(canvas, [x, y]) => {
                const scale = Math.min(canvas.width / 200, canvas.height / 100);
                const [left, top] = [(canvas.width - 200 * scale) / 2, (canvas.height - 100 * scale) / 2];
                const {data} = canvas.getContext("2d").getImageData(left + x * scale, top + y * scale, 1, 1);
                return Array.from(data.slice(0, 3));
            }""",
            [x, y],
        )
    )


def test_a_mask_is_drawn_round_the_object_and_a_key_hides_it(viewer: Page) -> None:
    image = [0x88, 0xAA, 0x66]
    shown(viewer, masks=1)
    corner, middle = colour_at(viewer, 134, 56), colour_at(viewer, 155, 35)
    assert corner == image, "outside of the mask, though inside of the box"
    assert middle != image, "the object is tinted"

    viewer.locator(".viewer").press("o")

    shown(viewer, masks=0, missed=1)
    viewer.wait_for_timeout(100)
    assert colour_at(viewer, 155, 35) == image
    viewer.get_by_role("button", name="masks").click()
    shown(viewer, masks=1)


def test_the_box_under_the_pointer_stands_out_together_with_its_partner(viewer: Page) -> None:
    box = viewer.locator(".viewer canvas").bounding_box()
    assert box is not None
    scale = min(box["width"] / 200, box["height"] / 100)
    left, top = (box["width"] - 200 * scale) / 2, (box["height"] - 100 * scale) / 2
    viewer.mouse.move(box["x"] + left + 61.5 * scale, box["y"] + top + 61.5 * scale)

    expect(viewer.locator(".viewer canvas")).to_have_attribute("data-standing", "detection 1,truth 1")
    viewer.mouse.move(box["x"] + left + 190 * scale, box["y"] + top + 90 * scale)
    expect(viewer.locator(".viewer canvas")).to_have_attribute("data-standing", "")
