"""The routes of server.py, asked directly: what they take, what they refuse, and what they leave on disk."""

import errno
import http.client
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image
from starlette.applications import Starlette
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

import server
from core.progress import say_nothing
from core.services import datasets, runs
from core.services.datasets import ImportOptions, import_dataset, uploads
from core.services.evaluation import open_seal
from core.settings import Limits, Settings
from tests.factories.actors import ADA, BOB
from tests.factories.app.http_client import Answer, Client, served
from tests.factories.evaluated import EvaluationMaker
from tests.factories.runs import RunMaker


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings = Settings(workspace=tmp_path / "workspace", limits=Limits(upload_bytes=1000))
    monkeypatch.setattr(server, "load_settings", lambda: settings)
    return settings


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    """A page of the app itself: it has the token, as a cookie too, and says that it is on the same origin."""
    token = generate_xsrf_token_string()
    with served(Starlette(routes=server.ROUTES, middleware=[server.door()])) as host:
        own = {"Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
        yield Client(host, {**own, "X-Xsrftoken": token, "Cookie": f"{XSRF_COOKIE_NAME}={token}"})


def received(settings: Settings, key: str) -> dict[str, bytes]:
    folder = settings.workspace / "uploads" / key / "files"
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def put(client: Client, key: str, content: bytes = b"bytes", name: str = "set.zip", **headers: str) -> Answer:
    return client.request("PUT", f"/api/upload/{key}", content, X_File_Name=quote(name), **headers)


def test_an_upload_lies_complete_in_the_folder_that_the_page_opened(client: Client, settings: Settings) -> None:
    key = uploads.open_upload(settings, actor=ADA)
    assert put(client, key, b"x" * 1000).status == 200
    assert received(settings, key) == {"set.zip": b"x" * 1000}


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        pytest.param("../../evil.zip", "evil.zip", id="parent folders"),
        pytest.param("C:\\temp\\a.zip", "a.zip", id="windows path"),
        pytest.param("", "upload", id="no name"),
        pytest.param(".hidden", "hidden", id="hidden"),
        pytest.param("a\x00b\n.zip", "a_b_.zip", id="control characters"),
        pytest.param("Häuser (2).zip", "Häuser (2).zip", id="letters of any language"),
        pytest.param("x" * 300 + ".zip", "x" * 60 + ".zip", id="too long"),
    ],
)
def test_a_file_name_cannot_lead_anywhere(client: Client, settings: Settings, name: str, stored: str) -> None:
    key = uploads.open_upload(settings, actor=ADA)
    assert put(client, key, name=name).status == 200
    assert list(received(settings, key)) == [stored]


def test_an_upload_above_the_limit_is_refused_and_leaves_nothing(client: Client, settings: Settings) -> None:
    key = uploads.open_upload(settings, actor=ADA)
    answer = put(client, key, b"x" * 1001)
    assert answer.status == 413
    assert answer.json()["error"]["remedy"]
    assert received(settings, key) == {}


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"X_Xsrftoken": ""}, id="no token"),
        pytest.param({"X_Xsrftoken": generate_xsrf_token_string()}, id="another token"),
        pytest.param({"Origin": "http://evil.example"}, id="another origin"),
        pytest.param({"Sec_Fetch_Site": "cross-site"}, id="another site"),
    ],
)
def test_a_request_of_another_page_is_refused(client: Client, settings: Settings, headers: dict[str, str]) -> None:
    key = uploads.open_upload(settings, actor=ADA)
    assert put(client, key, b"bytes", "set.zip", **headers).status == 403
    assert received(settings, key) == {}


@pytest.mark.parametrize("key", ["u-" + "a" * 22, "datasets", "%2e%2e"], ids=["never opened", "a folder", "dots"])
def test_an_upload_that_no_page_opened_is_unknown(client: Client, key: str) -> None:
    assert put(client, key).status == 404


def test_a_second_file_does_not_replace_the_first(client: Client, settings: Settings) -> None:
    key = uploads.open_upload(settings, actor=ADA)
    assert put(client, key, b"first").status == 200
    assert put(client, key, b"second").status == 409
    assert received(settings, key) == {"set.zip": b"first"}


def test_of_uploads_of_one_name_at_once_the_first_complete_one_stays_whole(client: Client, settings: Settings) -> None:
    key = uploads.open_upload(settings, actor=ADA)
    contents = [bytes([65 + number]) * 1000 for number in range(8)]
    with ExitStack() as stack:
        connections = [stack.enter_context(closing(begin_upload(client, key))) for _ in contents]
        for connection, content in zip(connections, contents, strict=True):
            connection.send(content[:600])
        for connection, content in zip(connections, contents, strict=True):
            connection.send(content[600:])
        statuses = [connection.getresponse().status for connection in connections]
    assert sorted(statuses) == [200, *[409] * 7]
    assert received(settings, key) == {"set.zip": contents[statuses.index(200)]}
    assert parts(settings) == []


def begin_upload(client: Client, key: str, promised: int = 1000) -> http.client.HTTPConnection:
    """An upload whose head alone is sent."""
    connection = http.client.HTTPConnection(client.host, timeout=30)
    connection.putrequest("PUT", f"/api/upload/{key}")
    for name, value in {**client.headers, "X-File-Name": "set.zip", "Content-Length": str(promised)}.items():
        connection.putheader(name, value)
    connection.endheaders()
    return connection


def parts(settings: Settings) -> list[str]:
    return [path.name for path in (settings.workspace / "uploads").rglob("*.part")]


_KILLED = """
import os, signal, sys
from pathlib import Path
from core.actor import PAGE, process_actor
from core.services.datasets.uploads import open_upload, receive_file
from core.settings import Settings
settings = Settings(workspace=Path(sys.argv[1]))
upload = open_upload(settings, actor=process_actor("", PAGE))
with receive_file(settings, upload, "set.zip") as incoming:
    incoming.write(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.process
def test_what_a_killed_server_received_is_removed_with_the_next_upload(settings: Settings) -> None:
    done = subprocess.run([sys.executable, "-c", _KILLED, str(settings.workspace)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(parts(settings)) == 1
    uploads.open_upload(settings, actor=ADA)
    assert parts(settings) == []


def test_loose_files_of_one_upload_lie_side_by_side(client: Client, settings: Settings) -> None:
    key = uploads.open_upload(settings, is_many=True, actor=ADA)
    assert put(client, key, b"x" * 400, "a.png").status == 200
    assert put(client, key, b"x" * 400, "b.txt").status == 200
    assert put(client, key, b"y", "A.png").status == 409
    # The limit is for all of them together.
    assert put(client, key, b"x" * 201, "c.txt").status == 413
    assert received(settings, key) == {"a.png": b"x" * 400, "b.txt": b"x" * 400}


def test_more_than_the_limit_is_refused_before_it_is_sent(client: Client, settings: Settings) -> None:
    key = uploads.open_upload(settings, actor=ADA)
    with closing(begin_upload(client, key, promised=100_000_000_000)) as connection:
        assert connection.getresponse().status == 413
    assert received(settings, key) == {}


@pytest.mark.parametrize(
    ("number", "status"), [(errno.ENOSPC, 507), (errno.EDQUOT, 507), (errno.EFBIG, 507), (errno.EIO, 500)]
)
def test_an_upload_that_the_disk_does_not_take_is_refused_in_words(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch, number: int, status: int
) -> None:
    def write(_incoming: uploads.Incoming, _chunk: bytes) -> None:
        raise OSError(number, "as the disk says")

    key = uploads.open_upload(settings, actor=ADA)
    monkeypatch.setattr(uploads.Incoming, "write", write)
    answer = put(client, key)
    assert answer.status == status
    assert answer.json()["error"]["message"] and answer.json()["error"]["remedy"]
    assert received(settings, key) == {}
    assert parts(settings) == []


@pytest.fixture
def dataset(settings: Settings, tmp_path: Path) -> str:
    """Four images of 640 x 480 px with an object each."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "classes.txt").write_text("thing\n")
    for number in range(4):
        Image.new("RGB", (640, 480), (number * 50, 100, 100)).save(source / f"p{number}.png")
        (source / f"p{number}.txt").write_text("thing 10 10 200 200\n")
    return import_dataset(settings, source, ImportOptions(name="things"), say_nothing, actor=ADA).dataset


def test_an_image_comes_as_an_image_that_may_be_kept(client: Client, dataset: str) -> None:
    answer = client.request("GET", f"/pictures/{dataset}/v1/1")
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/png"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def forget_thumbnails(settings: Settings) -> None:
    """Removes the thumbnails that the import has made."""
    shutil.rmtree(settings.workspace / "cache" / "thumbnails")


def test_a_thumbnail_is_small_and_made_once(client: Client, settings: Settings, dataset: str) -> None:
    forget_thumbnails(settings)
    for _ in range(2):
        answer = client.request("GET", f"/pictures/{dataset}/v1/1?w=320")
        assert answer.headers["content-type"] == "image/jpeg"
    (made,) = (settings.workspace / "cache" / "thumbnails").rglob("*.jpg")
    with Image.open(made) as image:
        assert image.size == (320, 240)


@pytest.mark.parametrize("size", ["", "?w=320"], ids=["image", "thumbnail"])
def test_an_image_that_is_gone_is_said_as_json(client: Client, settings: Settings, dataset: str, size: str) -> None:
    forget_thumbnails(settings)
    datasets.image_path(settings, dataset, "v1", 1).unlink()
    answer = client.request("GET", f"/pictures/{dataset}/v1/1{size}")
    assert answer.status == 404
    assert answer.json()["error"]["remedy"]


def test_an_image_that_cannot_be_read_is_said_as_json(client: Client, settings: Settings, dataset: str) -> None:
    forget_thumbnails(settings)
    path = datasets.image_path(settings, dataset, "v1", 1)
    path.write_bytes(path.read_bytes()[:60])
    answer = client.request("GET", f"/pictures/{dataset}/v1/1?w=320")
    assert answer.status == 404
    assert "cannot be read" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "path",
    ["things/v1/99", "things/v2/1", "nothing/v1/1", "%2e%2e/v1/1", "evaluation/e-unknown/1", "evaluation/%2e%2e/1"],
)
def test_an_unknown_image_is_said_as_json_with_a_remedy(client: Client, dataset: str, path: str) -> None:
    answer = client.request("GET", f"/pictures/{path}")
    assert answer.status == 404
    assert answer.json()["error"]["remedy"]


def test_an_image_is_not_shown_on_another_site(client: Client, dataset: str) -> None:
    assert client.request("GET", f"/pictures/{dataset}/v1/1", Sec_Fetch_Site="cross-site").status == 403


def test_a_box_of_an_evaluation_comes_cut_out_of_its_image(client: Client, settings: Settings, dataset: str) -> None:
    forget_thumbnails(settings)
    key = EvaluationMaker(dataset=dataset, split="all").make(settings)
    # Test images are among them: nothing of it is shown while the scores are sealed.
    assert client.request("GET", f"/pictures/evaluation/{key}/1/truth/1").status == 404
    open_seal(settings, key, actor=BOB)
    answer = client.request("GET", f"/pictures/evaluation/{key}/1/truth/1")
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/jpeg"
    for unknown in (f"{key}/1/truth/4", f"{key}/1/thing/1", f"{key}/99/truth/1", "e-unknown/1/truth/1"):
        assert client.request("GET", f"/pictures/evaluation/{unknown}").status == 404
    assert client.request("GET", f"/pictures/evaluation/{key}/1/truth/1", Sec_Fetch_Site="cross-site").status == 403
    (made,) = (settings.workspace / "cache" / "thumbnails").rglob("*.jpg")
    with Image.open(made) as crop:
        assert max(crop.size) == 320


def test_the_whole_log_of_a_run_comes_as_a_file(client: Client, settings: Settings) -> None:
    run = RunMaker().make(settings)
    log = runs.log_file(settings, run)
    log.write_bytes(b"<script>\xff\n" * 100_000)
    answer = client.request("GET", f"/api/run/{run}/log")
    assert answer.status == 200
    assert answer.content == log.read_bytes()
    assert answer.headers["content-disposition"] == f'attachment; filename="{run}.log.txt"'
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("run", ["r-222222", "nobody", "..%2F..%2Fetc"])
def test_a_log_that_is_not_there_is_a_404(run: str, client: Client, settings: Settings) -> None:
    answer = client.request("GET", f"/api/run/{run}/log")
    assert answer.status == 404


def test_a_log_is_not_given_to_another_site(client: Client, settings: Settings) -> None:
    run = RunMaker().make(settings)
    answer = client.request("GET", f"/api/run/{run}/log", Origin="http://elsewhere", Sec_Fetch_Site="cross-site")
    assert answer.status == 403


def test_a_long_log_that_is_emptied_while_it_is_sent_breaks_off(client: Client, settings: Settings) -> None:
    run = RunMaker().make(settings)
    log = runs.log_file(settings, run)
    # More than what any buffer between the two takes.
    log.write_bytes(b"line of a log\n" * 4_000_000)
    host, port = client.host.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(f"GET /api/run/{run}/log HTTP/1.1\r\nHost: {client.host}\r\n\r\n".encode())
        answer = connection.makefile("rb")
        assert answer.readline().split()[1] == b"200"
        log.write_bytes(b"")
        # The end of the connection, long before the promised length: no client takes that for the whole.
        assert len(answer.read()) < 56_000_000
    assert client.request("GET", f"/api/run/{run}/log").content == b""
