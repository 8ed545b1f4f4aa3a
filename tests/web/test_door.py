"""The door alone, around an app of a few lines: what it passes on, refuses and adds, message by message."""

import asyncio
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from core.addresses import Name
from web.door import Door, Message, Receive, Scope, Send

PAGE_POLICY = "default-src 'self'"
OWN = [(b"host", b"localhost:8501")]


async def greet(scope: Scope, _receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    headers = [(b"content-type", b"text/plain"), (b"X-Frame-Options", b"ALLOWALL")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise KeyError("/secret/path of the server")


async def fail_late(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise KeyError("/secret/path of the server")


def ask(app: Any = greet, scope: dict[str, Any] | None = None, **options: Any) -> list[Message]:
    """What a client gets, message by message."""
    given = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "headers": OWN,
        "server": ("127.0.0.1", 8501),
        **(scope or {}),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    door = Door(app, **{"names": [], "page_policy": PAGE_POLICY, **options})
    # In a thread: a browser test of the same process may have left a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, door(given, receive, send)).result()
    return sent


def headers_of(sent: list[Message]) -> dict[str, str]:
    return {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}


def test_an_answer_keeps_what_it_has_and_gets_the_rest() -> None:
    sent = ask()
    assert (sent[0]["status"], sent[1]["body"]) == (200, b"hello")
    headers = headers_of(sent)
    assert headers["content-type"] == "text/plain"
    assert headers["x-frame-options"] == "DENY"
    assert headers["content-security-policy"] == PAGE_POLICY


@pytest.mark.parametrize("path", ["/pictures/a/v1/1", "/api/run/r/log", "/media/a.html", "/_stcore/host-config"])
def test_content_may_do_nothing_when_it_is_opened_alone(path: str) -> None:
    assert headers_of(ask(scope={"path": path}))["content-security-policy"].startswith("default-src 'none'; sandbox")


def test_what_an_app_raises_is_in_the_log_under_the_reference_that_the_client_gets(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        sent = ask(fail)
    assert sent[0]["status"] == 500
    assert headers_of(sent)["x-content-type-options"] == "nosniff"
    message = json.loads(sent[1]["body"])["error"]["message"]
    assert "secret" not in message
    reference = message.partition("reference ")[2].rstrip(").")
    assert reference in caplog.text and "/secret/path" in caplog.text


def test_an_answer_that_has_begun_breaks_off() -> None:
    assert [message["type"] for message in ask(fail_late)] == ["http.response.start"]


def test_a_web_socket_is_closed_before_it_is_accepted() -> None:
    socket = {"type": "websocket", "scheme": "ws", "headers": [*OWN, (b"origin", b"http://localhost:1")]}
    assert [message["type"] for message in ask(scope=socket)] == ["websocket.close"]
    sent = ask(scope={**socket, "extensions": {"websocket.http.response": {}}})
    assert (sent[0]["type"], sent[0]["status"]) == ("websocket.http.response.start", 403)
    assert [message["type"] for message in ask(scope={**socket, "headers": OWN})] == ["websocket.accept"]


@pytest.mark.parametrize("local", ["192.168.1.5", "::ffff:192.168.1.5", "fe80::1", "10.0.0.1"])
def test_a_server_that_listens_to_others_unasked_answers_nobody(local: str) -> None:
    sent = ask(scope={"server": (local, 8501)})
    assert sent[0]["status"] == 403
    assert "DETDESK_OPEN=1" in json.loads(sent[1]["body"])["error"]["remedy"]


@pytest.mark.parametrize(
    ("local", "host", "status"),
    [
        pytest.param("192.168.1.5", "192.168.1.5:8501", 200, id="its own number"),
        pytest.param("::ffff:192.168.1.5", "192.168.1.5:8501", 200, id="over a socket for both families"),
        pytest.param("192.168.1.5", "192.168.1.6:8501", 403, id="another number"),
        pytest.param("192.168.1.5", "desk.example:8501", 200, id="a configured name"),
        pytest.param("192.168.1.5", "evil.example:8501", 403, id="a foreign name"),
        pytest.param("127.0.0.1", "0.0.0.0:8501", 403, id="no address"),
    ],
)
def test_an_open_server_answers_to_its_number_and_its_names(local: str, host: str, status: int) -> None:
    names = [Name(scheme="", host="desk.example", port=None)]
    scope = {"server": (local, 8501), "headers": [(b"host", host.encode())]}
    assert ask(scope=scope, names=names, is_open=True)[0]["status"] == status


@pytest.mark.parametrize("server", [None, ("/run/app.sock", None)], ids=["unknown", "a unix socket"])
def test_behind_a_socket_without_an_address_only_configured_names_count(server: Any) -> None:
    names = [Name(scheme="https", host="desk.example", port=443)]
    is_open = True  # whoever may use the socket file is let in by the system
    asked = {"server": server, "headers": [(b"host", b"desk.example")]}
    assert ask(scope=asked, names=names, is_open=is_open)[0]["status"] == 200
    assert ask(scope={**asked, "headers": OWN}, names=names, is_open=is_open)[0]["status"] == 403


def test_closed_addresses_are_not_there() -> None:
    assert ask(scope={"path": "/_stcore/upload_file/a/b"}, closed=("/_stcore/upload_file",))[0]["status"] == 404


def test_what_is_neither_request_nor_socket_passes() -> None:
    seen: list[str] = []

    async def note(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    ask(note, scope={"type": "lifespan"})
    assert seen == ["lifespan"]
