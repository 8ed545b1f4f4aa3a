"""Makes the keys of groups unique in a source, so that a choice for one group is no choice for another."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace

from core.labels.formats.rows.kinds import CHOICES
from core.labels.formats.rows.reader import FORMAT_ID as ROWS
from core.labels.formats.rows.reader import FORMAT_WORDS
from core.labels.formats.written import Written


def make_keys_unique(written: list[Written], parts: Collection[str]) -> None:
    """Adds the format to a key that groups of several formats have, and a number to one that several of a format have.

    Other keys stay. What a reader that failed read file by file has one key for each group of the format. `parts` are
    the names that follow the key, and a colon, where a part of a group is read otherwise.
    """
    endings = {*parts, *CHOICES}
    formats: dict[str, set[str]] = {}
    for part in written:
        for key in _keys(part):
            formats.setdefault(_whole(key, endings), set()).add(part.format)
    key_of: dict[tuple[str, str, int], str] = {}
    taken: set[str] = set()
    for part in written:
        seen: Counter[str] = Counter()
        keys: list[str] = []
        for key in _keys(part):
            same = (part.format, key, seen[key])
            if same not in key_of:
                named = f"{format_words(part)}:{key}" if len(formats[_whole(key, endings)]) > 1 else key
                key_of[same] = _free(named, taken, endings)
                taken.add(_whole(key_of[same], endings))
            seen[key] += 1
            keys.append(key_of[same])
        _rename(part, keys)


def format_words(written: Written) -> str:
    """The format of label files in words; text rows have one reader, which is no name that users know."""
    return FORMAT_WORDS if written.format == ROWS else written.format


def row_kinds(readings: dict[str, str]) -> dict[str, str]:
    """The choices of kinds of rows by the keys that their reader knows: it gives none a format."""
    added = f"{FORMAT_WORDS}:"
    return {key.removeprefix(added): kind for key, kind in readings.items() if kind in CHOICES}


def _keys(part: Written) -> Iterator[str]:
    yield from (group.key for group in part.groups)
    yield from (group.key for group in part.unclear)


def _rename(part: Written, keys: list[str]) -> None:
    count = len(part.groups)
    part.groups = [replace(group, key=key) for group, key in zip(part.groups, keys[:count], strict=True)]
    for group, key in zip(part.unclear, keys[count:], strict=True):
        group.key = key


def _whole(key: str, endings: Collection[str]) -> str:
    """The key of the group that a part is of: `labels#5` for `labels#5:px`, and for itself."""
    whole, colon, part = key.rpartition(":")
    return whole if colon and part in endings else key


def _free(key: str, taken: set[str], endings: Collection[str]) -> str:
    """The key, with the first number from 2 that makes it another than those that are taken."""
    number, free = 1, key
    while _whole(free, endings) in taken:
        number += 1
        free = f"{key} ({number})"
    return free
