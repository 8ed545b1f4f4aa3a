"""The app with additional routes: streamed uploads, images and logs. `make run` starts it.

`python server.py` serves on HOST:PORT (127.0.0.1:8501); `streamlit run server.py` works too. web/door.py checks all
requests first. The additional routes have no Streamlit session, so they check the token themselves.
"""

import errno
import importlib
import inspect
import logging
import os
import pkgutil
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import anyio.to_thread
import numpy as np
import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

# Streamlit has no public name for these; its version is pinned.
from streamlit.web.server.starlette.starlette_app_utils import validate_xsrf_token
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

from core import figures, services
from core.actor import SERVER, process_actor
from core.errors import AppError, ConflictError, NotFoundError
from core.figures.curve_pen import RunCurves
from core.figures.run_overlay import overlay_figure
from core.services import datasets, evaluation, runs
from core.services.datasets import uploads
from core.settings import Settings, load_settings
from core.training.metrics.curves import Curve
from core.workspace.layout import Layout
from core.workspace.uploads import clean_up
from pages.widgets import routes
from pages.widgets.notices import show_bug
from web.answers import FileAsOpened, refusal, refusal_of
from web.door import Door
from web.own_routes import OwnRoutes
from web.policy import page_policy
from web.start import check_address, read_port

_LOG = logging.getLogger(__name__)
_STATUS: Final = {NotFoundError: 404, ConflictError: 409}
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# An image of a version never changes, and its address holds the version.
_CACHE: Final = "private, max-age=31536000, immutable"
_THUMBNAIL_PX: Final = 320
# By name, never by content, and only types that a browser shows as a still image.
_MEDIA_TYPES: Final = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
    ".webp": "image/webp",
}
# Separate threads, so that requests for large images do not block uploads and pages.
_IMAGE_THREADS: Final = 8
_image_threads = anyio.CapacityLimiter(_IMAGE_THREADS)
# Streamlit's route keeps files in memory; `receive_upload` streams them to disk.
_CLOSED: Final = ("/_stcore/upload_file",)


async def receive_upload(request: Request) -> Response:
    """PUT a file into an upload that a page has opened: streamed to disk, and renamed when complete."""
    answer = await _receive(request)
    if answer.status_code != 200:
        # The rest of the request is not read.
        answer.headers["Connection"] = "close"
    return answer


async def _receive(request: Request) -> Response:
    if not _has_token(request):
        return refusal(403, "The upload was refused: it does not come from this page.", "Reload the page.")
    try:
        return await _store(request, load_settings())
    except AppError as error:
        return refusal_of(_STATUS.get(type(error), 413), error)
    except OSError as error:
        return _not_stored(error)
    except ClientDisconnect:
        # The client is gone, so nobody reads the answer.
        return Response(status_code=400)


async def _store(request: Request, settings: Settings) -> Response:
    name = unquote(request.headers.get(routes.NAME_HEADER, ""))
    promised = int(request.headers.get("content-length") or 0)
    with uploads.receive_file(settings, request.path_params["id"], name, promised) as incoming:
        async for chunk in request.stream():
            await run_in_threadpool(incoming.write, chunk)
    return JSONResponse({"name": incoming.name, "bytes": incoming.bytes})


def _not_stored(error: OSError) -> Response:
    _LOG.warning("An upload could not be stored: %s", error)
    if error.errno in _FULL:
        remedy = "Free space in the workspace (delete runs, empty the trash), then choose the file again."
        return refusal(507, "The server's disk is full; nothing of the upload was kept.", remedy)
    message = f"The server could not store the upload: {os.strerror(error.errno or 0)}."
    return refusal(500, message, "Check that the server may write to its workspace.")


async def show_version_image(request: Request) -> Response:
    """GET an image of a data set version, or its thumbnail with `?w=320`."""
    at = request.path_params
    key = (load_settings(), at["dataset"], at["version"], at["image_id"])
    return await _image(request, lambda size: datasets.thumbnail(*key, size) if size else datasets.image_path(*key))


async def show_evaluation_image(request: Request) -> Response:
    """GET an image of an evaluation, or its thumbnail with `?w=320`."""
    at = request.path_params
    key = (load_settings(), at["evaluation"], at["image_id"])
    return await _image(request, lambda size: evaluation.evaluation_image(*key, size))


async def show_evaluation_crop(request: Request) -> Response:
    """GET a box of an evaluation, cropped from its image."""
    at = request.path_params
    key = (load_settings(), at["evaluation"], at["image_id"], at["kind"], at["box"])
    return await _image(request, lambda _: evaluation.evaluation_crop(*key))


def send_run_log(request: Request) -> Response:
    """GET the present log of a run as a file, of any length."""
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    try:
        log = runs.log_file(load_settings(), request.path_params["run"])
        headers["Content-Disposition"] = f'attachment; filename="{log.parent.name}.log.txt"'
        return FileAsOpened(log, "text/plain; charset=utf-8", headers)
    except AppError as error:
        return refusal_of(404, error)
    except OSError:
        return refusal(404, "This run's log cannot be read.", "Check whether the run still exists.")


def say_unknown(_request: Request) -> Response:
    """Answers any other address below the app's routes with 404; Streamlit would answer with its first page."""
    return refusal(404, "There is nothing at this address.", "Open the app at its first page.")


async def _image(request: Request, find: Callable[[int], Path]) -> Response:
    size = _THUMBNAIL_PX if request.query_params.get("w") == str(_THUMBNAIL_PX) else 0
    return await anyio.to_thread.run_sync(_opened_image, find, size, limiter=_image_threads)


def _opened_image(find: Callable[[int], Path], size: int) -> Response:
    try:
        path = find(size)
        media_type = _MEDIA_TYPES.get(path.suffix.lower())
        if media_type is None:
            return refusal(404, f"{path.name} is no image that browsers show.", "Import it again.")
        return FileAsOpened(path, media_type, {"Cache-Control": _CACHE, "X-Content-Type-Options": "nosniff"})
    except AppError as error:
        return refusal_of(404, error)
    except OSError:
        # Removed between finding and opening it: with its data set, or from the cache.
        return refusal(404, "This image is no longer there.", "Reload the page.")


def load_packages() -> None:
    """Loads the services and figures, so that no visitor waits for Plotly and other imports."""
    for package in (services, figures):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    # Plotly loads some modules with the first figure, and checks for other table libraries with the first column.
    curve = Curve(iterations=np.array([1]), values=np.ones(1), times=np.ones(1))
    overlay_figure({"": RunCurves({"lr": curve})}, "lr").to_json()
    # Streamlit inspects its caller for the first element; inspect then looks up the files of all modules, once.
    inspect.stack()


def _has_token(request: Request) -> bool:
    return validate_xsrf_token(request.headers.get("x-xsrftoken"), request.cookies.get(XSRF_COOKIE_NAME))


ROUTES = [
    Route(routes.UPLOAD_ROUTE, receive_upload, methods=["PUT"]),
    # Before VERSION_IMAGE_ROUTE, which would take `evaluation` for a data set.
    Route(routes.EVALUATION_IMAGE_ROUTE, show_evaluation_image),
    Route(routes.EVALUATION_CROP_ROUTE, show_evaluation_crop),
    Route(routes.VERSION_IMAGE_ROUTE, show_version_image),
    Route(routes.RUN_LOG_ROUTE, send_run_log),
    *(Route(path, say_unknown, methods=["GET", "PUT", "POST", "DELETE"]) for path in routes.REST_ROUTES),
]
routes.announce()
load_packages()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Removes old uploads and deleted runs in the background while the server starts."""
    threading.Thread(target=_clean_up, name="clean-up", daemon=True).start()
    yield


def _clean_up() -> None:
    try:
        settings = load_settings()
        clean_up(Layout(settings.workspace))
        runs.empty_old(settings, actor=process_actor(settings.user, SERVER))
    except (AppError, OSError):
        # Pages report wrong settings; the next start tries again to remove a folder.
        _LOG.warning("The trash could not be emptied", exc_info=True)


def door() -> Middleware:
    """The middleware that checks requests, made from the settings. A mistake in them ends the process."""
    with mistakes_end_start():
        settings = load_settings()
        # The address of `streamlit run` and its settings; main() checks HOST, which replaces it.
        check_address(settings, st.get_option("server.address") or "", "server.address")
    index = Path(st.__file__).with_name("static") / "index.html"
    policy = page_policy(index.read_text(encoding="utf-8"))
    return Middleware(Door, names=settings.names, page_policy=policy, is_open=settings.is_open, closed=_CLOSED)


@contextmanager
def mistakes_end_start() -> Iterator[None]:
    """Ends the process with 2 and the message of a user's mistake, without a traceback."""
    try:
        yield
    except AppError as error:
        print(f"{error.message}\n{error.remedy}", file=sys.stderr)
        sys.exit(2)


app = st.App(
    Path(__file__).with_name("streamlit_app.py"),
    lifespan=lifespan,
    middleware=[door(), Middleware(OwnRoutes, routes=ROUTES)],
    on_script_error=show_bug,
)


def main() -> None:
    """Serves on HOST and PORT."""
    address = os.environ.get("HOST") or "127.0.0.1"
    with mistakes_end_start():
        check_address(load_settings(), address, "HOST")
        port = read_port(os.environ, 8501)
    app.run(
        config={
            "server.address": address,
            "server.port": port,
            "server.headless": True,
            "browser.gatherUsageStats": False,
            "client.showErrorDetails": "none",
        }
    )


if __name__ == "__main__":
    main()
