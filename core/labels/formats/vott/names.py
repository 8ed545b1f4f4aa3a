"""The names under which an image of a VoTT asset may lie in a source."""

from typing import Any, Final
from urllib.parse import unquote

from core.coco.values import id_key
from core.labels.formats.json_records import text_of

_SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".gif")


def names_of(asset: dict[str, Any], *, is_frame: bool) -> tuple[str, tuple[str, ...]]:
    """The address of an asset as written, and other names to try: the plain path, its last part, the asset's name.

    Exports write a frame of a video as its name with ".jpg", some as its id. An address on the web loses its query,
    which may hold a key to the storage.
    """
    address, name = text_of(asset.get("path")), text_of(asset.get("name"))
    if address.lower().startswith(("http:", "https:")):
        address = address.partition("?")[0]
    path = unquote(address)
    if path.lower().startswith("file:"):
        path = path[5:]
        # file:///home/a.jpg, but file:F:/a.jpg and file://F:/a.jpg
        path = "/" * path.startswith("/") + path.lstrip("/")
    last = path.replace("\\", "/").rpartition("/")[2]
    names = [path, name, last]
    if is_frame or "#t=" in last:
        names = [other for plain in names if plain for other in _with_suffix(plain)]
        names += [f"{key}.jpg" for key in [id_key(asset.get("id"))] if key]
    others = dict.fromkeys(other for other in names if other and other != (address or name))
    return address or name, tuple(others)


def _with_suffix(name: str) -> tuple[str, ...]:
    return (name,) if name.lower().endswith(_SUFFIXES) else (f"{name}.jpg", name)
