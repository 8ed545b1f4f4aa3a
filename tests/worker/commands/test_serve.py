"""The warm worker's door, with an answer that needs no torch."""

import http.client
import json
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import RecipeError
from core.files import read_json
from core.worker.commands import serve
from tests.factories.waiting import eventually


def _double(request: dict[str, Any]) -> dict[str, Any]:
    if "number" not in request:
        raise RecipeError("There is no number.", "Give one.")
    return {"doubled": 2 * request["number"] + 1 - 1}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The folder of a door that closes when nobody has asked for a second."""
    thread = threading.Thread(target=serve.serve, args=(tmp_path, {"double": _double}, 1.0))
    thread.start()
    eventually((tmp_path / "address.json").exists)
    yield tmp_path
    thread.join(timeout=10)
    assert not thread.is_alive()


def _post(folder: Path, path: str, body: str, token: str | None = None, **headers: str) -> tuple[int, dict[str, Any]]:
    address = read_json(folder / "address.json")
    connection = http.client.HTTPConnection("127.0.0.1", address["port"], timeout=10)
    connection.request("POST", path, body, {"Authorization": f"Bearer {token or address['token']}", **headers})
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def test_a_request_is_answered(folder: Path) -> None:
    assert _post(folder, "/double", '{"number": 21}') == (200, {"doubled": 42})


def test_only_its_user_can_read_the_token(folder: Path) -> None:
    assert stat.S_IMODE((folder / "address.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("path", "body", "token", "headers", "status"),
    [
        pytest.param("/double", "{}", "guessed", {}, 403, id="wrong token"),
        pytest.param("/double", "{}", "é", {}, 403, id="token that is no ASCII"),
        pytest.param("/../etc/passwd", "{}", None, {}, 404, id="another path"),
        pytest.param("/double", "", None, {"Content-Length": "99999999"}, 413, id="too long"),
        pytest.param("/double", "{}", None, {}, 422, id="a mistake of the user"),
        pytest.param("/double", "{", None, {}, 500, id="no JSON"),
        pytest.param("/double", '{"number": [1]}', None, {}, 500, id="a bug"),
    ],
)
def test_what_cannot_be_answered_is_said_and_the_next_request_is_answered(
    folder: Path, path: str, body: str, token: str | None, headers: dict[str, str], status: int
) -> None:
    found, document = _post(folder, path, body, token, **headers)
    assert found == status
    assert document["error"]["message"]
    assert _post(folder, "/double", '{"number": 1}')[0] == 200


def test_it_ends_itself_and_takes_its_address_away_when_nobody_asks(folder: Path) -> None:
    began = time.monotonic()
    eventually(lambda: not (folder / "address.json").exists())
    assert 0.5 < time.monotonic() - began < 8
