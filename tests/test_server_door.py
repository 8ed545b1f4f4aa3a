"""Who gets into a running server, and what its answers say: one real server, asked as browsers and strangers ask."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from core.progress import say_nothing
from core.services import datasets, runs
from core.services.datasets import ImportOptions, import_dataset
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.app.app_server import ROOT, AppServer, free_port, serve
from tests.factories.app.demo_upload import demo_folder
from tests.factories.app.http_client import Answer, Client
from tests.factories.runs import RunMaker

pytestmark = pytest.mark.process

# Each kind of address: pages, own routes, Streamlit's interfaces, its files, what it keeps for downloads.
ADDRESSES = {
    "page": "/",
    "page below": "/runs",
    "image": "/pictures/{dataset}/v1/1",
    "log": "/api/run/{run}/log",
    "health": "/_stcore/health",
    "host config": "/_stcore/host-config",
    "media": "/media/unknown.png",
    "script": "/static/media/unknown.js",
}
SOCKET = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec_WebSocket_Version": "13",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    variables = {
        "DETDESK_HOSTS": "desk.example:8080, bare.example, https://safe.example",
        "DETDESK_URL": "https://told.example/desk/",
        # More than any disk, so that what is promised meets the disk's limit first.
        "DETDESK_MAX_UPLOAD_MIB": str(2**50),
    }
    with serve(tmp_path_factory.mktemp("door") / "workspace", variables=variables) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: AppServer) -> Client:
    return Client(server.url.removeprefix("http://").rstrip("/"), {})


@pytest.fixture(scope="module")
def keys(server: AppServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    settings = Settings(workspace=server.workspace)
    source = demo_folder(tmp_path_factory.mktemp("source") / "tiles", images=8, faults=False)
    dataset = import_dataset(settings, source, ImportOptions(name="tiles"), say_nothing, actor=ADA).dataset
    return {"dataset": dataset, "run": RunMaker().make(settings)}


def port_of(server: AppServer) -> int:
    return int(server.url.rstrip("/").rpartition(":")[2])


def with_port(text: str, server: AppServer) -> str:
    return text.replace("PORT", str(port_of(server)))


def open_socket(client: Client, **headers: str) -> Answer:
    return client.request("GET", "/_stcore/stream", None, **{**SOCKET, **headers})


def status_of(server: AppServer, request: bytes) -> int:
    """The status that a request gets which is sent as it stands."""
    with socket.create_connection(("127.0.0.1", port_of(server)), timeout=30) as connection:
        connection.sendall(request)
        return int(connection.makefile("rb").readline().split()[1])


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_a_foreign_name_that_leads_here_gets_nothing(client: Client, keys: dict[str, str], address: str) -> None:
    answer = client.request("GET", address.format(**keys), Host="rebound.example:8501")
    assert answer.status == 403
    assert "rebound.example" in answer.json()["error"]["message"]
    assert "DETDESK_HOSTS" in answer.json()["error"]["remedy"]


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_every_answer_forbids_frames_and_guessing(client: Client, keys: dict[str, str], address: str) -> None:
    for headers in ({}, {"Host": "rebound.example"}):
        answer = client.request("GET", address.format(**keys), None, **headers)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("localhost:PORT", id="localhost"),
        pytest.param("LocalHost:PORT", id="capitals"),
        pytest.param("localhost.:PORT", id="last dot"),
        pytest.param("127.0.0.1:PORT", id="number"),
        pytest.param("[::1]:PORT", id="IPv6"),
        pytest.param("[0:0:0:0:0:0:0:1]:PORT", id="IPv6 in full"),
        pytest.param("desk.example:8080", id="configured with a port"),
        pytest.param("bare.example:PORT", id="configured without one"),
        pytest.param("bare.example", id="configured, behind a proxy"),
        pytest.param("safe.example", id="configured with https"),
        pytest.param("safe.example:443", id="configured with https, its port said"),
        pytest.param("told.example", id="of DETDESK_URL"),
    ],
)
def test_own_names_get_in(client: Client, server: AppServer, host: str) -> None:
    assert client.request("GET", "/", Host=with_port(host, server)).status == 200
    assert open_socket(client, Host=with_port(host, server)).status == 101


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("localhost", id="another port"),
        pytest.param("localhost:1", id="a wrong port"),
        pytest.param("localhost:0PORT", id="a zero before the port"),
        pytest.param("localhost:", id="an empty port"),
        pytest.param("localhost:99999", id="no port"),
        pytest.param("localhost..:PORT", id="two last dots"),
        pytest.param("localhost.evil.example:PORT", id="as a part of a name"),
        pytest.param("evil-localhost:PORT", id="as the end of a name"),
        pytest.param("localhost@evil.example:PORT", id="as a user"),
        pytest.param("evil.example@localhost:PORT", id="with a user"),
        pytest.param("localhost:PORT/evil.example", id="with a path"),
        pytest.param("localhost:PORT, evil.example", id="two in one"),
        pytest.param("localhost:PORT evil.example", id="two with a space"),
        pytest.param("[::1%25lo]:PORT", id="IPv6 with a zone"),
        pytest.param("::1:PORT", id="IPv6 without brackets"),
        pytest.param("[::2]:PORT", id="another IPv6"),
        pytest.param("2130706433:PORT", id="number in one"),
        pytest.param("127.1:PORT", id="short number"),
        pytest.param("0.0.0.0:PORT", id="all addresses"),
        pytest.param("[::ffff:7f00:2]:1", id="mapped, wrong port"),
        pytest.param("desk.example:PORT", id="configured with another port"),
        pytest.param("desk.example", id="configured, its port left out"),
        pytest.param("bare.example:8080", id="configured, an odd port"),
        pytest.param("safe.example:PORT", id="configured with https, the local port"),
        pytest.param("x" * 300 + ".example", id="very long"),
        pytest.param("löcalhost".encode().decode("latin-1") + ":PORT", id="not ASCII"),
    ],
)
def test_other_names_do_not(client: Client, server: AppServer, host: str) -> None:
    assert client.request("GET", "/", Host=with_port(host, server)).status in (400, 403)
    assert open_socket(client, Host=with_port(host, server)).status in (400, 403)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param("", id="no Host"),
        pytest.param("Host: \r\n", id="an empty Host"),
        pytest.param("Host: localhost:PORT\r\nHost: localhost:PORT\r\n", id="twice"),
        pytest.param("Host: localhost:PORT\r\nHost: evil.example\r\n", id="two names"),
        pytest.param("Host: evil.example\r\nX-Forwarded-Host: localhost:PORT\r\n", id="forwarded"),
    ],
)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_request_without_exactly_one_own_name_is_refused(server: AppServer, lines: str, version: str) -> None:
    request = with_port(f"GET /runs HTTP/{version}\r\n{lines}Connection: close\r\n\r\n", server).encode()
    assert status_of(server, request) in (400, 403)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        pytest.param("localhost:PORT", "http://localhost:PORT", id="the app's own page"),
        pytest.param("[::1]:PORT", "http://[::1]:PORT", id="over IPv6"),
        pytest.param("desk.example:8080", "http://desk.example:8080", id="configured"),
        pytest.param("safe.example", "https://safe.example", id="behind a proxy with https"),
        pytest.param("told.example", "https://told.example", id="of DETDESK_URL"),
    ],
)
def test_own_pages_get_in(client: Client, server: AppServer, host: str, origin: str) -> None:
    names = {"Host": with_port(host, server), "Origin": with_port(origin, server)}
    assert client.request("GET", "/", None, **names, Sec_Fetch_Site="same-origin").status == 200
    assert open_socket(client, **names).status == 101


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        pytest.param("localhost:PORT", "http://evil.example", id="another site"),
        pytest.param("localhost:PORT", "http://localhost:1", id="another port of this machine"),
        pytest.param("localhost:PORT", "http://localhost", id="no port"),
        pytest.param("localhost:PORT", "http://127.0.0.1:PORT", id="another name of this machine"),
        pytest.param("localhost:PORT", "https://localhost:PORT", id="https"),
        pytest.param("localhost:PORT", "null", id="null"),
        pytest.param("localhost:PORT", "file://", id="a file"),
        pytest.param("localhost:PORT", "http://user@localhost:PORT", id="with a user"),
        pytest.param("localhost:PORT", "http://localhost:PORT/", id="with a path"),
        pytest.param("localhost:PORT", "http://localhost:PORT http://evil.example", id="two"),
        pytest.param("localhost:PORT", "HTTP://localhost:PORT", id="scheme in capitals"),
        pytest.param("safe.example", "http://safe.example", id="http where https is configured"),
        pytest.param("bare.example", "https://bare.example", id="https where none is configured"),
        pytest.param("desk.example:8080", "http://localhost:PORT", id="another own name"),
    ],
)
def test_pages_of_others_do_not(client: Client, server: AppServer, host: str, origin: str) -> None:
    names = {"Host": with_port(host, server), "Origin": with_port(origin, server)}
    assert client.request("GET", "/", None, **names).status == 403
    assert open_socket(client, **names).status == 403


def test_a_web_socket_that_is_refused_says_why(client: Client, server: AppServer) -> None:
    answer = open_socket(client, Host=with_port("localhost:PORT", server), Origin="http://localhost:1")
    assert answer.json()["error"]["message"] == "A page of another site asked for this."


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_may_link_to_pages_and_to_nothing_else(client: Client, keys: dict[str, str], site: str) -> None:
    def asked(address: str, mode: str, destination: str) -> int:
        headers = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": mode, "Sec_Fetch_Dest": destination}
        return client.request("GET", address.format(**keys), None, **headers).status

    assert asked("/runs", "navigate", "document") == 200
    assert asked("/runs", "navigate", "iframe") == 403
    assert asked("/runs", "no-cors", "image") == 403
    for address in ("/pictures/{dataset}/v1/1", "/api/run/{run}/log", "/_stcore/health", "/media/a.png"):
        assert asked(address, "navigate", "document") == 403
        assert asked(address, "no-cors", "image") == 403


def test_nothing_is_kept_in_memory_through_streamlits_own_upload(client: Client) -> None:
    answer = client.request("PUT", "/_stcore/upload_file/any/any", b"x", Content_Type="multipart/form-data")
    assert answer.status == 404


def test_what_the_disk_cannot_hold_is_refused_before_it_is_sent(server: AppServer) -> None:
    token = generate_xsrf_token_string()
    key = datasets.open_upload(Settings(workspace=server.workspace), actor=ADA)
    head = (
        f"PUT /api/upload/{key} HTTP/1.1\r\nHost: localhost:{port_of(server)}\r\nContent-Length: {2**60}\r\n"
        f"X-Xsrftoken: {token}\r\nCookie: _streamlit_xsrf={token}\r\nX-File-Name: a.zip\r\n\r\n"
    )
    assert status_of(server, head.encode()) == 507


ODD = {
    "very long": "x" * 5000,
    "long": "e" * 300,
    "a zero byte": "a%00b",
    "two dots": "%2e%2e",
    "a slash": "a%2Fb",
    "slashes out": "..%2F..%2Fetc",
    "a backslash": "a%5Cb",
    "not UTF-8": "%ff%fe",
    "a line end": "a%0Ab",
    "other digits": "%D9%A1",
}
PLACES = {
    "data set": "/pictures/{odd}/v1/1",
    "version": "/pictures/{dataset}/{odd}/1",
    "image": "/pictures/{dataset}/v1/{odd}",
    "evaluation": "/pictures/evaluation/{odd}/1",
    "crop": "/pictures/evaluation/{odd}/1/truth/1",
    "kind": "/pictures/evaluation/e-222222/1/{odd}/1",
    "run": "/api/run/{odd}/log",
    "nothing": "/api/{odd}",
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_an_odd_id_is_not_found(client: Client, keys: dict[str, str], place: str) -> None:
    for name, odd in {**ODD, "digits": "9" * 5000, "too many digits": "9" * 40}.items():
        answer = client.request("GET", place.format(odd=odd, **keys))
        assert answer.status == 404, f"{name}: {answer.status} {answer.content[:100]!r}"


def test_the_log_of_a_run_comes_as_it_was_when_it_was_asked_for(server: AppServer, keys: dict[str, str]) -> None:
    log = runs.log_file(Settings(workspace=server.workspace), keys["run"])
    # More than what any buffer between the two takes.
    log.write_bytes(b"line of a log\n" * 4_000_000)
    size = log.stat().st_size
    with socket.create_connection(("127.0.0.1", port_of(server)), timeout=30) as connection:
        host = f"localhost:{port_of(server)}"
        connection.sendall(f"GET /api/run/{keys['run']}/log HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        answer = connection.makefile("rb")
        head = b"".join(iter(answer.readline, b"\r\n")).decode().lower()
        with log.open("ab") as handle:
            handle.write(b"later\n" * 100_000)
        log.rename(log.with_suffix(".old"))
        log.write_bytes(b"another\n")
        assert f"content-length: {size}\r\n" in head
        content = answer.read(size)
    assert len(content) == size
    assert content == b"line of a log\n" * 4_000_000


OPEN_ADDRESSES = {
    "all addresses": (["server.py"], {"HOST": "0.0.0.0"}),
    "streamlit's own option": (["-m", "streamlit", "run", "server.py", "--server.address", "0.0.0.0"], {}),
}


@pytest.mark.parametrize(("command", "variables"), OPEN_ADDRESSES.values(), ids=OPEN_ADDRESSES.keys())
def test_an_address_for_others_is_refused_in_words(
    command: list[str], variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"DETDESK_WORKSPACE": str(tmp_path / "w"), "PORT": str(free_port()), **variables}.items():
        monkeypatch.setenv(name, value)
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "Anyone on the network could then see, change and delete every data set" in done.stderr
    assert "DETDESK_OPEN=1" in done.stderr
    assert "Traceback" not in done.stderr
