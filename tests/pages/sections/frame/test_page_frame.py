"""The frame around every page."""

from pathlib import Path

import pytest

from core.version import UNKNOWN, app_version
from pages.widgets.text import escape
from tests.factories.app.pages import open_page, texts, workspace


@pytest.mark.parametrize("page", ["overview", "datasets", "train", "weights", "runs", "evaluate"])
def test_the_version_is_below_every_page(page: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    workspace(monkeypatch, tmp_path)
    shown = open_page(page)
    assert not shown.exception
    assert shown.caption[-1].value == f"Detdesk {escape(app_version())}"
    assert UNKNOWN not in texts(shown)


def test_the_version_is_below_a_page_that_shows_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    workspace(monkeypatch, tmp_path)
    page = open_page("run", run="nothing-here")
    assert page.error
    assert page.caption[-1].value == f"Detdesk {escape(app_version())}"
