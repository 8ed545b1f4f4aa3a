"""Compares label files that describe the same image (rule 5): equal ones count once, differing ones block."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from core.boxes import iou_xyxy
from core.labels.findings import Finding, Severity
from core.labels.formats.group_keys import format_words
from core.labels.reading.part import Part

# Tools round to whole px, and Pascal VOC counts from 1.
_AGREE_PX: Final = 1.0 + 1e-6
_MOST_FINDINGS: Final = 1_000
# Larger than the tolerance. Where boxes lie so close that many share a cell, comparing all of them would take for ever.
_CELL_PX: Final = 4.0
_STEPS: Final = tuple(sorted(product((0, -1, 1), repeat=4), key=lambda step: sum(map(abs, step))))
_MOST_COMPARED: Final = 200
# Of two objects of one class that overlap so much, one is the other.
_SAME_OBJECT_IOU: Final = 0.7
_MOST_OVERLAPS: Final = 10**7


class _Claim(NamedTuple):
    """A label file's objects on an image: the part's number, the file, its entries, and the rows of its objects."""

    part: int
    file: str
    entries: tuple[int, ...]
    rows: npt.NDArray[np.int64]  # (N,)


def compare_parts(parts: list[Part]) -> list[Finding]:
    """Marks copies, and blocks the objects of images on which label files differ. Returns the findings."""
    findings: list[Finding] = []
    differing = 0
    for image, claims in _shared_images(parts):
        for message, file in _compare(parts, image, claims):
            differing += 1
            if differing <= _MOST_FINDINGS:
                findings.append(
                    Finding(check="labels-differ", severity=Severity.BLOCKS, message=message, file=file, image=image)
                )
    for part in parts:
        for other, count in part.copies.items():
            objects = "1 object" if count == 1 else f"{count:,} objects"
            message = f"{objects} of {format_words(part.written)} label files are in {other} too; counted once."
            findings.append(Finding(check="same-labels", severity=Severity.LOOK, message=message))
    return findings


def _shared_images(parts: list[Part]) -> Iterator[tuple[str, list[_Claim]]]:
    """Images of which more than one label file speaks, with what each says."""
    placed = [image for part in parts for image in part.placed.images if image]
    if len(set(placed)) == len(placed):
        return
    files: dict[str, dict[tuple[int, str], list[int]]] = defaultdict(dict)
    for number, part in enumerate(parts):
        for entry, image in enumerate(part.placed.images):
            if image:
                files[image].setdefault((number, part.written.entries[entry].file), []).append(entry)
    shared = {image: by_file for image, by_file in files.items() if len(by_file) > 1}
    if not shared:
        return
    rows_of = [_rows_by_entry(part) for part in parts]
    for image, by_file in shared.items():
        claims = []
        for (number, file), entries in by_file.items():
            part = parts[number]
            if not any(part.written.entries[entry].is_annotated for entry in entries):
                continue
            rows = [row for entry in entries for row in rows_of[number].get(entry, ())]
            claims.append(_Claim(number, file, tuple(entries), np.array(rows, dtype=np.int64)))
        if len(claims) > 1:
            yield image, claims


def _rows_by_entry(part: Part) -> dict[int, list[int]]:
    rows: dict[int, list[int]] = defaultdict(list)
    for row, entry in enumerate(part.written.entry):
        rows[entry].append(row)
    return rows


def _compare(parts: list[Part], image: str, claims: list[_Claim]) -> Iterator[tuple[str, str]]:
    """Compares the richest description with each other one; gives the message and file of each difference."""
    claims = sorted(claims, key=lambda claim: -_richness(parts[claim.part], claim))
    first = claims[0]
    for other in claims[1:]:
        if _may_add(parts, first, other):
            _drop_common(parts, first, other)
            if not _contradict(parts, first, other):
                continue
            message = f"{image}: {first.file} and {other.file} have different boxes of the same objects."
            _block(parts, (first, other))
            yield message, other.file
        elif _agree(parts, first, other):
            _drop(parts, other, other.rows, first)
        else:
            _block(parts, (first, other))
            message = (
                f"{image}: {first.file} has {len(first.rows):,} objects, {other.file} has {len(other.rows):,}; they "
                "are not the same."
            )
            yield message, other.file


def _block(parts: list[Part], claims: tuple[_Claim, ...]) -> None:
    for claim in claims:
        part = parts[claim.part]
        part.is_blocked[claim.rows] = ~part.is_copy[claim.rows] | part.is_blocked[claim.rows]


def _contradict(parts: list[Part], first: _Claim, other: _Claim) -> bool:
    """Whether two files that each name an image hold other boxes of one object: two states of it, not two parts."""
    left, right = parts[first.part], parts[other.part]
    rows = other.rows[~right.is_copy[other.rows]]
    if not len(rows) or not len(first.rows) or len(rows) * len(first.rows) > _MOST_OVERLAPS:
        return False
    same_class = left.classified.category[first.rows][:, None] == right.classified.category[rows][None]
    overlaps = iou_xyxy(left.settled.boxes_xyxy[first.rows], right.settled.boxes_xyxy[rows])
    return bool((same_class & (overlaps >= _SAME_OBJECT_IOU)).any())


def _may_add(parts: list[Part], first: _Claim, other: _Claim) -> bool:
    """Whether two files of one format may each hold a part of an image's objects: they name the image themselves."""
    if first.part != other.part:
        return False
    entries = parts[first.part].written.entries
    return all(bool(entries[entry].image) for claim in (first, other) for entry in claim.entries)


def _drop_common(parts: list[Part], first: _Claim, other: _Claim) -> None:
    pairs = _pairs(parts, first, other)
    if pairs:
        _drop(parts, other, np.array(pairs, dtype=np.int64), first)


def _drop(parts: list[Part], claim: _Claim, rows: npt.NDArray[np.int64], kept: _Claim) -> None:
    part, by = parts[claim.part], parts[kept.part]
    part.is_copy[rows] = True
    name = format_words(by.written) if by is not part else kept.file
    part.copies[name] = part.copies.get(name, 0) + len(rows)


def _agree(parts: list[Part], first: _Claim, other: _Claim) -> bool:
    return len(first.rows) == len(other.rows) and len(_pairs(parts, first, other)) == len(other.rows)


def _pairs(parts: list[Part], first: _Claim, other: _Claim) -> list[int]:
    """The rows of `other` that have their like among those of `first`: same class, corners within 1 px."""
    left, right = parts[first.part], parts[other.part]
    boxes = left.settled.boxes_xyxy
    cells: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for row, cell in zip(first.rows.tolist(), _cells(boxes[first.rows]).tolist(), strict=True):
        cells[tuple(cell)].append(row)
    matched = []
    others = right.settled.boxes_xyxy[other.rows]
    for row, cell, box in zip(other.rows.tolist(), _cells(others).tolist(), others, strict=True):
        category = int(right.classified.category[row])
        for near in _near(cells, cell):
            position = _like(left, near, box, category)
            if position is not None:
                matched.append(row)
                near.pop(position)
                break
    return matched


def _cells(boxes_xyxy: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """(N, 4) cells of (N, 4) corners: like boxes lie in one cell or in neighbours."""
    return np.floor(boxes_xyxy / _CELL_PX).astype(np.int64)


def _near(cells: dict[tuple[int, ...], list[int]], cell: list[int]) -> Iterator[list[int]]:
    """The rows in a cell and in its neighbours."""
    for step in _STEPS:
        if rows := cells.get((cell[0] + step[0], cell[1] + step[1], cell[2] + step[2], cell[3] + step[3])):
            yield rows


def _like(part: Part, rows: list[int], box: npt.NDArray[np.float64], category: int) -> int | None:
    """The position in `rows` of the first like object; one of an unknown class may be of any.

    `box` (N,).
    """
    for position, row in enumerate(rows[:_MOST_COMPARED]):
        its = part.classified.category[row]
        is_class = category == its or category < 0 or its < 0
        if is_class and np.abs(part.settled.boxes_xyxy[row] - box).max() <= _AGREE_PX:
            return position
    return None


def _richness(part: Part, claim: _Claim) -> int:
    written = part.written
    return sum(
        2 * (row in written.polygons or row in written.run_lengths) + (row in written.attributes)
        + (part.classified.category[row] >= 0)
        for row in claim.rows.tolist()
    )  # fmt: skip
