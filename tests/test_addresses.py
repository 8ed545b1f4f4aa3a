"""Configured names: what may be written, and what may not. Host and Origin: tests/test_server_door.py."""

import pytest

from core.addresses import Name, read_authority, read_name
from core.errors import AppError


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("desk.example", Name(scheme="", host="desk.example", port=None), id="a name"),
        pytest.param(" Desk.Example. ", Name(scheme="", host="desk.example", port=None), id="capitals, spaces, dot"),
        pytest.param("desk.example:8080", Name(scheme="", host="desk.example", port=8080), id="with a port"),
        pytest.param("https://desk.example", Name(scheme="https", host="desk.example", port=443), id="https"),
        pytest.param("HTTP://desk.example/", Name(scheme="http", host="desk.example", port=80), id="a last slash"),
        pytest.param("[2001:DB8::1]:90", Name(scheme="", host="2001:db8::1", port=90), id="IPv6"),
        pytest.param("häuser.example", Name(scheme="", host="xn--huser-gra.example", port=None), id="not ASCII"),
    ],
)
def test_a_name_is_read(text: str, name: Name) -> None:
    assert read_name(text, "DETDESK_HOSTS") == name


@pytest.mark.parametrize(
    "text", ["*", "*.example", "", "https://", "ftp://desk.example", "desk.example/path", "a b", "user@desk", "x:99999"]
)
def test_what_is_no_name_is_said(text: str) -> None:
    with pytest.raises(AppError, match="DETDESK_HOSTS") as caught:
        read_name(text, "DETDESK_HOSTS")
    assert "https://desk.example.org" in caught.value.remedy


@pytest.mark.parametrize(
    "text", ["a\n", "a\r\nb", "a:80\n", "\u0131", "a:8\u0661", "[::1", "::1]", "[]", "a:", ":80", "."]
)
def test_what_is_no_host_is_none(text: str) -> None:
    assert read_authority(text) is None
