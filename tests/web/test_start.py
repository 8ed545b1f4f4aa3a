"""Where the server may listen."""

from pathlib import Path

import pytest

from core.errors import AppError
from core.settings import Settings
from web.start import check_address, read_port


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "localhost", "LOCALHOST", "::1", "[::1]"])
def test_this_machine_alone_needs_no_word(address: str) -> None:
    check_address(Settings(workspace=Path("w")), address, "HOST")


@pytest.mark.parametrize("address", ["", "0.0.0.0", "::", "192.168.1.5", "desk.example", "127.0.0.1.evil.example", "0"])
def test_any_other_address_is_refused_unless_it_is_wanted(address: str) -> None:
    with pytest.raises(AppError, match="it has no sign-in") as caught:
        check_address(Settings(workspace=Path("w")), address, "HOST")
    assert "DETDESK_OPEN=1" in caught.value.remedy
    check_address(Settings(workspace=Path("w"), is_open=True), address, "HOST")


def test_the_port_is_a_number() -> None:
    assert (read_port({}, 8501), read_port({"PORT": "80"}, 8501)) == (8501, 80)
    for text in ("http", "-1", "65536", "8501.0", "٣"):
        with pytest.raises(AppError, match="PORT"):
            read_port({"PORT": text}, 8501)
