"""The only way into the app: an ASGI middleware in front of routes, pages, downloads and the web socket.

It accepts requests to one of the server's names, from the app's pages or from no page, and adds security headers to
every answer. The name alone proves nothing: a hostile name server can point any of its names at this machine (DNS
rebinding), and pages of other programs on this machine are on `localhost` too.
"""

import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from core.addresses import Endpoint, Name, is_loopback, reached_origins, read_authority, read_origin
from web.policy import is_content, plain_headers, with_security

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_LOG = logging.getLogger(__name__)
_SCHEMES: Final = {"http": "http", "ws": "http", "https": "https", "wss": "https"}
# The fetch metadata of a link that a person follows from another site: a whole page in a tab.
_FOLLOWED_LINK: Final = ("navigate", "document")
_POLICY_VIOLATION: Final = 1008


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a request is refused; `status` is the HTTP status."""

    status: int
    message: str
    remedy: str

    def to_json(self) -> bytes:
        """The JSON document for the client."""
        return json.dumps({"error": {"message": self.message, "remedy": self.remedy}}).encode()


class Door:
    """Refuses requests of other sites, and adds security headers. Use it as the outermost middleware.

    Args: names: configured names besides those of this machine; page_policy: the Content-Security-Policy of pages;
    is_open: whether other machines may connect; closed: parts of addresses that are always refused.
    """

    def __init__(
        self, app: App, names: Iterable[Name], page_policy: str, is_open: bool = False, closed: tuple[str, ...] = ()
    ) -> None:
        self._app = app
        self._names = tuple(names)
        self._page_policy = page_policy
        self._is_open = is_open
        self._closed = closed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or refuses it; a web socket is refused before it is accepted."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, scope["path"], self._page_policy)
        if refusal := self._refuse(scope):
            await _send_refusal(refusal, scope, receive, answer)
            return
        try:
            await self._app(scope, receive, answer)
        except Exception:
            await _say_bug(scope, receive, answer)

    def _refuse(self, scope: Scope) -> Refusal | None:
        endpoint = _endpoint(scope)
        if not self._is_open and endpoint.address and not is_loopback(endpoint.address):
            return _NOT_OPEN
        if any(part in scope["path"] for part in self._closed):
            return _NOTHING_HERE
        return refuse_headers(scope["headers"], endpoint, self._names, _is_followed_link(scope))


def refuse_headers(
    headers: Iterable[tuple[bytes, bytes]], endpoint: Endpoint, names: Iterable[Name], is_link: bool = False
) -> Refusal | None:
    """The refusal of a request that comes from a page of another site; None if the request may pass.

    `is_link`: the request opens a page in a tab, which other sites may link to.
    """
    headers = list(headers)
    hosts, origins = _values(headers, b"host"), _values(headers, b"origin")
    authority = read_authority(hosts[0]) if len(hosts) == 1 else None
    if authority is None:
        return _ODD_HOST
    own = reached_origins(authority, endpoint, names)
    if not own:
        return _unknown_name(hosts[0])
    if origins and (len(origins) > 1 or read_origin(origins[0]) not in own):
        return _OTHER_PAGE
    sites = _values(headers, b"sec-fetch-site")
    is_own_page = all(site in ("same-origin", "none") for site in sites)
    return None if is_own_page or is_link else _OTHER_PAGE


class _Answer:
    """Passes messages on to the client; the first one gets the security headers."""

    def __init__(self, send: Send, path: str, page_policy: str) -> None:
        self._send = send
        self._path = path
        self._page_policy = page_policy
        self.has_begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            self.has_begun = True
            headers = with_security(message.get("headers", ()), self._path, self._page_policy)
            message = {**message, "headers": headers}
        elif message["type"] in ("websocket.accept", "websocket.close"):
            self.has_begun = True
        await self._send(message)


async def _say_bug(scope: Scope, receive: Receive, answer: _Answer) -> None:
    """Logs the exception, and gives the client only a reference. An answer that has begun breaks the connection."""
    reference = new_reference()
    _LOG.exception("Reference %s: %s %s failed", reference, scope.get("method", scope["type"]), scope["path"][:200])
    if not answer.has_begun:
        refusal = Refusal(
            status=500, message=f"The server failed (reference {reference}).", remedy="Its log says more."
        )
        await _send_refusal(refusal, scope, receive, answer)


def new_reference() -> str:
    """A short id that is both in the message and in the log, to find the log entry."""
    return secrets.token_hex(4)


async def _send_refusal(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    prefix = ""
    if scope["type"] == "websocket":
        await receive()  # the request to connect
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": ""})
            return
        prefix = "websocket."
    content = refusal.to_json()
    # The rest of the request is not read, so the connection cannot be reused.
    headers = plain_headers(content, {b"connection": b"close"})
    await send({"type": f"{prefix}http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": f"{prefix}http.response.body", "body": b"" if scope.get("method") == "HEAD" else content})


def _endpoint(scope: Scope) -> Endpoint:
    address, port = scope.get("server") or ("", None)
    return Endpoint(scheme=_SCHEMES[scope.get("scheme", "http")], address=address, port=port or 0)


def _is_followed_link(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or is_content(scope["path"]):
        return False
    headers = scope["headers"]
    return (*_values(headers, b"sec-fetch-mode"), *_values(headers, b"sec-fetch-dest")) == _FOLLOWED_LINK


def _values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in headers if key.lower() == name]


def _unknown_name(host: str) -> Refusal:
    return Refusal(
        status=403,
        message=f"This server does not answer to the name {host}.",
        remedy=f"If people open it under this name, start it with DETDESK_HOSTS={host}.",
    )


_ODD_HOST: Final = Refusal(
    status=400,
    message="The request does not say exactly one host name.",
    remedy="Ask with one Host header, such as localhost:8501.",
)
_OTHER_PAGE: Final = Refusal(
    status=403,
    message="A page of another site asked for this.",
    remedy="Open the app itself; if it is behind a proxy, name its address in DETDESK_HOSTS or DETDESK_URL.",
)
_NOT_OPEN: Final = Refusal(
    status=403,
    message="This server answers to its own machine only.",
    remedy="Start it with DETDESK_OPEN=1 to let other machines in; it has no sign-in.",
)
_NOTHING_HERE: Final = Refusal(
    status=404, message="There is nothing at this address.", remedy="Open the app at its first page."
)
