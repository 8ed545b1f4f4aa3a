"""Answers the app's routes before Streamlit sees the request, because Streamlit rewrites unusual addresses."""

from collections.abc import Sequence
from typing import Final

from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send

# All addresses below these belong to the app's routes.
OWN_PREFIXES: Final = ("/api/", "/pictures/")


class OwnRoutes:
    """ASGI middleware: requests below `OWN_PREFIXES` go to `routes`, all others on to Streamlit."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._own = ExceptionMiddleware(Router(routes))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request to the app's routes or to Streamlit."""
        is_own = scope["type"] == "http" and scope["path"].startswith(OWN_PREFIXES)
        await (self._own if is_own else self._app)(scope, receive, send)
