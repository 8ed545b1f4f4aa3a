"""The app's own routes, answered before Streamlit sees the request: it has an opinion of its own on odd addresses."""

from collections.abc import Sequence
from typing import Final

from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send

# All that lies below belongs to the own routes.
OWN_PREFIXES: Final = ("/api/", "/pictures/")


class OwnRoutes:
    """ASGI middleware: requests below `OWN_PREFIXES` go to `routes`, all others on to Streamlit."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._own = ExceptionMiddleware(Router(routes))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request to whom it belongs."""
        is_own = scope["type"] == "http" and scope["path"].startswith(OWN_PREFIXES)
        await (self._own if is_own else self._app)(scope, receive, send)
