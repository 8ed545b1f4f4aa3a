"""Image files of evaluations, with thumbnails and crops. For images of data sets see core.services.datasets.listing."""

import hashlib
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

from core.errors import AppError, NotFoundError
from core.evaluation.store import SCORES_FILE
from core.labels.images.image_header import ImageHeaderError, read_header
from core.services.evaluation.box_list import box_place
from core.services.evaluation.opened import OpenEvaluation, image_file, open_evaluation
from core.settings import Settings
from core.workspace.layout import Layout, is_folder_name
from core.workspace.thumbnails import make_crop, make_thumbnail

# An id is a plain folder name, so a path cannot leave the workspace.
_FOLDER_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")
_CROP_PX: Final = 320


def evaluation_image(settings: Settings, evaluation: str, image_id: int, size: int = 0) -> Path:
    """Path of an evaluated image; with a size in px, of its thumbnail, made once.

    Raises NotFoundError, and AppError for an unreadable image.
    """
    opened = _find(settings, evaluation)
    path = image_file(settings, opened, image_id)
    if not size:
        return path
    layout = Layout(settings.workspace)
    return _made(settings, opened, image_id, path, lambda name: make_thumbnail(layout, path, name, size))


def evaluation_crop(settings: Settings, evaluation: str, image_id: int, kind: str, key: int) -> Path:
    """Path of a crop of a `detection` or `truth` with a margin, at most 320 px wide, made once.

    Crops only boxes of the evaluation, so that requests cannot fill the disk. Raises as `evaluation_image`.
    """
    opened = _find(settings, evaluation)
    path = image_file(settings, opened, image_id)
    place = box_place(opened, image_id, kind, key)
    layout = Layout(settings.workspace)
    return _made(settings, opened, image_id, path, lambda name: make_crop(layout, path, name, place, _CROP_PX))


def _find(settings: Settings, evaluation: str) -> OpenEvaluation:
    scores = Layout(settings.workspace).folder("evaluation", evaluation) / SCORES_FILE
    if not _FOLDER_NAME.fullmatch(evaluation) or not is_folder_name(evaluation) or not scores.is_file():
        raise NotFoundError(f"There is no finished evaluation {evaluation!r}.", "Choose another one.")
    return _opened(settings, evaluation, scores.stat().st_mtime_ns)


def _made(settings: Settings, opened: OpenEvaluation, image_id: int, path: Path, make: Callable[[str], Path]) -> Path:
    """The file that `make` makes of an image, named by the image's hash."""
    images = opened.truth.images
    content_hash = str(images.loc[images["image_id"] == image_id, "content_hash"].iloc[0])
    if not content_hash:
        # Images of an evaluation of two files were never imported, so they have no hash and are unchecked.
        content_hash = hashlib.sha256(f"{path} {path.stat().st_mtime_ns}".encode()).hexdigest()
    try:
        read_header(path, settings.limits)
        return make(content_hash)
    except (ImageHeaderError, OSError, ValueError) as error:
        raise AppError(f"{path.name} cannot be read: {error}", "Replace the file by a sound copy.") from error


@lru_cache(maxsize=4)
def _opened(settings: Settings, evaluation: str, written_ns: int) -> OpenEvaluation:
    """The evaluation, cached between the images of a page; the time detects a new workspace at an old path."""
    return open_evaluation(settings, evaluation)
