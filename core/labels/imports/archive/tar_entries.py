"""The entries of a tar.

`tarfile` parses single headers here. Its own loop keeps every header, reads extended ones of any size into memory, and
takes the end of the file for the end of the archive.
"""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import UploadError
from core.labels.imports.archive.entry import Entry
from core.labels.imports.archive.entry_names import safe_path
from core.labels.imports.archive.meter import Meter
from core.labels.imports.archive.tar_stream import BLOCK, TarStream, cut_off, is_compressed, no_archive

_ZEROS: Final = bytes(BLOCK)
_PAX: Final = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
_LONG: Final = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
_LINKS: Final = (tarfile.LNKTYPE, tarfile.SYMTYPE)
_FILES: Final = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_SPARSE: Final = ("GNU.sparse.", "SCHILY.realsize")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ahead:
    """What extended headers say of the member after them; None or False if they do not."""

    name: str | None = None
    size: int | None = None
    is_sparse: bool = False

    def then(self, later: "_Ahead") -> "_Ahead":
        """Both headers together; the later one counts."""
        return _Ahead(
            name=self.name if later.name is None else later.name,
            size=self.size if later.size is None else later.size,
            is_sparse=self.is_sparse or later.is_sparse,
        )


def begins_as_tar(archive: Path) -> bool:
    """Whether the file is compressed (what in, is not known before it is unpacked) or begins with a tar's header."""
    with archive.open("rb") as handle:
        start = handle.read(BLOCK)
    return is_compressed(start) or (start == _ZEROS) or _header(start) is not None


def tar_entries(archive: Path, meter: Meter) -> Iterator[Entry]:
    """Files and links. Raises UploadError for an archive without its end, for devices, sparse files, unsafe names.

    Several tars behind each other are read as one.
    """
    has_end, is_first, ahead = False, True, _Ahead()
    with TarStream(archive, meter) as stream:
        while block := stream.block():
            if not block.strip(b"\0"):
                has_end = True
                continue
            member = _header(block)
            if member is None:
                raise no_archive() if is_first else cut_off()
            has_end = is_first = False
            if (more := _extended(member, stream)) is not None:
                ahead = ahead.then(more)
                continue
            meter.count_entry()
            yield from _member(member, ahead, stream)
            ahead = _Ahead()
    if not has_end:
        raise no_archive() if is_first else cut_off()


def _header(block: bytes) -> tarfile.TarInfo | None:
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.TarError, ValueError, OverflowError):
        return None


def _extended(member: tarfile.TarInfo, stream: TarStream) -> _Ahead | None:
    """What an extended header says; None if the header is a member's."""
    if member.type in _PAX:
        return _pax(stream.header(member.size))
    if member.type in _LONG:
        text = stream.header(member.size).partition(b"\0")[0].decode(errors="surrogateescape")
        return _Ahead(name=text if member.type == tarfile.GNUTYPE_LONGNAME else None)
    if member.type == tarfile.XGLTYPE:
        # For all members: comments and times.
        stream.header(member.size)
        return _Ahead()
    return None


def _pax(data: bytes) -> _Ahead:
    """Records of the form `length keyword=value`, each ended by a line feed; the length counts all of it."""
    ahead, at = _Ahead(), 0
    while at < len(data):
        space = data.find(b" ", at, at + 10)
        length = int(data[at:space]) if space > 0 and data[at:space].isdigit() else 0
        record = data[space + 1 : at + length]
        keyword, equals, value = record.partition(b"=")
        if not equals or not record.endswith(b"\n") or at + length > len(data):
            raise tarfile.ReadError("an extended header is malformed")
        ahead = ahead.then(_pax_record(keyword.decode(errors="replace"), value[:-1]))
        at += length
    return ahead


def _pax_record(keyword: str, value: bytes) -> _Ahead:
    if keyword == "path":
        return _Ahead(name=value.decode(errors="surrogateescape"))
    if keyword == "size":
        return _Ahead(size=int(value[:20]))
    return _Ahead(is_sparse=keyword.startswith(_SPARSE))


def _member(member: tarfile.TarInfo, ahead: _Ahead, stream: TarStream) -> Iterator[Entry]:
    name = member.name if ahead.name is None else ahead.name
    size = member.size if ahead.size is None else ahead.size
    if member.isdir():
        safe_path(name)
    elif member.type in _LINKS:
        yield Entry(name=name, is_link=True, share=stream.share)
    elif member.type == tarfile.GNUTYPE_SPARSE or ahead.is_sparse:
        raise UploadError(f"{name[:200]!r} in the archive is a sparse file.", "Pack it without `--sparse`.")
    elif member.type not in _FILES or size < 0:
        raise UploadError(f"{name[:200]!r} in the archive is neither file nor folder.", "Pack plain files only.")
    elif name.endswith("/"):
        # How archives of before 1988 mark folders, also with a long name.
        safe_path(name)
        _pass_over(stream.data(size))
    else:
        content = stream.data(size)
        yield Entry(name=name, content=content, share=stream.share)
        _pass_over(content)


def _pass_over(content: Iterator[bytes]) -> None:
    for _ in content:
        pass
