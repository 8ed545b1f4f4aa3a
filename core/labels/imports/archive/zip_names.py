"""Names in a zip that does not say how they are encoded.

A zip marks UTF-8 names, or adds them in a field. Without either they are in the code page of the system that packed it.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from zipfile import ZipInfo

from charset_normalizer import from_bytes

from core.labels.imports.archive.notes import MOST_NAMES, GuessedNames

_IS_UTF8: Final = 0x800
_UNICODE_PATH: Final = 0x7075  # Info-ZIP's extra field: version, CRC-32 of the raw name, the name in UTF-8
# The code pages of the scripts in which people name files, the likeliest first where nothing else decides.
_CODE_PAGES: Final = ("cp866", "cp850", "cp437", "cp1252", "cp932", "gbk", "cp949", "big5")
# First bytes of the common characters of each; the others are rare ones, or belong to another script.
_COMMON: Final = {
    "cp932": (*range(0x82, 0x84), *range(0x88, 0x98)),  # kana, JIS level 1
    "gbk": tuple(range(0xB0, 0xD8)),  # GB 2312 level 1
    "cp949": tuple(range(0xB0, 0xC9)),  # Hangul syllables of KS X 1001
    "big5": tuple(range(0xA4, 0xC7)),  # frequent characters
}
_SAMPLE_BYTES: Final = 2**16


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipNames:
    """The names of a zip's entries in their order, and which of them were guessed."""

    names: list[str]
    guessed: GuessedNames | None = None


def read_names(infos: Sequence[ZipInfo]) -> ZipNames:
    """Decodes the names of all entries. Those without a mark are decoded together, with one encoding."""
    marked = [_marked_name(info) for info in infos]
    # `orig_filename`: in `filename` zipfile cuts at a NUL and changes separators, which would hide an attack.
    raw = {at: infos[at].orig_filename.encode("cp437") for at, name in enumerate(marked) if name is None}
    pages = _encodings(b"\n".join(raw.values()))
    decoded = {at: name.decode(pages[0]) for at, name in raw.items()}
    names = [decoded[at] if name is None else name for at, name in enumerate(marked)]
    return ZipNames(names=names, guessed=_guessed(list(raw.values()), pages))


def _marked_name(info: ZipInfo) -> str | None:
    if info.flag_bits & _IS_UTF8 or info.orig_filename.isascii():
        return info.orig_filename
    extra, at = info.extra, 0
    while at + 4 <= len(extra):
        kind, size = int.from_bytes(extra[at : at + 2], "little"), int.from_bytes(extra[at + 2 : at + 4], "little")
        field = extra[at + 4 : at + 4 + size]
        if kind == _UNICODE_PATH and field[:1] == b"\1":
            # Programs that rename an entry may leave the old field behind.
            is_current = int.from_bytes(field[1:5], "little") == zlib.crc32(info.orig_filename.encode("cp437"))
            return field[5:].decode(errors="surrogateescape") if is_current else None
        at += 4 + size
    return None


def _encodings(joined: bytes) -> tuple[str, ...]:
    """UTF-8 if all names are that; else the likeliest code page and its rival, if one reads them differently."""
    if _read(joined, "utf-8") is not None:
        return ("utf-8",)
    ranked = [match.encoding for match in from_bytes(joined[:_SAMPLE_BYTES], cp_isolation=list(_CODE_PAGES))]

    def unlikeliness(page: str) -> tuple[float, int]:
        rank = ranked.index(page) if page in ranked else len(ranked)
        return round(_share_of_odd(joined.decode(page)[:_SAMPLE_BYTES], page), 2), rank

    # cp437 and cp850 read any bytes, so there is one.
    first, *others = sorted((page for page in _CODE_PAGES if _read(joined, page) is not None), key=unlikeliness)
    taken = joined.decode(first)
    rival = next((page for page in others if joined.decode(page) != taken), None)
    return (first, rival) if rival else (first,)


def _share_of_odd(text: str, page: str) -> float:
    """The share of characters beyond ASCII that hardly occur in the names of files in this code page, 0 to 1."""
    characters = [character for character in text if not character.isascii()]
    common = _COMMON.get(page)
    if common:
        odd = sum(character.encode(page)[0] not in common for character in characters)
    else:
        odd = sum(not character.isalpha() for character in characters)
        # A capital after a small letter: one of them is another letter in truth.
        odd += sum(f"{left}{right}".isalpha() and left.islower() and right.isupper() for left, right in pairwise(text))
    return odd / max(len(characters), 1)


def _read(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _guessed(raw: list[bytes], pages: tuple[str, ...]) -> GuessedNames | None:
    if pages[0] == "utf-8":
        return None
    in_doubt = [name for name in raw if len({name.decode(page) for page in pages}) == len(pages)]
    decoded = tuple(tuple(name.decode(page) for page in pages) for name in in_doubt[:MOST_NAMES])
    return GuessedNames(archive="", code_pages=pages, names=decoded, count=len(in_doubt))
