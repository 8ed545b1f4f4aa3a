"""Every page under its Content-Security-Policy, uploads of loose files, and what pages of others get, in a browser."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.progress import say_nothing
from core.services.datasets import ImportOptions, import_dataset, list_datasets
from core.settings import Settings
from tests.browser.conftest import ARGUMENTS, browser_path
from tests.browser.importing import click_import
from tests.factories.actors import ADA
from tests.factories.app.app_server import AppServer, serve
from tests.factories.app.demo_upload import demo_folder
from tests.factories.evaluated import EvaluationMaker
from tests.factories.runs import RunMaker

pytestmark = pytest.mark.browser
_OPEN_SOCKET = """address => new Promise(resolve => {
  const socket = new WebSocket(address);
  socket.onopen = () => resolve('open');
  socket.onerror = () => resolve('refused');
})"""


@pytest.fixture(scope="module")
def addresses(app: AppServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Each page with something on it: charts, images, tables, log, components; and words that it must show."""
    settings = Settings(workspace=app.workspace)
    source = demo_folder(tmp_path_factory.mktemp("source") / "policy-tiles", faults=False)
    dataset = import_dataset(
        settings, source, ImportOptions(name="policy-tiles", split="70/30"), say_nothing, actor=ADA
    ).dataset
    key = EvaluationMaker(dataset=dataset, split="all", missed=0.2).make(settings)
    run = RunMaker(name="policy run").make(settings)
    return {
        "": "Data sets",
        "datasets?import=1": "Drop a zip or tar archive here",
        f"dataset?dataset={dataset}&tab=Images&image=1": "policy-tiles",
        f"dataset?dataset={dataset}&tab=Statistics": "policy-tiles",
        f"train?dataset={dataset}": "What will happen",
        "runs": "policy run",
        f"run?run={run}": "Learning rate",
        f"evaluate?evaluation={key}&outcome=missed": "boxes",
    }


def test_every_page_works_under_its_policy(app: AppServer, page: Page, addresses: dict[str, str]) -> None:
    for address, words in addresses.items():
        answer = page.goto(f"{app.url}{address}")
        assert answer is not None
        policy = answer.header_value("content-security-policy") or ""
        assert "script-src 'self' blob: 'sha256-" in policy
        assert "unsafe-eval" not in policy and "script-src 'self' blob: 'unsafe-inline'" not in policy
        expect(page.get_by_text(words).first).to_be_visible()
        expect(page.locator('[data-testid="stSkeleton"]')).to_have_count(0)
        expect(page.locator('[data-testid="stStatusWidget"]')).to_have_count(0)
        expect(page.locator('[data-testid="stException"]')).to_have_count(0)
        expect(page.locator("img").first).to_have_js_property("complete", True)


def test_loose_files_go_to_disk_and_are_imported(app: AppServer, page: Page, tmp_path: Path) -> None:
    source = demo_folder(tmp_path / "loose", images=8, faults=False)
    files = sorted(path for path in source.rglob("*") if path.is_file())
    page.goto(f"{app.url}datasets?import=1")
    page.get_by_text("Loose files").click()
    page.locator(".uploader input[type=file][multiple]").set_input_files(files)
    expect(page.get_by_text("What was found")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("loose-files")
    page.get_by_label("Name", exact=True).press("Enter")
    click_import(page)
    expect(page.get_by_role("heading", name="loose-files")).to_be_visible()
    assert {dataset.name: dataset.images for dataset in list_datasets(Settings(workspace=app.workspace))}[
        "loose-files"
    ] == 8


@pytest.fixture
def other_page(tmp_path: Path) -> Iterator[str]:
    """The address of a page of another program on this machine: the same site to a browser, another origin."""
    (tmp_path / "index.html").write_text("<title>other</title><p>other</p>")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as other:
        thread = threading.Thread(target=other.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{other.server_address[1]}/"
        other.shutdown()
        thread.join(10)


def test_another_page_of_this_machine_opens_no_web_socket_and_no_frame(
    app: AppServer, page: Page, browser: Browser, other_page: str
) -> None:
    socket = f"{app.url.replace('http', 'ws', 1)}_stcore/stream"
    page.goto(app.url)
    assert page.evaluate(_OPEN_SOCKET, socket) == "open"

    # A separate context: this test expects a violation of the policy.
    other = browser.new_context().new_page()
    other.goto(other_page)
    assert other.evaluate(_OPEN_SOCKET, socket) == "refused"
    frames: list[int] = []
    other.on("response", lambda answer: frames.append(answer.status) if answer.url == app.url else None)
    other.evaluate(
        """address => new Promise(resolve => {
          const frame = document.createElement('iframe');
          frame.src = address;
          frame.onload = resolve;
          document.body.append(frame);
        })""",
        app.url,
    )
    assert frames == [403]
    other.context.close()


def test_a_link_from_another_page_opens_the_app(app: AppServer, page: Page, other_page: str) -> None:
    page.goto(other_page)
    page.evaluate("address => { location.href = address; }", f"{app.url}runs")
    expect(page.locator(".st-key-frame")).to_be_visible()


def test_a_page_that_fails_shows_a_reference_that_stands_in_the_log(page: Page, tmp_path: Path) -> None:
    with serve(tmp_path / "workspace", ["tests/browser/scripts/failing_page.py"]) as failing:
        page.goto(failing.url)
        alert = page.locator('[data-testid="stAlert"]')
        expect(alert).to_contain_text("It is a bug in Detdesk (reference ")
        reference = alert.inner_text().partition("(reference ")[2][:8]
        assert "secret" not in page.content() and "Traceback" not in page.content()
        expect(page.locator('[data-testid="stException"]')).to_have_count(0)
        (log,) = tmp_path.glob("server-*.log")
        said = log.read_text()
    assert f"Reference {reference}: KeyError" in said and "/secret/path" in said


def test_plain_streamlit_shows_nothing_to_a_foreign_name(browser_with_names: Page, tmp_path: Path) -> None:
    command = ["-m", "streamlit", "run", "streamlit_app.py", "--server.port", "{port}"]
    with serve(tmp_path / "workspace", command) as plain:
        port = plain.url.rstrip("/").rpartition(":")[2]
        browser_with_names.goto(f"http://rebound.example:{port}/")
        alert = browser_with_names.locator('[data-testid="stAlert"]')
        expect(alert).to_contain_text("does not answer to the name rebound.example")
        expect(browser_with_names.locator(".st-key-frame")).to_have_count(0)


@pytest.fixture
def browser_with_names(browser: Browser) -> Iterator[Page]:
    """A tab of a browser in which a stranger's name leads to this machine; that is an argument of its start."""
    rules = "--host-resolver-rules=MAP rebound.example 127.0.0.1"
    other = browser.browser_type.launch(executable_path=browser_path(), args=[*ARGUMENTS, rules])
    yield other.new_page()
    other.close()
