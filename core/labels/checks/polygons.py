"""Drops parts of masks that cover no pixel: polygons with fewer than three different corners, or all on one line."""

import json
from itertools import chain
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

# In px. Corners this close to one line enclose nothing; label tools write hundredths.
_LINE_PX: Final = 0.01
# Polygons are parsed this many objects at a time, so that their numbers never fill the memory.
_CHUNK: Final = 20_000

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def without_degenerate_polygons(segmentation: pd.Series) -> tuple[pd.Series, Mask]:
    """The masks (N,) without degenerate polygons ("" where none is left), and (N,) which of them lost one.

    `segmentation` holds "" or COCO's masks as JSON (core.tables). Run lengths stay as they are.
    """
    rows = np.flatnonzero(segmentation.str.startswith("[").to_numpy(dtype=np.bool_))
    rows = rows[_may_be_degenerate(segmentation.iloc[rows].tolist())]
    is_changed = np.zeros(len(segmentation), dtype=np.bool_)
    changes: dict[int, str] = {}
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        for position, kept in _changed(segmentation.iloc[chunk].tolist()).items():
            changes[int(chunk[position])] = json.dumps(kept) if kept else ""
    if not changes:
        return segmentation, is_changed
    values = segmentation.to_numpy(dtype=object, copy=True)
    for row, value in changes.items():
        values[row] = value
        is_changed[row] = True
    return pd.Series(values, index=segmentation.index, dtype=segmentation.dtype, name=segmentation.name), is_changed


def _may_be_degenerate(texts: list[str]) -> Mask:
    """(M,) whether each mask needs a full look: one of a single polygon whose first corners span an area does not."""
    spans = [_numbers_at_start(text) for text in texts]
    corners = np.array(spans, dtype=np.float64).reshape(-1, 3, 2)
    second, third = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    longest = np.maximum(np.abs(second), np.abs(third)).max(axis=1, initial=0)
    doubled = np.abs(second[:, 0] * third[:, 1] - second[:, 1] * third[:, 0])
    # Wider than what counts as one line, so that no borderline case is missed.
    return ~(doubled > 4 * _LINE_PX * longest)


def _numbers_at_start(text: str) -> tuple[float, ...]:
    """The first six numbers of a mask of one polygon, else six zeros."""
    if text.count("[") == 2:
        parts = text[2:-2].split(",", 6)[:6]
        if len(parts) == 6:
            try:
                return tuple(map(float, parts))
            except ValueError:
                pass
    return (0.0,) * 6


def _changed(texts: list[str]) -> dict[int, list[list[float]]]:
    """The kept polygons of each text that has a degenerate one, by its position."""
    masks: list[list[list[float]]] = json.loads(f"[{','.join(texts)}]")
    owners = np.repeat(np.arange(len(masks)), [len(mask) for mask in masks])
    is_bad = _are_degenerate([polygon for mask in masks for polygon in mask])
    return {
        int(position): [polygon for polygon in masks[position] if not _is_degenerate(polygon)]
        for position in np.unique(owners[is_bad])
    }


def _are_degenerate(polygons: list[list[float]]) -> Mask:
    """(P,) whether each polygon, a list x, y, …, is degenerate. Only those of next to no area are tested singly."""
    lengths = np.array([len(polygon) // 2 for polygon in polygons], dtype=np.int64)
    result = lengths < 3
    usable = np.flatnonzero(~result)
    if not len(usable):
        return result
    flat = np.fromiter(chain.from_iterable(polygons[at][: 2 * lengths[at]] for at in usable), dtype=np.float64)
    points = flat.reshape(-1, 2)
    starts = np.concatenate([[0], np.cumsum(lengths[usable])[:-1]])
    areas, extents = _areas(points, starts, lengths[usable])
    for position in np.flatnonzero(areas <= 2 * _LINE_PX * extents + _LINE_PX):
        result[usable[position]] = _is_degenerate(polygons[usable[position]])
    return result


def _areas(points: Floats, starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """(P,) the area in px^2 and the longer side in px of polygons; `points` (N, 2), `starts` and `lengths` (P,)."""
    # Relative to the polygon's first corner, so that large coordinates lose no digits.
    relative = points - np.repeat(points[starts], lengths, axis=0)
    following = np.roll(relative, -1, axis=0)
    following[starts + lengths - 1] = 0
    doubled = np.add.reduceat(relative[:, 0] * following[:, 1] - relative[:, 1] * following[:, 0], starts)
    spans = np.maximum.reduceat(points, starts) - np.minimum.reduceat(points, starts)
    return np.abs(doubled) / 2, spans.max(axis=1)


def _is_degenerate(polygon: list[float]) -> bool:
    points = np.array(polygon[: len(polygon) // 2 * 2], dtype=np.float64).reshape(-1, 2)
    if len(points) < 3:
        return True
    relative = points - points[0]
    distances = np.hypot(relative[:, 0], relative[:, 1])
    furthest = relative[distances.argmax()]
    if not distances.max():
        return True
    across = np.abs(relative[:, 0] * furthest[1] - relative[:, 1] * furthest[0]) / distances.max()
    return bool(across.max() < _LINE_PX)
