"""Kinds of files by their names. Paths are plain strings: a data set has hundreds of thousands of them."""

from typing import Final

from core.images import READS_HEIF

_HEIF: Final = frozenset({".heic", ".heif", ".hif"})
_ALWAYS_READ: Final = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff"),
        *(".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".jpx", ".avif"),
    }
)
# Of cameras, scanners, drawing programs and renderers.
_NEVER_READ: Final = frozenset(
    {
        *(".raw", ".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".orf", ".rw2", ".raf"),
        *(".pef", ".srw", ".x3f", ".3fr", ".rwl", ".psd", ".psb", ".xcf", ".svg", ".eps", ".wmf", ".emf", ".jxl"),
        *(".exr", ".hdr", ".dds", ".tga", ".pcx", ".ico", ".icns", ".qoi", ".dcm", ".fits"),
    }
)
IMAGE_SUFFIXES: Final = _ALWAYS_READ | _HEIF if READS_HEIF else _ALWAYS_READ
UNREAD_IMAGE_SUFFIXES: Final = _NEVER_READ if READS_HEIF else _NEVER_READ | _HEIF
# What to do about an image of a kind that is not read.
UNREAD_REMEDY: Final = "Convert it to JPEG or PNG. HEIC is read once `make setup-heic` has been run."
LABEL_SUFFIXES: Final = frozenset({".txt", ".xml", ".json", ".yaml", ".yml", ".csv"})
# What is unpacked. Endings of two suffixes come first, so that a folder named after the archive loses both.
PACKED_ENDINGS: Final = (
    *(".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tar.lzma"),
    *(".zip", ".tar", ".tgz", ".tbz2", ".tbz", ".txz", ".tzst", ".tlz"),
)
_OTHER_ARCHIVES: Final = (".gz", ".bz2", ".xz", ".zst", ".lzma", ".7z", ".rar")
# Left behind by macOS and Windows; never part of a data set.
_JUNK: Final = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})


def name_of(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


def suffix_of(path: str) -> str:
    """The suffix in lower case, with its dot; "" if there is none. `.hidden` and `a.` have none."""
    dot = path.rfind(".")
    return path[dot:].lower() if path.rfind("/") + 1 < dot < len(path) - 1 else ""


def stem_of(path: str) -> str:
    """The last part of a path without its suffix."""
    start, dot = path.rfind("/") + 1, path.rfind(".")
    return path[start:dot] if start < dot < len(path) - 1 else path[start:]


def is_archive_name(path: str) -> bool:
    """Whether a file is an archive or a compressed file by its name."""
    return path.lower().endswith(PACKED_ENDINGS + _OTHER_ARCHIVES)


def is_junk_name(name: str) -> bool:
    """Whether a file or folder of this name is hidden, or made by the system."""
    return name.startswith(".") or name in _JUNK
