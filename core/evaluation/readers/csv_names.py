"""Which image or class of a COCO ground truth a text in a CSV file means."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.coco.ids import IdTable
from core.evaluation.readers.coco_files import CocoTruth

UNKNOWN: Final = -1
AMBIGUOUS: Final = -2
# Texts -> (N,) the number of each in the truth's tables, UNKNOWN or AMBIGUOUS.
Finder = Callable[[Sequence[str]], npt.NDArray[np.int64]]
_Step = tuple[Callable[[str], str], dict[str, int]]


def image_finder(truth: CocoTruth, by_id: bool) -> Finder:
    """By file name, by the truth's own id (the other way round with `by_id`), or by the name without its folders."""
    images = truth.truth.images
    names = list(zip(images["file_name"].map(_posix), images["image_id"], strict=True))
    last = [(PurePosixPath(name).name, key) for name, key in names]
    steps: list[_Step] = [(_posix, _unique(names)), (_id_text, _unique(_by_text(truth.images, first=1)))]
    return _finder([*(reversed(steps) if by_id else steps), (_last_part, _unique(last))])


def class_finder(truth: CocoTruth, by_id: bool) -> Finder:
    """By name, in whatever case, or by the truth's own id (the other way round with `by_id`)."""
    categories = truth.truth.categories
    names = list(zip(categories["name"], categories["category_id"], strict=True))
    folded = [(_folded(name), key) for name, key in names]
    by_name: list[_Step] = [(str.strip, _unique(names)), (_folded, _unique(folded))]
    own: list[_Step] = [(_id_text, _unique(_by_text(truth.categories, first=0)))]
    return _finder([*own, *by_name] if by_id else [*by_name, *own])


def _finder(steps: Sequence[_Step]) -> Finder:
    def find(texts: Sequence[str]) -> npt.NDArray[np.int64]:
        # Thousands of lines name the same few: each is looked up once.
        codes, each = pd.factorize(np.array(texts, dtype=object))
        found = [_first(steps, text) for text in each]
        return np.array([*found, UNKNOWN], dtype=np.int64)[codes]

    return find


def _first(steps: Sequence[_Step], text: str) -> int:
    return next((known[key] for spell, known in steps if (key := spell(text)) in known), UNKNOWN)


def _unique(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    known: dict[str, int] = {}
    for text, key in pairs:
        known[text] = AMBIGUOUS if text in known else int(key)
    return known


def _by_text(ids: IdTable, first: int) -> list[tuple[str, int]]:
    """Ids as a CSV may write them, and their numbers in the truth's tables, which count from `first`."""
    return [(_id_text(key), number + first) for key, number in ids.numbers.items()]


def _id_text(text: str) -> str:
    """139 for 139.0 too, which is how pandas writes a column of ids with gaps."""
    stripped = text.strip()
    whole, dot, rest = stripped.partition(".")
    return whole if dot and rest.strip("0") == "" and whole.isdecimal() else stripped


def _posix(text: str) -> str:
    return text.strip().replace("\\", "/")


def _last_part(text: str) -> str:
    return PurePosixPath(_posix(text)).name


def _folded(text: str) -> str:
    return text.strip().casefold()
