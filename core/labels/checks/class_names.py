"""Finds class names that are almost the same, in a time that grows with their number and not with their pairs."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

# Below these numbers of letters, one letter makes another word: cat and car, mouse and house.
_ONE_MORE_FROM: Final = 5
_ONE_OTHER_FROM: Final = 7
# Names beyond this length are sentences, and every place of a name costs an entry.
_LONGEST: Final = 60
# Letter by letter, hundreds of thousands of names would take half a minute and a gigabyte.
_MOST_NAMES: Final = 5_000
_BLANKS: Final = re.compile(r"[\W_]+")


def similar_names(names: list[str]) -> Iterator[tuple[int, int, str]]:
    """Pairs of indices of names that are almost the same, each with what they differ in. Equal names are no pair.

    They differ in case, in blanks and punctuation, in a plural, or in one letter that is added, lost, changed or
    swapped with its neighbour. Numbers and single letters never count as one letter: `lane 1` and `lane 2` are two
    names. Lists of more than 5,000 names are not compared letter by letter.
    """
    seen: set[tuple[int, int]] = set()
    keys: tuple[tuple[str, Callable[[str], list[str]]], ...] = (
        ("case", lambda name: [_caseless(name)]),
        ("case, blanks or punctuation", lambda name: [_plain(name)]),
        ("a plural", lambda name: _singulars(_plain(name))),
        ("one letter", _one_letter_keys),
    )
    if len(names) > _MOST_NAMES:
        keys = keys[:-1]
    for how, keys_of in keys:
        homes: dict[str, list[int]] = {}
        for index, name in enumerate(names):
            for key in filter(None, keys_of(name)):
                homes.setdefault(key, []).append(index)
        for group in homes.values():
            # Neighbours only: of ten spellings of one name, nine pairs say enough.
            for pair in pairwise(group):
                if names[pair[0]] != names[pair[1]] and pair not in seen and _is_apart(names, pair, how):
                    seen.add(pair)
                    yield *pair, how


def _is_apart(names: list[str], pair: tuple[int, int], how: str) -> bool:
    """Whether a pair that shares a key truly differs in a plural or in one letter; other keys say it already."""
    first, second = (_plain(names[index]) for index in pair)
    if how == "a plural":
        return first in _singulars(second) or second in _singulars(first)
    return how != "one letter" or _differ_in_one_letter(first, second)


def _caseless(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _plain(name: str) -> str:
    """The name in lower case, with one blank for each run of punctuation and blanks; "" if nothing else is in it."""
    return _BLANKS.sub(" ", _caseless(name)).strip()


def _singulars(plain: str) -> list[str]:
    """The name, and what it may be the plural of."""
    ends = (("s", ""), ("es", ""), ("ies", "y"))
    return [
        plain,
        *(plain.removesuffix(end) + stem for end, stem in ends if plain.endswith(end) and len(plain) > len(end) + 2),
    ]


def _one_letter_keys(name: str) -> list[str]:
    """The name and the name without each one of its letters: names within one letter share a key."""
    plain = _plain(name)
    if not _ONE_MORE_FROM <= len(plain) <= _LONGEST:
        return []
    return list(dict.fromkeys([plain, *(plain[:at] + plain[at + 1 :] for at in range(len(plain)))]))


def _differ_in_one_letter(first: str, second: str) -> bool:
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    end = 0
    while end < min(len(first), len(second)) - start and first[-1 - end] == second[-1 - end]:
        end += 1
    left, right = first[start : len(first) - end], second[start : len(second) - end]
    if not (left + right).isalpha() or _is_word(first, start, left) or _is_word(second, start, right):
        return False
    shorter = min(len(first), len(second))
    is_added = {len(left), len(right)} == {0, 1} and shorter >= _ONE_MORE_FROM
    is_changed = len(left) == len(right) == 1 and shorter >= _ONE_OTHER_FROM
    is_swapped = len(left) == 2 and left == right[::-1] and shorter >= _ONE_MORE_FROM
    return is_added or is_changed or is_swapped


def _is_word(name: str, start: int, part: str) -> bool:
    """Whether the part stands alone, such as the `a` in `type a`."""
    return (not start or name[start - 1] == " ") and name[start + len(part) :][:1] in ("", " ")
