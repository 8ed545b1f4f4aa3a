"""Files whose names depend on a guessed encoding, and what the user chose for them (rule 8)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from core.labels.findings import Finding, Severity
from core.labels.formats.base import quoted
from core.labels.formats.xml_files import declares_encoding
from core.labels.reading.class_lists import is_class_list
from core.labels.sources.file_kinds import IMAGE_SUFFIXES, suffix_of
from core.labels.sources.source_tree import SourceTree
from core.labels.sources.text import guesses, in_utf8, needs_guess

CHECK: Final = "encoding-guessed"
_SHOWN_READINGS: Final = 2
_SHOWN_WORDS: Final = 6
_WORD_LENGTH: Final = 60
# More files say nothing more about their encoding.
_LOOKED_AT: Final = 50
_BYTES: Final = 2**20
_BETWEEN_WORDS: Final = re.compile(r"[\s\"'<>,;:=|{}\[\]()/\\]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessedEncoding:
    """A file, or a folder ("." for the source) with several, whose text does not say its encoding.

    `readings` are the likeliest encodings with the first words beyond ASCII under each. `chosen` is the user's choice,
    "" while there is none; it is among the readings.
    """

    path: str
    files: int
    chosen: str
    readings: tuple[tuple[str, tuple[str, ...]], ...]


def guessed_encodings(tree: SourceTree, findings: Iterable[Finding]) -> tuple[GuessedEncoding, ...]:
    """What is in doubt by the findings, and what was chosen; files of one folder are one entry."""
    raw = replace(tree, encodings={})
    in_doubt: dict[str, list[str]] = {}
    for file in sorted({finding.file for finding in findings if _blocks(finding) and finding.file in tree.sizes}):
        in_doubt.setdefault(file.rpartition("/")[0], []).append(file)
    entries = [
        _entry(raw, files[0] if len(files) == 1 else folder or ".", files, "") for folder, files in in_doubt.items()
    ]
    for path, encoding in tree.encodings.items():
        if files := _files_in_doubt(tree, raw, path):
            entries.append(_entry(raw, path, files, encoding))
    return tuple(sorted((entry for entry in entries if entry.readings), key=lambda entry: entry.path))


def unused_encodings(tree: SourceTree, encodings: Iterable[GuessedEncoding]) -> Iterator[Finding]:
    """A finding for each choice of an encoding that changes nothing, or in which a file cannot be read."""
    raw, used = replace(tree, encodings={}), {entry.path for entry in encodings if entry.chosen}
    for path, encoding in tree.encodings.items():
        name = quoted(path, 120)
        if path not in used:
            yield _look(f"No file in {name} needs the encoding {encoding}: there is none, or it says its own.")
            continue
        for file in _files_in_doubt(tree, raw, path):
            data = _bytes(raw, file)
            if in_utf8(data, encoding) is data:
                yield _look(f"{file} cannot be read as {encoding}.", file)
                break


def _blocks(finding: Finding) -> bool:
    return finding.check == CHECK and finding.severity is Severity.BLOCKS


def _files_in_doubt(tree: SourceTree, raw: SourceTree, path: str) -> list[str]:
    """The files for which the choice for `path` counts."""
    if path in tree.sizes:
        return [path] if needs_guess(_bytes(raw, path)) else []
    inside = tree.sizes if path == "." else [file for file in tree.sizes if file.startswith(f"{path}/")]
    text = (file for file in inside if suffix_of(file) not in IMAGE_SUFFIXES)
    governed = (file for file in text if tree.encoding_choice(file) == path)
    return [file for file in governed if _is_in_doubt(file, _bytes(raw, file))]


def _is_in_doubt(file: str, data: bytes) -> bool:
    return needs_guess(data) and not (suffix_of(file) == ".xml" and declares_encoding(data))


def _entry(raw: SourceTree, path: str, files: list[str], chosen: str) -> GuessedEncoding:
    data = b"\n".join(_bytes(raw, file)[:_BYTES] for file in files[:_LOOKED_AT])
    is_list = all(is_class_list(file) for file in files)
    likely = [guess.encoding for guess in guesses(data)[:_SHOWN_READINGS]]
    if chosen and chosen not in likely:
        likely.append(chosen)
    words = _words(data.decode(likely[0], errors="replace"), is_list) if likely else []
    readings = tuple(
        (name, tuple(word.encode(likely[0], errors="replace").decode(name, errors="replace") for word in words))
        for name in likely
    )
    return GuessedEncoding(path=path, files=len(files), chosen=chosen, readings=readings)


def _words(text: str, is_list: bool) -> list[str]:
    """The first different words beyond ASCII; of a list of names, which stand one in a line, the names."""
    parts = text.split("\n") if is_list else _BETWEEN_WORDS.split(text)
    foreign = dict.fromkeys(part.strip()[:_WORD_LENGTH] for part in parts if not part.isascii())
    return list(foreign)[:_SHOWN_WORDS]


def _bytes(tree: SourceTree, file: str) -> bytes:
    try:
        return tree.read(file)
    except OSError:
        return b""


def _look(message: str, file: str = "") -> Finding:
    return Finding(check="unused-choice", severity=Severity.LOOK, message=message, file=file)
