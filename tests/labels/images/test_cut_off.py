"""Files that end too early are completed, and their missing rows are counted."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.labels.images.cut_off import complete
from tests.factories.sources import make_image

TEXTURE = make_image((320, 240))


def saved(kind: str, image: Image.Image = TEXTURE, **options: Any) -> bytes:
    """The file of an image."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pixels(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


@pytest.mark.parametrize("lacking", [2, 3, 20])
@pytest.mark.parametrize(
    "options",
    [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_rows": 1}],
    ids=["baseline", "progressive", "444", "restarts"],
)
def test_a_jpeg_that_lacks_a_few_bytes_is_whole_but_for_its_last_rows(lacking: int, options: dict[str, Any]) -> None:
    whole = saved("JPEG", quality=90, **options)
    completed = complete(whole[:-lacking])
    assert completed is not None
    assert (completed.rows, completed.share <= 0.05) == (240, True)
    kept = 240 - 32
    assert (pixels(completed.content)[:kept] == pixels(whole)[:kept]).all()


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_grey_rows_at_the_end_of_a_cut_jpeg_are_counted(mode: str) -> None:
    whole = saved("JPEG", TEXTURE.convert(mode), quality=90)
    completed = complete(whole[: len(whole) // 2])
    assert completed is not None
    grey = pixels(completed.content)[completed.rows - completed.missing_rows :]
    assert 80 <= completed.missing_rows <= 160
    assert (np.abs(grey - grey[-1, -1]) <= 4).all()


def test_a_progressive_jpeg_without_its_later_passes_lacks_all_rows() -> None:
    whole = saved("JPEG", quality=90, progressive=True)
    completed = complete(whole[: len(whole) // 2])
    assert completed is not None
    assert completed.share == 1.0


def test_a_progressive_jpeg_whose_last_pass_ends_early_lacks_the_rows_that_it_did_not_reach() -> None:
    whole = saved("JPEG", quality=90, progressive=True)
    last = whole.rindex(b"\xff\xda")
    completed = complete(whole[: (last + len(whole)) // 2])
    assert completed is not None
    assert 60 <= completed.missing_rows <= 180


@pytest.mark.parametrize(
    ("mode", "channels"), [("1", 1 / 8), ("L", 1), ("P", 1), ("LA", 2), ("RGB", 3), ("RGBA", 4), ("I;16", 2)]
)
def test_the_rows_of_a_cut_png_are_counted_exactly(mode: str, channels: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (100, 80, 3), dtype=np.uint8)
    image = Image.fromarray(noise[..., 0].astype(np.uint16) * 200) if mode == "I;16" else Image.fromarray(noise)
    image = image if mode == "I;16" else image.convert(mode)
    # Stored, not compressed: row n begins after n rows.
    whole = saved("PNG", image, compress_level=0)
    data_start = whole.index(b"IDAT") + 4 + 2 + 5
    cut = data_start + 96 * (1 + int(80 * channels)) + 1
    completed = complete(whole[:cut])
    assert completed is not None
    assert (completed.rows, completed.missing_rows) == (100, 4)
    with Image.open(io.BytesIO(completed.content)) as mended:
        assert mended.mode == image.mode
        assert (np.asarray(mended)[:96] == np.asarray(image)[:96]).all()
        assert not np.asarray(mended.convert("L"))[96:].any() or mode == "P"


def test_a_png_keeps_what_stands_before_its_pixels() -> None:
    image = TEXTURE.quantize(8)
    whole = saved("PNG", image)
    completed = complete(whole[:-60])
    assert completed is not None
    kept = completed.rows - completed.missing_rows
    assert (pixels(completed.content)[:kept] == pixels(whole)[:kept]).all()


def test_a_png_that_claims_billions_of_rows_lacks_them_and_takes_no_memory() -> None:
    data = bytearray(saved("PNG")[:-100])
    data[16:24] = struct.pack(">2L", 2**30, 2**31)
    completed = complete(bytes(data))
    assert completed is not None
    assert (completed.content, completed.share) == (b"", 1.0)


def interlaced() -> bytes:
    data = bytearray(saved("PNG"))
    data[28] = 1
    data[29:33] = struct.pack(">L", zlib.crc32(data[12:29]))
    return bytes(data[:-100])


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: saved("JPEG"), id="whole JPEG"),
        pytest.param(lambda: saved("JPEG") + bytes(99), id="JPEG with zeros behind it"),
        pytest.param(lambda: saved("PNG"), id="whole PNG"),
        pytest.param(lambda: saved("JPEG")[:200], id="JPEG without pixels"),
        pytest.param(lambda: saved("PNG")[:40], id="PNG without pixels"),
        pytest.param(interlaced, id="interlaced PNG"),
        pytest.param(lambda: saved("WEBP")[:-100], id="WebP"),
        pytest.param(lambda: saved("PNG")[:25] + b"\xca" + saved("PNG")[26:-100], id="PNG of an unknown colour type"),
        pytest.param(lambda: b"\xff\xd8", id="two bytes"),
        pytest.param(lambda: b"\xff\xd8" + b"\xff\xda\0\x03\xff" * 9, id="nonsense JPEG"),
        pytest.param(lambda: b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0dIDAT" * 9, id="nonsense PNG"),
        pytest.param(lambda: b"", id="nothing"),
    ],
)
def test_what_is_whole_or_has_no_pixels_is_not_completed(make: Callable[[], bytes]) -> None:
    assert complete(make()) is None


def test_no_cut_raises() -> None:
    for whole in (saved("JPEG", progressive=True), saved("PNG")):
        for length in range(0, len(whole), max(len(whole) // 80, 1)):
            complete(whole[:length])
