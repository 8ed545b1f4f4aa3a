"""The entries of a zip."""

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from core.errors import UploadError
from core.labels.imports.archive.entry import REPACK, Entry
from core.labels.imports.archive.entry_names import safe_path
from core.labels.imports.archive.meter import Meter
from core.labels.imports.archive.zip_directory import check_directory
from core.labels.imports.archive.zip_names import ZipNames, read_names

_CHUNK: Final = 2**20
_ENCRYPTED: Final = 0x1
_DOS_FOLDER: Final = 0x10
_MADE_ON_UNIX: Final = 3
_UNIX_KIND: Final = 0o170000
_UNIX_LINK: Final = 0o120000
_UNIX_DEVICES: Final = (0o010000, 0o020000, 0o060000, 0o140000)
# The local header before an entry's data; its last two numbers are the lengths of name and extra field.
_LOCAL: Final = struct.Struct("<4s22x2H")
# Version, then the length of the properties (1 + 4 bytes): these begin the data of an LZMA entry.
_LZMA: Final = struct.Struct("<2xHxL")
# xz and 7-Zip use up to 64 MiB at their highest levels.
_LARGEST_DICTIONARY: Final = 256 * 2**20


class ZipReader:
    """An open zip. Raises LimitError for too many entries, zipfile's exceptions for a broken one."""

    def __init__(self, archive: Path, meter: Meter) -> None:
        check_directory(archive, meter.limits)
        self._meter = meter
        self._zip = zipfile.ZipFile(archive)
        self._raw = archive.open("rb")
        self.names: ZipNames = read_names(self._zip.infolist())

    def __enter__(self) -> "ZipReader":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._raw.close()

    def entries(self) -> Iterator[Entry]:
        """Files and links. Raises UploadError for what is encrypted, a device, or unsafe."""
        infos = self._zip.infolist()
        for number, (info, name) in enumerate(zip(infos, self.names.names, strict=True)):
            self._meter.count_entry()
            _refuse_odd(info, name)
            if (info.external_attr >> 16) & _UNIX_KIND == _UNIX_LINK:
                yield Entry(name=name, is_link=True, share=number / len(infos))
            elif _is_folder(info, name):
                safe_path(name)
            else:
                yield Entry(name=name, content=self._content(info), share=number / len(infos))

    def _content(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        if info.header_offset < 0:
            raise zipfile.BadZipFile("an entry lies before the start of the file")
        if info.compress_type == zipfile.ZIP_LZMA:
            _check_dictionary(self._raw, info)
        with self._zip.open(info) as source:
            while chunk := source.read(_CHUNK):
                self._meter.add(len(chunk))
                yield chunk


def _refuse_odd(info: zipfile.ZipInfo, name: str) -> None:
    if info.flag_bits & _ENCRYPTED:
        raise UploadError(f"{name[:200]!r} in the archive is encrypted.", "Pack it without a password.")
    if info.create_system == _MADE_ON_UNIX and (info.external_attr >> 16) & _UNIX_KIND in _UNIX_DEVICES:
        raise UploadError(f"{name[:200]!r} in the archive is a device.", "Pack plain files only.")


def _is_folder(info: zipfile.ZipInfo, name: str) -> bool:
    return name.endswith(("/", "\\")) or bool(info.external_attr & _DOS_FOLDER and not info.file_size)


def _check_dictionary(raw: IO[bytes], info: zipfile.ZipInfo) -> None:
    """Raises UploadError if decoding would take too much memory: zipfile decodes LZMA without a limit."""
    raw.seek(info.header_offset)
    header = raw.read(_LOCAL.size)
    if len(header) < _LOCAL.size:
        return
    _, name_length, extra_length = _LOCAL.unpack(header)
    raw.seek(info.header_offset + _LOCAL.size + name_length + extra_length)
    properties = raw.read(_LZMA.size)
    if len(properties) == _LZMA.size and (size := _LZMA.unpack(properties)[1]) > _LARGEST_DICTIONARY:
        raise UploadError(
            f"{info.orig_filename[:200]!r} in the archive needs {size / 2**20:,.0f} MiB of memory to unpack.", REPACK
        )
