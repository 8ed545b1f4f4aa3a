"""A real browser and a real server for the tests of this folder. Without a browser they fail; they are not skipped."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.factories.app.app_server import AppServer, serve

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
    # Of several such switches the last one counts, so Playwright's own list comes first. Then the pages that Chromium
    # draws its address bar's list with: each window loads two, which costs more than an empty page of ours.
    "--disable-features=AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,"
    "HttpsFirstBalancedModeAutoEnable,LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,"
    "AvoidCorsURLLoaderRestartOnRedirect,TcpPortRandomizationWin,OptimizationHints,NetworkTimeServiceQuerying,"
    "AimEnabled,PreconnectToSearch,WebUIOmniboxPopup,WebUIOmniboxFullPopup,WebUIOmniboxAimPopup",
]
# Two cores that also train: a rerun may take seconds.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


def browser_path() -> str:
    """The browser that `make test` found, or the system's chromium. Raises RuntimeError where there is none."""
    path = os.environ.get("DETDESK_BROWSER") or shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(path).is_file():
        raise RuntimeError(f"There is no browser at {path}. Run `make test`, or name one in DETDESK_BROWSER.")
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), headless=True, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, nursery: dict[str, str]) -> Iterator[AppServer]:
    """The app on an empty workspace, shared by the tests of a session: each uses different names."""
    with serve(tmp_path_factory.mktemp("browser") / "workspace", variables=nursery) as server:
        yield server


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh tab, 1280 px wide. A JavaScript error or a violation of the policy fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    # Of each tab of the test: only the console reports violations of the policy.
    context.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert errors == []
