"""The app with routes of its own: streamed uploads, pictures, and logs. `make run` starts this.

`python server.py` serves on HOST:PORT (127.0.0.1:8501); `streamlit run server.py` works too. Own routes see no
Streamlit session, so they check origin, token and rights themselves.
"""

import importlib
import inspect
import logging
import os
import pkgutil
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

# Streamlit has no public name for these; its version is pinned.
from streamlit.web.server.starlette.starlette_app_utils import validate_xsrf_token
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

from core import figures, services
from core.errors import AppError, ConflictError, NotFoundError
from core.figures.curve_pen import RunCurves
from core.figures.run_overlay import overlay_figure
from core.services import datasets, evaluation, runs
from core.settings import load_settings
from core.training.metrics.curves import Curve
from pages.widgets import routes

_LOG = logging.getLogger(__name__)
_STATUS = {NotFoundError: 404, ConflictError: 409}
# A picture of a version never changes; its address holds the version.
_CACHE = "private, max-age=31536000, immutable"
_THUMBNAIL_PX = 320
# By name and never by content: only what a browser shows as a still picture.
_MEDIA_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
    ".webp": "image/webp",
}


async def receive_upload(request: Request) -> Response:
    """PUT one file into an upload that a page has opened: streamed to a `.part` file, renamed when complete."""
    if not _is_same_origin(request) or not _has_token(request):
        return _refusal(403, "The upload was refused: it does not come from this page.", "Reload the page.")
    settings = load_settings()
    name = unquote(request.headers.get(routes.NAME_HEADER, ""))
    try:
        target = datasets.file_in_upload(settings, request.path_params["id"], name)
        size = await _stream_to(request, target, settings.limits.upload_bytes)
    except AppError as error:
        return _refusal(_STATUS.get(type(error), 413), error.message, error.remedy)
    except ClientDisconnect:
        # Nobody is there to read an answer.
        return Response(status_code=400)
    return JSONResponse({"name": target.name, "bytes": size})


async def _stream_to(request: Request, target: Path, limit: int) -> int:
    """Write the body to `target`; its size in bytes. Raises UploadError above the limit, and leaves nothing then."""
    part = target.with_name(target.name + datasets.PART_SUFFIX)
    size = 0
    try:
        with part.open("wb") as handle:
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise datasets.too_large(limit)
                await run_in_threadpool(handle.write, chunk)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return size


def show_version_picture(request: Request) -> Response:
    """GET one picture of a data set version, or its thumbnail with `?w=320`."""
    at = request.path_params
    key = (load_settings(), at["dataset"], at["version"], at["image_id"])
    return _picture(request, lambda size: datasets.thumbnail(*key, size) if size else datasets.image_path(*key))


def show_evaluation_picture(request: Request) -> Response:
    """GET one picture that an evaluation was made on, or its thumbnail with `?w=320`."""
    at = request.path_params
    key = (load_settings(), at["evaluation"], at["image_id"])
    return _picture(request, lambda size: evaluation.evaluation_picture(*key, size))


def show_evaluation_crop(request: Request) -> Response:
    """GET one box of an evaluation, cut out of its picture."""
    at = request.path_params
    key = (load_settings(), at["evaluation"], at["image_id"], at["kind"], at["box"])
    return _picture(request, lambda _: evaluation.evaluation_crop(*key))


def send_run_log(request: Request) -> Response:
    """GET the whole log of a run as a file, streamed however long it is."""
    if not _is_same_origin(request):
        return _refusal(403, "Logs are read on this app's own pages only.", "Open the app itself.")
    try:
        log = runs.log_file(load_settings(), request.path_params["run"])
    except AppError as error:
        return _refusal(404, error.message, error.remedy)
    name, headers = f"{log.parent.name}.log.txt", {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return FileResponse(log, media_type="text/plain; charset=utf-8", filename=name, headers=headers)


def _picture(request: Request, find: Callable[[int], Path]) -> Response:
    if not _is_same_origin(request):
        return _refusal(403, "Pictures are shown on this app's own pages only.", "Open the app itself.")
    wants_thumbnail = request.query_params.get("w") == str(_THUMBNAIL_PX)
    try:
        path = find(_THUMBNAIL_PX if wants_thumbnail else 0)
    except AppError as error:
        return _refusal(404, error.message, error.remedy)
    media_type = _MEDIA_TYPES.get(path.suffix.lower())
    if media_type is None:
        return _refusal(404, f"{path.name} is no picture that browsers show.", "Import it again.")
    headers = {"Cache-Control": _CACHE, "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    return FileResponse(path, media_type=media_type, headers=headers)


def load_rooms() -> None:
    """Load what pages call and draw with, so that no visitor waits for Plotly and the like."""
    for room in (services, figures):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            importlib.import_module(module.name)
    # Plotly loads its parts with the first figure, and looks for other libraries' tables with its first column.
    curve = Curve(np.array([1]), np.ones(1), np.ones(1))
    overlay_figure({"": RunCurves({"lr": curve})}, "lr").to_json()
    # With its first element Streamlit looks who called: inspect then looks up the files of all modules, once.
    inspect.stack()


def _is_same_origin(request: Request) -> bool:
    """Whether the browser says that a page of this app asks. A request without any such word is no browser's page."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _has_token(request: Request) -> bool:
    return validate_xsrf_token(request.headers.get("x-xsrftoken"), request.cookies.get(XSRF_COOKIE_NAME))


def _refusal(status: int, message: str, remedy: str) -> JSONResponse:
    return JSONResponse({"error": {"message": message, "remedy": remedy}}, status_code=status)


ROUTES = [
    Route(routes.UPLOAD_ROUTE, receive_upload, methods=["PUT"]),
    # Before the other: `evaluation` would be taken for a data set.
    Route(routes.EVALUATION_PICTURE_ROUTE, show_evaluation_picture),
    Route(routes.EVALUATION_CROP_ROUTE, show_evaluation_crop),
    Route(routes.VERSION_PICTURE_ROUTE, show_version_picture),
    Route(routes.RUN_LOG_ROUTE, send_run_log),
]
routes.announce()
load_rooms()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Before the first page: deleted runs whose time is over go for good, while the server starts."""
    threading.Thread(target=_empty_trash, name="empty-trash", daemon=True).start()
    yield


def _empty_trash() -> None:
    try:
        runs.empty_old(load_settings())
    except (AppError, OSError):
        # The pages say what is wrong with the settings; a folder that cannot be removed is looked at next time.
        _LOG.warning("The trash could not be emptied", exc_info=True)


app = st.App(Path(__file__).with_name("streamlit_app.py"), lifespan=lifespan, routes=ROUTES)

if __name__ == "__main__":
    app.run(
        config={
            "server.address": os.environ.get("HOST") or "127.0.0.1",
            "server.port": int(os.environ.get("PORT") or 8501),
            "server.headless": True,
            "browser.gatherUsageStats": False,
        }
    )
