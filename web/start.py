"""Checks the address and port of the server: an address that other machines reach needs DETDESK_OPEN=1."""

from collections.abc import Mapping
from typing import Final

from core.addresses import is_loopback
from core.errors import AppError
from core.settings import Settings

_HIGHEST_PORT: Final = 65_535


def check_address(settings: Settings, address: str, variable: str) -> None:
    """Raises AppError for an address that other machines reach, unless DETDESK_OPEN is 1.

    `variable` is the name of the setting, for the message. An empty address means all addresses of the machine.
    """
    if settings.is_open or is_loopback(address):
        return
    raise AppError(
        f"{variable} is {address or 'not set'!s}: other machines could open this server, and it has no sign-in. Anyone "
        "on the network could then see, change and delete every data set, run and evaluation, start trainings, and "
        "upload files.",
        "Leave it at 127.0.0.1 and put a proxy with a sign-in before it, or set DETDESK_OPEN=1 if everyone on the "
        "network may do all this. Pages then read files of the server below DETDESK_FOLDERS only.",
    )


def read_port(environment: Mapping[str, str], default: int) -> int:
    """The port in PORT, else `default`. Raises AppError if it is no port number."""
    port = environment.get("PORT", "").strip() or str(default)
    if not (port.isascii() and port.isdecimal() and int(port) <= _HIGHEST_PORT):
        raise AppError(f"PORT is {port!r}, not a number from 0 to {_HIGHEST_PORT}.", "Set it to e.g. 8501.")
    return int(port)
