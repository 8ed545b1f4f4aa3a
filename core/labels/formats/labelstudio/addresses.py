"""Finds the images in the data of Label Studio's tasks, and the names that an address may mean."""

import base64
import re
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import unquote

from core.coco.values import text
from core.labels.sources.source_tree import IMAGE_SUFFIXES

_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/]*/?", re.IGNORECASE)
_LOCAL: Final = re.compile(r"/local-files/?\?(?:[^#]*&)?d=([^&#]*)")
# Label Studio hides the address of an image in a cloud storage in base64.
_RESOLVED: Final = re.compile(r"/resolve/?\?(?:[^#]*&)?fileuri=([^&#]*)")
_UPLOAD: Final = re.compile(r"[0-9a-f]{8}-(?=.)")


def image_keys(data: dict[str, Any]) -> list[str]:
    """The keys of a task's data that hold addresses of images, `image` first."""
    keys = [key for key, value in data.items() if isinstance(value, str) and _is_image(value)]
    if not keys and isinstance(data.get("image"), str) and data["image"].strip():
        keys = ["image"]
    return sorted(keys, key=lambda key: key != "image")


def _is_image(value: str) -> bool:
    value = value.strip()
    path = value.partition("?")[0]
    has_suffix = PurePosixPath(path).suffix.lower() in IMAGE_SUFFIXES
    return has_suffix or value.startswith("data:image") or bool(_LOCAL.search(value) or _RESOLVED.search(value))


def unsigned(address: str) -> str:
    """The address without what a storage adds to let it be read for a while."""
    return address if _LOCAL.search(address) or _RESOLVED.search(address) else address.partition("?")[0]


def names_of(address: str, upload: Any = None) -> list[str]:
    """The path in an address as written, then further names of the image; empty for an embedded image.

    `upload` is the name of the task's uploaded file.
    """
    path = _path_of(address.strip())
    plain = unquote(path, errors="replace")
    last = _last(plain)
    uploaded = upload if isinstance(upload, str) else ""
    names = [path, plain, last, _UPLOAD.sub("", last, count=1), uploaded, _UPLOAD.sub("", uploaded, count=1)]
    return list(dict.fromkeys(text(name) for name in names if name.strip() and "\0" not in name))


def _path_of(address: str) -> str:
    if address.startswith("data:"):
        return ""
    if hidden := _RESOLVED.search(address):
        address = _decoded(unquote(hidden[1])) or address
    if local := _LOCAL.search(address):
        return local[1]
    if match := _SCHEME.match(address):
        return re.split(r"[?#]", address[match.end() :])[0]
    return address.partition("?")[0] if address.startswith("/data/") else address


def _decoded(hidden: str) -> str:
    try:
        return base64.urlsafe_b64decode(hidden + "=" * (-len(hidden) % 4)).decode()
    except ValueError:
        return ""


def _last(path: str) -> str:
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1]
