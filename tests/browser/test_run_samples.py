"""The sample predictions of a run in a browser: sliders through time and score, a large view, and a live run."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.services.runs import RunSamples, SampleStep, read_samples
from core.settings import Settings
from core.training.run.status import Phase
from tests.browser.plots import come_to_rest
from tests.factories.app.app_server import AppServer
from tests.factories.samples import SampledRunMaker
from tests.factories.tiny_dataset import DatasetMaker

pytestmark = pytest.mark.browser

TP, FP = 0, 1


@pytest.fixture
def settings(app: AppServer) -> Settings:
    return Settings(workspace=app.workspace)


def made(settings: Settings, name: str, phase: Phase = Phase.FINISHED) -> tuple[SampledRunMaker, str]:
    dataset = DatasetMaker(name=name, val=12).make(settings)
    maker = SampledRunMaker(dataset=dataset, name=name, phase=phase)
    return maker, maker.make(settings)


def opened(settings: Settings, run: str) -> RunSamples:
    samples = read_samples(settings, run)
    assert samples is not None
    return samples


def expect_counts(page: Page, step: SampleStep, score: float) -> None:
    """The images show the step at this score, with the counts of the services."""
    rows = [row for found in step.detections for row in found if row[1] >= score]
    scores = [known for image in step.scores for known in image]
    shown = page.locator(".samples")
    expect(shown).to_have_attribute("data-iteration", str(step.iteration))
    expect(shown).to_have_attribute("data-tp", str(sum(row[6] == TP for row in rows)))
    expect(shown).to_have_attribute("data-fp", str(sum(row[6] == FP for row in rows)))
    expect(shown).to_have_attribute("data-missed", str(sum(known is None or known < score for known in scores)))


def test_sliders_for_time_and_score_need_no_server(app: AppServer, page: Page, settings: Settings) -> None:
    _, run = made(settings, "slide through")
    steps = opened(settings, run).steps
    page.goto(f"{app.url}run?run={run}")
    expect(page.locator(".samples .tile")).to_have_count(8)
    expect_counts(page, steps[-1], 0.5)
    page.wait_for_function(
        "() => { const deep = (root) => [...root.querySelectorAll('*')].flatMap((one) =>"
        " [one, ...(one.shadowRoot ? deep(one.shadowRoot) : [])]);"
        " const images = deep(document).filter((one) => one.matches('.samples .tile img'));"
        " return images.length === 8 && images.every((one) => one.naturalWidth > 0); }"
    )

    # Messages while the page opens are not from the sliders.
    come_to_rest(page)
    # From here on a message to the server would mean a rerun.
    sent: list[object] = []
    page.evaluate(
        "() => { window.messages = 0; const send = WebSocket.prototype.send;"
        " WebSocket.prototype.send = function (...data) { window.messages += 1; send.apply(this, data); }; }"
    )
    page.on("request", lambda request: sent.append(request.url))
    for place, step in enumerate(steps):
        page.locator(".samples .at").fill(str(place))
        expect_counts(page, step, 0.5)
    page.locator(".samples .least input").fill("0.8")
    expect_counts(page, steps[-1], 0.8)
    assert (sent, page.evaluate("window.messages")) == ([], 0)


def test_a_click_opens_an_image_large_and_the_sliders_stay(app: AppServer, page: Page, settings: Settings) -> None:
    _, run = made(settings, "open large")
    samples = opened(settings, run)
    page.goto(f"{app.url}run?run={run}")
    page.locator(".samples .at").fill("1")
    page.locator(".samples .tile").nth(2).click()

    canvas = page.locator(".samples .viewer canvas")
    expect(canvas).to_have_attribute("data-ready", "1")
    expect(page.locator(".samples .viewer .title")).to_contain_text(f"{samples.images[2].file_name} · 3 of 8")
    for place in (1, 3):
        page.locator(".samples .at").fill(str(place))
        missed = sum(score is None or score < 0.5 for score in samples.steps[place].scores[2])
        expect(canvas).to_have_attribute("data-shown-missed", str(missed))

    page.locator(".samples .viewer").press("ArrowRight")
    expect(page.locator(".samples .viewer .title")).to_contain_text("4 of 8")
    page.locator(".samples .viewer").press("Escape")
    expect(page.locator(".samples .tile")).to_have_count(8)
    expect(page.locator(".samples .tile").first).to_be_visible()


def test_a_live_run_shows_its_newest_evaluation_unless_an_earlier_one_was_chosen(
    app: AppServer, page: Page, settings: Settings, tmp_path: Path
) -> None:
    maker, run = made(settings, "live samples", Phase.RUNNING)
    page.goto(f"{app.url}run?run={run}")
    shown = page.locator(".samples")
    expect(shown).to_have_attribute("data-iteration", "400")
    maker.add_step(settings, run, 500)
    expect(shown).to_have_attribute("data-iteration", "500")

    page.locator(".samples .at").fill("0")
    expect(shown).to_have_attribute("data-iteration", "100")
    maker.add_step(settings, run, 600)
    expect(page.locator(".samples .at")).to_have_attribute("max", "5")
    expect(shown).to_have_attribute("data-iteration", "100")


def test_playing_goes_from_the_first_evaluation_to_the_last(app: AppServer, page: Page, settings: Settings) -> None:
    _, run = made(settings, "play them")
    page.goto(f"{app.url}run?run={run}")
    shown = page.locator(".samples")
    expect(shown).to_have_attribute("data-iteration", "400")
    page.locator(".samples .play").click()
    expect(shown).to_have_attribute("data-iteration", "100")
    expect(shown).to_have_attribute("data-iteration", "400")
    expect(page.locator(".samples .play")).to_have_text("▶")
