"""The review of label issues by keyboard, up to the corrected version of the data set."""

import re

import pytest
from playwright.sync_api import Page, expect

from core.services import evaluation, label_review
from core.services.datasets import describe_dataset
from core.settings import Settings
from tests.browser.plots import come_to_rest
from tests.factories.app.app_server import AppServer
from tests.factories.label_issues import LabelIssuesMaker

pytestmark = pytest.mark.browser


def test_verdicts_by_key_stay_and_become_a_new_version(app: AppServer, page: Page) -> None:
    settings = Settings(workspace=app.workspace)
    key = LabelIssuesMaker(name="doubted-tiles").make(settings)
    opened = evaluation.open_evaluation(settings, key)
    ids = [str(one) for one in label_review.review_labels(settings, opened).label_issues["suspect_id"]]
    assert len(ids) >= 3

    page.goto(f"{app.url}evaluate?evaluation={key}&tab=Label+issues&suspect={ids[0]}")
    expect(page.get_by_text(f"0 of {len(ids)} decided")).to_be_visible()
    come_to_rest(page)
    page.keyboard.press("1")
    expect(page).to_have_url(re.compile(f"suspect={ids[1]}(&|$)"))
    come_to_rest(page)
    page.keyboard.press("2")
    expect(page).to_have_url(re.compile(f"suspect={ids[2]}(&|$)"))

    page.reload()
    expect(page.get_by_text(f"2 of {len(ids)} decided")).to_be_visible()
    verdicts = label_review.review_labels(settings, opened).label_issues["verdict"].tolist()
    assert verdicts[:3] == [label_review.ACCEPT, label_review.REJECT, ""]
    expect(page.get_by_text("AP, corrected")).to_be_visible()

    page.get_by_role("button", name="Make version v2 with 1 correction").click()
    expect(page.get_by_role("link", name="Version v2 has these corrections")).to_be_visible()
    come_to_rest(page)
    page.get_by_role("link", name="Version v2 has these corrections").click()
    expect(page).to_have_url(re.compile("version=v2"))
    dataset = opened.spec.dataset
    assert [version["version"] for version in describe_dataset(settings, dataset)["versions"]] == ["v1", "v2"]
