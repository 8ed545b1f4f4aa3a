"""Stores a small copy of each image while it is decoded, so that the first look at a data set waits for nothing."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from PIL import Image

from core.files import atomic_writer

THUMBNAIL_PX: Final = 320
_QUALITY: Final = 85


def thumbnail_path(folder: Path, content_hash: str, size: int) -> Path:
    """Where the thumbnail of the image with these bytes lies."""
    return folder / content_hash[:2] / f"{content_hash}-{size}.jpg"


def store_thumbnail(small: Image.Image, folder: Path, content_hash: str) -> None:
    """Stores the copy unless there is one. A disk that cannot be written costs the thumbnail only."""
    target = thumbnail_path(folder, content_hash, THUMBNAIL_PX)
    if is_thumbnail(target) or max(small.size) > THUMBNAIL_PX:
        return
    # Not forced to the disk: that would take longer than all else, and a lost thumbnail is made anew.
    with suppress(OSError), atomic_writer(target, is_forced=False) as handle:
        small.save(handle, format="JPEG", quality=_QUALITY)


def adopt_thumbnails(made: Path, folder: Path, content_hashes: list[str]) -> None:
    """Moves the thumbnails of these images from an image pass to where pages look for them.

    One that cannot be moved is made again when it is looked at.
    """
    for content_hash in content_hashes:
        source = thumbnail_path(made, content_hash, THUMBNAIL_PX)
        target = thumbnail_path(folder, content_hash, THUMBNAIL_PX)
        with suppress(OSError):
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)


def is_thumbnail(path: Path) -> bool:
    """Whether a thumbnail is there. After a loss of power it may be an empty file."""
    try:
        return path.stat().st_size > 0
    except OSError:
        return False
