"""Stores images in a version's folder, in a form that browsers and training can read.

Bytes stay as they are if possible. Turned images are stored upright; others are converted by the rule that their
finding states (core.labels.images.scan).
"""

import hashlib
import io
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any, Final

import pandas as pd
from PIL import Image

from core.errors import ConflictError
from core.images import BitRange, in_eight_bits, is_deep, open_image
from core.labels.images.bit_range import bit_range_of
from core.labels.images.cut_off import complete
from core.labels.images.exif import turned_upright
from core.progress import Progress

INSPECT_AGAIN: Final = "Inspect the source again once nothing writes to it, then import it."
_THREADS: Final = min(8, os.cpu_count() or 1)
_UNSAFE: Final = re.compile(r"[^\w.-]+", re.ASCII)
# JPEGs stored upright are compressed again; at 95 without chroma subsampling the loss is not visible.
_JPEG: Final[dict[str, Any]] = {"format": "JPEG", "quality": 95, "subsampling": 0}


def stored_names(sources: list[str], converts: list[bool]) -> list[str]:
    """A file name for each image: its source's name, made safe and unique.

    Stems differ also without regard to case, because exports and macOS need it. `converts` says which images are
    stored as PNG.
    """
    taken: set[str] = set()
    names = []
    for number, (source, convert) in enumerate(zip(sources, converts, strict=True), 1):
        path = PurePosixPath(source)
        stem = _UNSAFE.sub("_", path.stem).strip("._-")[:100] or "picture"
        if stem.lower() in taken:
            stem = f"{stem}-{number}"
        while stem.lower() in taken:
            stem += "x"
        taken.add(stem.lower())
        names.append(stem + (".png" if convert else _UNSAFE.sub("", path.suffix.lower())))
    return names


def place_images(
    images: pd.DataFrame,
    facts: pd.DataFrame,
    path_of: Callable[[str], Path],
    folder: Path,
    may_link: bool,
    progress: Progress,
    bit_range: BitRange | None = None,
) -> list[str]:
    """Stores each image in `folder` under its `file_name`; returns the files' sha256.

    `path_of` gives the file of an image's `source`.
    `may_link` allows hard links, for sources that nobody else changes. `bit_range` maps deep images; without it the
    lowest to the highest value of all of them do. Raises ConflictError if an image has changed or vanished since its
    facts were read.
    """
    whole_range = bit_range or bit_range_of(facts) or (0.0, 255.0)
    by_id = facts.set_index("image_id")
    folder.mkdir(parents=True, exist_ok=True)

    def place(row: Any) -> str:
        return _place(path_of(row.source), folder / row.file_name, by_id.loc[row.image_id], may_link, whole_range)

    hashes: list[str] = []
    with ThreadPoolExecutor(_THREADS) as pool:
        for digest in pool.map(place, images.itertuples()):
            hashes.append(digest)
            if len(hashes) % 50 == 0 or len(hashes) == len(images):
                progress(len(hashes) / len(images), f"Storing image {len(hashes):,} of {len(images):,}")
    return hashes


def _place(source: Path, target: Path, fact: Any, may_link: bool, bit_range: BitRange) -> str:
    is_kept_as_it_is = fact["orientation"] == 1 and not fact["conversion"] and not fact["is_cut_off"]
    content = _as_inspected(source, str(fact["bytes_hash"]))
    if is_kept_as_it_is and may_link and _link(source, target):
        return str(fact["bytes_hash"])
    if not is_kept_as_it_is:
        completed = complete(content) if fact["is_cut_off"] else None
        whole = completed.content if completed else content
        content = _converted(whole, int(fact["orientation"]), bool(fact["conversion"]), bit_range)
    target.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def _as_inspected(source: Path, bytes_hash: str) -> bytes:
    """The file's content. Raises ConflictError if it is not the inspected one."""
    try:
        content = source.read_bytes()
    except FileNotFoundError:
        raise ConflictError(f"{source.name} was removed after it was inspected.", INSPECT_AGAIN) from None
    if hashlib.sha256(content).hexdigest() != bytes_hash:
        raise ConflictError(f"{source.name} changed after it was inspected.", INSPECT_AGAIN)
    return content


def _link(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError:
        # Another file system, or one without links: copy.
        return False
    return True


def _converted(content: bytes, orientation: int, to_png: bool, bit_range: BitRange) -> bytes:
    with open_image(io.BytesIO(content)) as image:
        image.load()
        upright = turned_upright(image, orientation)
        stored = io.BytesIO()
        if to_png:
            _eight_bit(upright, bit_range).save(stored, format="PNG")
        elif image.format in ("JPEG", "MPO"):
            upright.save(stored, **_JPEG)
        else:
            upright.save(stored, format=image.format)
        return stored.getvalue()


def _eight_bit(image: Image.Image, bit_range: BitRange) -> Image.Image:
    """Converts to grey or RGB with 8 bits per channel: transparency on white, deeper pixels by their range."""
    if is_deep(image):
        return in_eight_bits(image, bit_range)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")
