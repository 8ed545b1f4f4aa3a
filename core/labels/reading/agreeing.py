"""Compares label files that describe the same image (rule 5): equal ones count once, differing ones block."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from core.labels.findings import Finding, Severity
from core.labels.reading.part import Part

# Tools round to whole px, and Pascal VOC counts from 1.
_AGREE_PX: Final = 1.0 + 1e-6
_MOST_FINDINGS: Final = 1_000


class _Claim(NamedTuple):
    """A label file's objects on an image: the part's number, the file, its entries, and the rows of its objects."""

    part: int
    file: str
    entries: tuple[int, ...]
    rows: npt.NDArray[np.int64]


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
            message = f"{count:,} objects of {part.written.format} label files are in {other} too; they count once."
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
        elif _agree(parts, first, other):
            _drop(parts, other, other.rows, first)
        else:
            for claim in (first, other):
                parts[claim.part].is_blocked[claim.rows] = True
            message = (
                f"{image}: {first.file} has {len(first.rows):,} objects, {other.file} has {len(other.rows):,}; they are not "
                "the same."
            )
            yield message, other.file


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
    name = by.written.format if by is not part else kept.file
    part.copies[name] = part.copies.get(name, 0) + len(rows)


def _agree(parts: list[Part], first: _Claim, other: _Claim) -> bool:
    return len(first.rows) == len(other.rows) and len(_pairs(parts, first, other)) == len(other.rows)


def _pairs(parts: list[Part], first: _Claim, other: _Claim) -> list[int]:
    """The rows of `other` that have their like among those of `first`: same class, corners within 1 px."""
    left, right = parts[first.part], parts[other.part]
    free = set(first.rows.tolist())
    matched = []
    for row in other.rows.tolist():
        box, category = right.settled.boxes_xyxy[row], right.classified.category[row]
        for candidate in sorted(free):
            its = left.classified.category[candidate]
            is_class = category == its or category < 0 or its < 0
            if is_class and np.abs(left.settled.boxes_xyxy[candidate] - box).max() <= _AGREE_PX:
                free.discard(candidate)
                matched.append(row)
                break
    return matched


def _richness(part: Part, claim: _Claim) -> int:
    written = part.written
    return sum(
        2 * (row in written.polygons or row in written.run_lengths) + (row in written.attributes)
        + (part.classified.category[row] >= 0)
        for row in claim.rows.tolist()
    )  # fmt: skip
