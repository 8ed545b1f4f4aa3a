"""Finds the image or class of a COCO ground truth that a text in a CSV file means."""

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
# N texts -> (N,) their ids in the truth's tables, UNKNOWN or AMBIGUOUS.
Finder = Callable[[Sequence[str]], npt.NDArray[np.int64]]
_Step = tuple[Callable[[str], str], dict[str, int]]


def image_finder(truth: CocoTruth, by_id: bool) -> Finder:
    """Finds images by file name, then by id in the truth file (`by_id`: id first), then by name without folders."""
    images = truth.truth.images
    names = list(zip(images["file_name"].map(_posix), images["image_id"], strict=True))
    last = [(PurePosixPath(name).name, key) for name, key in names]
    steps: list[_Step] = [(_posix, _unique(names)), (_id_text, _unique(_by_text(truth.images, first=1)))]
    return _finder([*(reversed(steps) if by_id else steps), (_last_part, _unique(last))])


def class_finder(truth: CocoTruth, by_id: bool) -> Finder:
    """Finds classes by name, in any case, then by id in the truth file (`by_id`: id first)."""
    categories = truth.truth.categories
    names = list(zip(categories["name"], categories["category_id"], strict=True))
    folded = [(_folded(name), key) for name, key in names]
    by_name: list[_Step] = [(str.strip, _unique(names)), (_folded, _unique(folded))]
    by_own_id: list[_Step] = [(_id_text, _unique(_by_text(truth.categories, first=0)))]
    return _finder([*by_own_id, *by_name] if by_id else [*by_name, *by_own_id])


def _finder(steps: Sequence[_Step]) -> Finder:
    def find(texts: Sequence[str]) -> npt.NDArray[np.int64]:
        # Thousands of lines have the same few names, and each is looked up once.
        codes, names = pd.factorize(np.array(texts, dtype=object))
        ids = [_first(steps, name) for name in names]
        return np.array([*ids, UNKNOWN], dtype=np.int64)[codes]

    return find


def _first(steps: Sequence[_Step], text: str) -> int:
    return next((ids[key] for spell, ids in steps if (key := spell(text)) in ids), UNKNOWN)


def _unique(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for text, key in pairs:
        ids[text] = AMBIGUOUS if text in ids else int(key)
    return ids


def _by_text(ids: IdTable, first: int) -> list[tuple[str, int]]:
    """Ids as a CSV may write them, and the ids in the truth's tables, which count from `first`."""
    return [(_id_text(key), number + first) for key, number in ids.numbers.items()]


def _id_text(text: str) -> str:
    """`139` for `139.0` too, because pandas writes a column of ids with gaps so."""
    stripped = text.strip()
    whole, dot, rest = stripped.partition(".")
    return whole if dot and rest.strip("0") == "" and whole.isdecimal() else stripped


def _posix(text: str) -> str:
    return text.strip().replace("\\", "/")


def _last_part(text: str) -> str:
    return PurePosixPath(_posix(text)).name


def _folded(text: str) -> str:
    return text.strip().casefold()
