"""The addresses that a server answers to: reads Host and Origin headers and configured names, and compares them.

A browser on a hostile page still sends true `Host` and `Origin` headers, so these two decide whether a request comes
from this app's page. Nothing is guessed: a header that does not follow the standards exactly is refused.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from core.errors import AppError

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
# Underscores are no part of host names by the standard, but containers are named with them.
_AUTHORITY: Final = re.compile(
    r"(?:(?P<name>[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?|\[(?P<v6>[0-9a-f:.]{2,45})\])(?::(?P<port>0|[1-9][0-9]{0,4}))?"
)
# The longest name of the domain name system.
_LONGEST_NAME: Final = 253
_HIGHEST_PORT: Final = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Host and port as in a `Host` header; the host in lower case, without brackets and last dot."""

    host: str
    port: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Scheme, host and port of a page; the port is always given."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A configured name. Without a scheme it takes the request's scheme; without a port, the usual ports."""

    scheme: str
    host: str
    port: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """The server's side of a connection: the request's scheme, and the local address and port that received it."""

    scheme: str
    address: str
    port: int


def read_authority(text: str) -> Authority | None:
    """Host and port of a `Host` header; None unless it is exactly `name`, `name:port`, `[IPv6]` or `[IPv6]:port`."""
    match = _AUTHORITY.fullmatch(text.lower()) if text.isascii() else None
    if match is None:
        return None
    port = int(match["port"]) if match["port"] else None
    host = match["name"] or _plain_v6(match["v6"])
    if not host or len(host) > _LONGEST_NAME or (port or 0) > _HIGHEST_PORT:
        return None
    return Authority(host=host, port=port)


def read_origin(text: str) -> Origin | None:
    """The origin of an `Origin` header; None for `null`, and for anything but `http(s)://host[:port]`."""
    scheme, separator, rest = text.partition("://")
    authority = read_authority(rest)
    if not separator or scheme not in DEFAULT_PORTS or authority is None:
        return None
    port = DEFAULT_PORTS[scheme] if authority.port is None else authority.port
    return Origin(scheme=scheme, host=authority.host, port=port)


def read_name(text: str, variable: str) -> Name:
    """A configured name: `desk.example.org`, with a port, or as `https://desk.example.org`. Raises AppError."""
    scheme, separator, rest = text.strip().rpartition("://")
    authority = read_authority(_in_ascii(rest.removesuffix("/") if separator else rest))
    if authority is None or (separator and scheme.lower() not in DEFAULT_PORTS):
        raise AppError(
            f"{variable} holds {text.strip()[:100]!r}, which is no host name.",
            "Give names such as desk.example.org, desk.example.org:8080 or https://desk.example.org, separated by "
            "commas.",
        )
    port = authority.port
    if separator and port is None:
        port = DEFAULT_PORTS[scheme.lower()]
    return Name(scheme=scheme.lower(), host=authority.host, port=port)


def reached_origins(authority: Authority, endpoint: Endpoint, names: Iterable[Name]) -> frozenset[Origin]:
    """The origins that reach this server under `authority`; empty if the name is not one of the server's.

    The server's names are loopback names and the connection's local address, with the local port, and the configured
    names.
    """
    origins = set()
    port = DEFAULT_PORTS[endpoint.scheme] if authority.port is None else authority.port
    if port == endpoint.port and (is_loopback(authority.host) or _is_same_ip(authority.host, endpoint.address)):
        origins.add(Origin(scheme=endpoint.scheme, host=authority.host, port=port))
    for name in names:
        if name.host == authority.host and (scheme := _scheme_under(name, authority, endpoint)):
            named_port = DEFAULT_PORTS[scheme] if authority.port is None else authority.port
            origins.add(Origin(scheme=scheme, host=authority.host, port=named_port))
    return frozenset(origins)


def is_loopback(host: str) -> bool:
    """Whether a host name or address means only this machine: `localhost`, 127.0.0.0/8 or ::1."""
    text = host.strip("[]").lower()
    if text == "localhost":
        return True
    address = _ip(text)
    return address is not None and address.is_loopback


def _scheme_under(name: Name, authority: Authority, endpoint: Endpoint) -> str:
    """The scheme of a request to a configured name; "" if the port does not belong to that name."""
    scheme = name.scheme or endpoint.scheme
    port = DEFAULT_PORTS[scheme] if authority.port is None else authority.port
    usual = {endpoint.port, DEFAULT_PORTS[scheme]}
    return scheme if (port == name.port if name.port is not None else port in usual) else ""


def _is_same_ip(host: str, address: str) -> bool:
    mine = _ip(address)
    # A numeric address is safe from DNS rebinding: a hostile name server can point only names at this machine.
    return mine is not None and not mine.is_unspecified and _ip(host) == mine


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    # A dual-stack socket gives IPv4 addresses in this form.
    return getattr(address, "ipv4_mapped", None) or address


def _plain_v6(text: str) -> str:
    try:
        return ipaddress.IPv6Address(text).compressed
    except ValueError:
        return ""


def _in_ascii(text: str) -> str:
    try:
        return text if text.isascii() else text.encode("idna").decode()
    except UnicodeError:
        return ""
