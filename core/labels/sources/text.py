"""Decodes label files: UTF-8, UTF-16 with a mark, a declared code page, else a guess that is marked as one."""

import codecs
from dataclasses import dataclass, replace
from typing import Final

from charset_normalizer import from_bytes

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # Before UTF-16: its mark is the beginning of this one.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    # XML in UTF-16 without a mark: its first character tells, as no other text holds a zero byte.
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
# The code pages of the scripts that label tools are used with, the commonest first. Others need a declaration.
_CODE_PAGES: Final = ("cp1252", "cp1251", "cp932", "gb18030", "cp949", "big5", "cp1250", "iso8859_15")
# Codecs of Python that are no text encoding, or that a label file has no reason to use.
_NO_ENCODINGS: Final = frozenset({"unicode_escape", "raw_unicode_escape", "utf_7", "idna", "punycode", "undefined"})
_CONTROL_BYTES: Final = bytes(character for character in range(32) if character not in (9, 10, 11, 12, 13))
_CONTROLS: Final = dict.fromkeys(_CONTROL_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The text of a file, with lines ended by a line feed, and the encoding it was read with.

    `rivals` are the two likeliest encodings if nothing in the file says which it is; then the text beyond ASCII is a
    guess. Otherwise it is empty.
    """

    text: str
    encoding: str
    rivals: tuple[str, ...] = ()


def decode(data: bytes, declared: str = "", is_cut: bool = False) -> Text | None:
    """The text of a file; None for binary data.

    `declared` is an encoding that the file names itself. `is_cut` allows the last character to be incomplete.
    """
    if not declared and data.isascii() and len(data) == len(data.translate(None, _CONTROL_BYTES)):
        return Text(text=_with_line_feeds(data.decode("ascii")), encoding="utf-8")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _read(data, encoding, is_cut)
    if declared and (text := _read(data, declared, is_cut)):
        return text
    if text := _read(data, "utf-8", is_cut):
        return text
    if b"\0" in data:
        return None
    return _guess(data)


def text_codec(name: str) -> str | None:
    """Python's name of an encoding: "gb2312" for "GB_2312-80"; "" for one that is not for text, None for none."""
    try:
        codec = codecs.lookup(name)
    # Python refuses a zero byte in a name.
    except (LookupError, ValueError):
        return None
    is_text = getattr(codec, "_is_text_encoding", True) and codec.name.replace("-", "_") not in _NO_ENCODINGS
    return codec.name if is_text else ""


def needs_guess(data: bytes) -> bool:
    """Whether the bytes are text beyond ASCII in an encoding that they do not say."""
    return not data.isascii() and b"\0" not in data and not _is_marked(data) and _read(data, "utf-8", False) is None


def in_utf8(data: bytes, encoding: str) -> bytes:
    """Text that needs a guess as UTF-8 with its mark, read in this encoding; other bytes, or misfits, as they are."""
    text = _read(data, encoding, False) if needs_guess(data) else None
    return codecs.BOM_UTF8 + text.text.encode() if text else data


def _is_marked(data: bytes) -> bool:
    return any(data.startswith(mark) for mark, _ in _MARKS)


def _read(data: bytes, encoding: str, is_cut: bool) -> Text | None:
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
        text = decoder.decode(data, final=not is_cut)
    except (ValueError, LookupError):
        return None
    if len(text) != len(text.translate(_CONTROLS)):
        return None
    return Text(text=_with_line_feeds(text), encoding=encoding)


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def guesses(data: bytes) -> list[Text]:
    """The text of a file in each code page that can be meant, the likeliest first; each text once.

    The whole file is looked at to rank them, but of large ones only the first MiB.
    """
    ranked = [match.encoding for match in from_bytes(data[: 2**20], cp_isolation=list(_CODE_PAGES))]
    texts: dict[str, Text] = {}
    for page in [*ranked, *(page for page in _CODE_PAGES if page not in ranked)]:
        # Pages that give the same text are one guess, under the name of the commonest.
        text = _read(data, page, False)
        if text and (text.text not in texts or _is_commoner(page, texts[text.text].encoding)):
            texts[text.text] = text
    return list(texts.values())


def _guess(data: bytes) -> Text | None:
    candidates = guesses(data)
    rivals = tuple(text.encoding for text in candidates[:2])
    return replace(candidates[0], rivals=rivals) if candidates else None


def _is_commoner(page: str, other: str) -> bool:
    return _CODE_PAGES.index(page) < _CODE_PAGES.index(other)
