"""Reads a whole column from a list of JSON objects at once.

Each function gives None if any value is not exactly of the expected type. The caller then reads the objects one by one,
takes the good ones and names the bad ones, which takes some twenty times as long.
"""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from core.coco.values import LARGEST_PX


@contextmanager
def without_collector() -> Iterator[None]:
    """Turns off Python's search for reference cycles, which takes a third of the time of making millions of values."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def number_column(records: Sequence[dict[str, Any]], name: str) -> npt.NDArray[np.float64] | None:
    """(N,) finite numbers, or None."""
    try:
        return _numbers([record[name] for record in records])
    except KeyError:
        return None


def box_column(records: Sequence[dict[str, Any]], name: str) -> npt.NDArray[np.float64] | None:
    """(N, 4) x, y, width, height in px, finite and no larger than images can be, sizes from 0; or None."""
    try:
        values = [record[name] for record in records]
    except KeyError:
        return None
    if not set(map(type, values)) <= {list} or not set(map(len, values)) <= {4}:
        return None
    numbers = _numbers(list(chain.from_iterable(values)))
    if numbers is None or np.abs(numbers).max(initial=0.0) > LARGEST_PX:
        return None
    boxes = numbers.reshape(-1, 4)
    return boxes if (boxes[:, 2:] >= 0).all() else None


def id_column(records: Sequence[dict[str, Any]], name: str, numbers: Mapping[Any, int]) -> npt.NDArray[np.int64] | None:
    """(N,) our numbers for whole or text ids; None if any id is unknown."""
    try:
        keys = [record[name] for record in records]
    except KeyError:
        return None
    # A bool is no id, but equals one as a key.
    if not set(map(type, keys)) <= {int, str}:
        return None
    known_numbers = list(map(numbers.get, keys))
    return None if None in known_numbers else np.array(known_numbers, dtype=np.int64)


def flag_column(records: Sequence[dict[str, Any]], name: str) -> npt.NDArray[np.bool_] | None:
    """(N,) flags written as 0, 1, false or true, false if missing; or None."""
    values = [record.get(name, 0) for record in records]
    if not set(map(type, values)) <= {int, bool} or not set(values) <= {0, 1}:
        return None
    return np.array(values, dtype=np.bool_)


def are_ids_unique(records: Sequence[dict[str, Any]], name: str) -> bool:
    """Whether every object has a different whole number as its id. False may also mean that it was not checked."""
    values = [record.get(name) for record in records]
    return set(map(type, values)) <= {int} and len(set(values)) == len(values)


def _numbers(values: list[Any]) -> npt.NDArray[np.float64] | None:
    if not set(map(type, values)) <= {int, float}:
        return None
    try:
        numbers = np.array(values, dtype=np.float64)
    except OverflowError:
        return None
    return numbers if np.isfinite(numbers).all() else None
