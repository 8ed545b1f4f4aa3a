"""Opens image files from strangers. Anyone may import this; every image is opened here and nowhere else.

Pillow decides by content, not by file name. Some of its plugins start programs (Ghostscript for PostScript) or hand the
file to other software (GRIB, BUFR, HDF5); many are hardly used. So the allowed formats are listed.
"""

from pathlib import Path
from typing import IO, Final

from PIL import Image, UnidentifiedImageError

from core.settings import Limits


def _register_heif() -> bool:
    """Whether HEIC and HEIF can be read: with the package pi-heif (requirements-heic.txt)."""
    try:
        from pi_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener()
    return True


READS_HEIF: Final = _register_heif()
# Pillow's names. JPEG stands for MPO too, the JPEG with several images that phones write.
FORMATS: Final = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "JPEG2000", "AVIF", *(("HEIF",) * READS_HEIF))
_FORMATS_IN_WORDS: Final = f"JPEG, PNG, WebP, BMP, GIF, TIFF, PPM, JPEG 2000{', HEIC' * READS_HEIF} and AVIF"

# Pillow's default would refuse images that the limits allow. It refuses at twice this figure.
Image.MAX_IMAGE_PIXELS = Limits().image_pixels

# Formats that people rename to .png or .jpg: offset, first bytes, name.
_OTHERS: Final = (
    (0, b"%!PS", "PostScript (EPS)"),
    (0, b"\xc5\xd0\xd3\xc6", "PostScript (EPS)"),
    (0, b"%PDF", "PDF"),
    (0, b"\xd7\xcd\xc6\x9a", "a Windows metafile (WMF)"),
    (0, b"\x01\x00\x09\x00", "a Windows metafile (WMF)"),
    (40, b" EMF", "a Windows metafile (EMF)"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an OLE document (FlashPix, MIC or an office file)"),
    (0, b"\x89HDF\r\n\x1a\n", "HDF5"),
    (0, b"GRIB", "GRIB"),
    (0, b"BUFR", "BUFR"),
    (0, b"SIMPLE  =", "FITS"),
    (0, b"8BPS", "Photoshop (PSD)"),
    (0, b"DDS ", "DDS"),
    (0, b"qoif", "QOI"),
    (0, b"icns", "an Apple icon (ICNS)"),
    (0, b"\x00\x00\x01\x00", "an icon (ICO)"),
    (0, b"\x00\x00\x02\x00", "a cursor (CUR)"),
    (0, b"\x76\x2f\x31\x01", "OpenEXR"),
    (0, b"#?RADIANCE", "Radiance HDR"),
    (0, b"\xff\x0a", "JPEG XL"),
    (4, b"JXL \r\n\x87\n", "JPEG XL"),
    (4, b"ftyphei", "HEIC"),
    (4, b"ftyphev", "HEIC"),
    (4, b"ftypmif1", "HEIF"),
    (4, b"ftypmsf1", "HEIF"),
    (4, b"ftyp", "a video (MP4 or MOV)"),
    (128, b"DICM", "DICOM"),
    (0, b"/* XPM */", "XPM"),
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"version https://git-lfs", "a pointer of Git LFS, not the image itself"),
)
# Beginnings of text files, after white space, in any case.
_TEXTS: Final = (
    ("<svg", "SVG"),
    ("<?xml", "XML (SVG?)"),
    ("<!doctype html", "an HTML page"),
    ("<html", "an HTML page"),
)
_HEIF_NAMES: Final = ("HEIC", "HEIF")
_PREFIX_BYTES: Final = 256


# The lowest and the highest value of images with more than 8 bits a channel: they become 0 and 255.
BitRange = tuple[float, float]


class ForeignFormatError(UnidentifiedImageError):
    """A file is no image in one of the listed formats; the text names its format if that is known."""


def open_image(source: Path | IO[bytes]) -> Image.Image:
    """Opens an image in one of FORMATS and reads its header, as `PIL.Image.open` does.

    Raises ForeignFormatError (an OSError) for any other content, and Pillow's exceptions for a broken header.
    """
    try:
        return Image.open(source, formats=FORMATS)
    except UnidentifiedImageError:
        name = format_name(_first_bytes(source))
        if not name:
            raise ForeignFormatError("no image, or of a kind that cannot be read") from None
        if name in _HEIF_NAMES:
            what = "that is broken" if READS_HEIF else "which is read once `make setup-heic` has been run"
            raise ForeignFormatError(f"{name}, {what}") from None
        raise ForeignFormatError(f"{name}; images are read as {_FORMATS_IN_WORDS}") from None


def is_deep(image: Image.Image) -> bool:
    """Whether a channel has more than 8 bits, so that the values need a range to be mapped to 0 to 255."""
    return image.mode in ("I", "F") or image.mode.startswith("I;")


def value_range(image: Image.Image) -> BitRange:
    """The lowest and the highest finite value of a deep image; (0, 0) if there is none."""
    import numpy as np

    values = np.asarray(image)
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def in_eight_bits(image: Image.Image, bit_range: BitRange) -> Image.Image:
    """A deep image in grey with 8 bits: `bit_range` becomes 0 to 255, values beyond it its ends, NaN 0.

    All images of a data set, and all that its models see, need the same range: else equal brightness differs.
    """
    low, high = bit_range
    import numpy as np

    values = np.nan_to_num(np.asarray(image, dtype=np.float64), nan=low, posinf=high, neginf=low)
    scaled = (np.clip(values, low, high) - low) * (255 / ((high - low) or 1))
    return Image.fromarray(np.round(scaled).astype(np.uint8))


def format_name(first_bytes: bytes) -> str:
    """The name, with its article, of a format that is not read, from a file's first 256 bytes; "" if unknown."""
    for offset, magic, name in _OTHERS:
        if first_bytes.startswith(magic, offset):
            return name
    text = first_bytes.decode("latin-1").removeprefix("ï»¿").lstrip().lower()
    return next((name for start, name in _TEXTS if text.startswith(start)), "")


def _first_bytes(source: Path | IO[bytes]) -> bytes:
    if isinstance(source, Path):
        with source.open("rb") as handle:
            return handle.read(_PREFIX_BYTES)
    source.seek(0)
    return source.read(_PREFIX_BYTES)
