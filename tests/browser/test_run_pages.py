"""What of a run's page only a browser shows: titles on a narrow screen, and the download of the log."""

import pytest
from playwright.sync_api import Page, expect

from core.services import runs
from core.settings import Settings
from tests.factories.app.app_server import AppServer
from tests.factories.runs import RunMaker

pytestmark = pytest.mark.browser
_WIDTH = 400
_FETCH = """async address => {
  const answer = await fetch(address);
  return [answer.headers.get('content-disposition'), await answer.text()];
}"""
_TITLES = """() => [...document.querySelectorAll('[data-testid=stMarkdown] strong')].map(title => {
  const {left, right} = title.getBoundingClientRect();
  return {text: title.textContent, left, right};
})"""


def test_on_a_narrow_screen_titles_wrap_and_the_log_is_found_marked_and_downloaded(app: AppServer, page: Page) -> None:
    settings = Settings(workspace=app.workspace)
    run = RunMaker(name="narrow one").make(settings)
    page.set_viewport_size({"width": _WIDTH, "height": 900})
    page.goto(f"{app.url}run?run={run}&find=400 of")

    expect(page.locator(".run-log mark")).to_have_count(1)
    titles = page.evaluate(_TITLES)
    assert {title["text"] for title in titles} >= {"Loss: where validation parts from training, overfitting begins"}
    assert [title for title in titles if title["left"] < 0 or title["right"] > _WIDTH] == []

    link = page.locator("[data-testid=stLinkButton] a", has_text="Download")
    header, content = page.evaluate(_FETCH, link.get_attribute("href"))
    assert header == f'attachment; filename="{run}.log.txt"'
    assert content == runs.log_file(settings, run).read_text()
