"""From an evaluation to its comparison with another one, and to the image of an object that was lost."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.progress import say_nothing
from core.services import evaluation
from core.services.datasets import ImportOptions, import_dataset
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.app.app_server import AppServer
from tests.factories.app.demo_upload import demo_folder
from tests.factories.evaluated import EvaluationMaker

pytestmark = pytest.mark.browser


def test_from_an_evaluation_to_the_image_of_a_lost_object(app: AppServer, page: Page, tmp_path: Path) -> None:
    settings = Settings(workspace=app.workspace)
    source = demo_folder(tmp_path / "compared-tiles", faults=False)
    dataset = import_dataset(
        settings, source, ImportOptions(name="compared-tiles", split="70/30"), say_nothing, actor=ADA
    ).dataset
    a, b = (
        EvaluationMaker(dataset=dataset, split="all", missed=missed, seed=seed, name=name).make(settings)
        for missed, seed, name in ((0.3, 1, "compared first"), (0.2, 2, "compared second"))
    )
    moved = evaluation.compare(*(evaluation.open_evaluation(settings, key) for key in (a, b))).moved(0.5, 0.5)
    lost = moved[moved["change"] == "lost"]

    page.goto(f"{app.url}evaluate?evaluation={a}")
    page.get_by_role("combobox", name=re.compile("Compare with")).click()
    page.get_by_role("option", name=re.compile("compared second")).click()
    expect(page).to_have_url(re.compile(f"against={b}"))
    # Fewer than 30 images: they are counted.
    expect(page.get_by_text(re.compile(r"better on \d+, equal on \d+, worse on \d+"))).not_to_have_count(0)

    page.get_by_text(re.compile(r"^Lost · \d+")).click()
    expect(page).to_have_url(re.compile("change=lost"))
    expect(page.get_by_text(re.compile(rf"^{len(lost)} objects lost on"))).to_be_visible()
    page.locator(".grid .tile").first.click()
    expect(page).to_have_url(re.compile(r"image=\d+"))

    under_a, under_b = page.locator(".viewer canvas").nth(0), page.locator(".viewer canvas").nth(1)
    expect(under_a).to_have_attribute("data-ready", "1")
    expect(under_b).to_have_attribute("data-ready", "1")
    image = int(re.search(r"image=(\d+)", page.url).group(1))  # type: ignore[union-attr]
    for canvas, key in ((under_a, a), (under_b, b)):
        outcomes = evaluation.open_evaluation(settings, key).outcomes(0.5, 0.5).truths
        missed = outcomes[(outcomes["image_id"] == image) & (outcomes["outcome"] == "missed")]
        assert int(canvas.get_attribute("data-shown-missed") or 0) == len(missed)
    assert image in lost["image_a"].tolist()

    page.get_by_role("button", name="All images").click()
    expect(page.locator(".grid .tile").first).to_be_visible()
