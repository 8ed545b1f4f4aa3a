"""The image that a LabelMe file holds in `imageData`, for sources without the image's own file."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from core.coco.document import read_json
from core.errors import UploadError
from core.labels.formats.labelme.reader import FILE_BYTES, REMEDY
from core.labels.sources.source_tree import SourceTree

_ADDRESS: Final = re.compile(r"data:image/[a-z0-9.+-]{1,20};base64,")
_STARTS: Final = (
    (re.compile(rb"\xff\xd8\xff"), ".jpg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), ".png"),
    (re.compile(rb"GIF8[79]a"), ".gif"),
    (re.compile(rb"BM"), ".bmp"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), ".webp"),
    (re.compile(rb"II\*\0|MM\0\*"), ".tif"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedImage:
    """The bytes of an image file, and the suffix of its kind (".jpg")."""

    data: bytes
    suffix: str


def embedded_image(tree: SourceTree, file: str) -> EmbeddedImage:
    """The image inside a LabelMe file. Raises AppError if there is none, or its bytes do not start like an image."""
    document = read_json(tree.path(file), file, FILE_BYTES, REMEDY, lambda: tree.read(file))
    value = document.get("imageData") if isinstance(document, dict) else None
    if not isinstance(value, str) or not value:
        raise UploadError(f"{file}: holds no image in `imageData`.", "Add the image to the source.")
    address = _ADDRESS.match(value)
    try:
        # Some encoders break lines.
        encoded = "".join(value[address.end() if address else 0 :].split())
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UploadError(f"{file}: `imageData` is no base64 text ({error}).", REMEDY) from error
    suffix = next((suffix for start, suffix in _STARTS if start.match(data)), "")
    if not suffix:
        raise UploadError(f"{file}: `imageData` holds no image of a known kind.", REMEDY)
    return EmbeddedImage(data=data, suffix=suffix)
