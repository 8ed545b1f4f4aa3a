"""A few images of each group with its boxes under the reading that was taken and under its rivals (docs/reading.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from core.boxes import Boxes
from core.labels.formats.written import Frame, IgnoredRegion, Unit
from core.labels.images.exif import turn_boxes
from core.labels.reading.evidence.repairs_needed import repairs_needed
from core.labels.reading.frames import to_px
from core.labels.reading.ignored_regions import Region, place_regions
from core.labels.reading.part import Part
from core.labels.reading.settled import GroupReading

Rows = npt.NDArray[np.int64]

# Of more groups than this nobody compares the images.
SHOWN_GROUPS: Final = 20
SHOWN_IMAGES: Final = 4
# Beyond this an image shows nothing more; it also bounds the memory.
_SHOWN_BOXES: Final = 200
_CANDIDATES: Final = 200
# Crowded images are not always the most telling ones.
_TELLING_REPAIRS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Example:
    """An image of a group, with size in px.

    `objects` of the group are on the image, the first N of them are shown. `classes` (N) are class index and name, -1
    for a class that is unknown or in doubt. `boxes_xyxy` (N, 4) px of the upright image and `repairs` (N, what each box
    would need, "" nothing) are by the name of the reading, for the one that was taken and its rivals. So are `regions`,
    the first ones without a class, clipped to the image.
    """

    image: str
    width: int
    height: int
    objects: int
    classes: tuple[tuple[int, str], ...]
    boxes_xyxy: dict[str, Boxes]
    repairs: dict[str, tuple[str, ...]]
    regions: dict[str, tuple[Region, ...]] = field(default_factory=dict)


def shown_groups(readings: list[GroupReading]) -> list[GroupReading]:
    """The groups that are shown one by one, in their order: all, or those that are chosen, blocked or most doubtful."""

    def doubt(number: int) -> tuple[bool, float, int]:
        reading = readings[number]
        return (
            not (reading.is_chosen or reading.is_blocked),
            -reading.repairs / max(reading.objects, 1),
            -reading.objects,
        )

    return [readings[number] for number in sorted(sorted(range(len(readings)), key=doubt)[:SHOWN_GROUPS])]


def take_examples(parts: list[Part], class_names: list[str]) -> None:
    """Gives the readings of shown groups their examples."""
    excerpt = {
        id(reading) for reading in shown_groups([reading for part in parts for reading in part.settled.readings])
    }
    for part in parts:
        readings = part.settled.readings
        for number, reading in enumerate(readings):
            if id(reading) in excerpt and not reading.examples:
                readings[number] = replace(reading, examples=_examples(part, number, class_names))


def _examples(part: Part, number: int, class_names: list[str]) -> tuple[Example, ...]:
    """Images on which the readings differ most: by the repairs under the taken one, then under its rivals.

    Of images that are alike in this, those with a region without a class come first.
    """
    reading = part.settled.readings[number]
    rows = np.flatnonzero(part.settled.frame_of == number)
    sizes = np.array(part.image_sizes, dtype=np.float64).reshape(-1, 2)
    rows = rows[(sizes[part.entry[rows]] > 0).all(axis=1)]
    regions = _regions(part, reading, rows)
    if not len(rows):
        return tuple(_example(part, reading, entry, rows, regions, class_names) for entry in [*regions][:SHOWN_IMAGES])
    rows = rows[np.isin(part.entry[rows], _candidates(part, reading, rows, sizes))]
    entries, position = np.unique(part.entry[rows], return_inverse=True)
    scores = [np.zeros(len(entries))]
    for frame in (*(rival.frame for rival in reading.rivals), reading.frame):
        needed = repairs_needed(_boxes(part, reading, frame, rows), sizes[part.entry[rows]]).any
        counts = np.bincount(position, weights=needed, minlength=len(entries))
        scores.append(-np.minimum(counts, _TELLING_REPAIRS))
    order = np.lexsort((~np.isin(entries, [*regions]), np.sum(scores[:-1], axis=0), scores[-1]))
    return tuple(
        _example(part, reading, entry, rows[part.entry[rows] == entry], regions, class_names)
        for entry in entries[order[:SHOWN_IMAGES]].tolist()
    )


def _regions(part: Part, reading: GroupReading, rows: Rows) -> dict[int, list[IgnoredRegion]]:
    """The regions without a class of a group, by the entry of their image, which has a size.

    `rows` (N,) are those of the group; without any, its key names it.
    """
    groups = {part.written.group[int(rows[0])]} if len(rows) else _groups_called(part, reading.key)
    by_entry: dict[int, list[IgnoredRegion]] = {}
    for region in part.written.ignored:
        if region.group in groups and min(part.image_sizes[region.entry]) > 0:
            by_entry.setdefault(region.entry, []).append(region)
    return by_entry


def _groups_called(part: Part, key: str) -> set[int]:
    return {number for number, group in enumerate(part.written.groups) if group.key == key}


def _candidates(part: Part, reading: GroupReading, rows: Rows, sizes: npt.NDArray[np.float64]) -> Rows:
    """Entries to choose from: those with most repairs, and some of the others, spread evenly.

    `rows` (N,), `sizes` (N, 2).
    """
    entries = np.unique(part.entry[rows])
    if len(entries) <= _CANDIDATES:
        return np.asarray(entries)
    spread = entries[np.linspace(0, len(entries) - 1, _CANDIDATES).astype(np.int64)]
    if not reading.repairs:
        return np.asarray(spread)
    needed = repairs_needed(part.settled.boxes_xyxy[rows], sizes[part.entry[rows]]).any
    faulty, counts = np.unique(part.entry[rows[needed]], return_counts=True)
    return np.concatenate([faulty[np.argsort(-counts, kind="stable")[:_CANDIDATES]], spread])


def _boxes(part: Part, reading: GroupReading, frame: Frame, rows: Rows) -> Boxes:
    """(N, 4) corners in px of the upright image under a frame; scaled and turned as the taken reading is."""
    settled, entry = part.settled, part.entry[rows]
    if frame == reading.frame:
        return np.asarray(settled.boxes_xyxy[rows])
    values = np.frombuffer(part.written.values, dtype=np.float64).reshape(-1, 4)[rows]
    # Only these: an array of the sizes of all images takes longer than all else here.
    sizes = np.array([part.image_sizes[number] for number in entry.tolist()], dtype=np.float64).reshape(-1, 2)
    boxes = to_px(values, frame, sizes)
    if frame.unit is not Unit.PX:
        return boxes
    boxes = boxes * np.tile(settled.scale[rows], 2)
    for position in np.flatnonzero(settled.is_raw[rows]).tolist():
        width, height = part.image_sizes[entry[position]]
        raw = (height, width) if part.is_on_its_side(int(rows[position])) else (width, height)
        boxes[position] = turn_boxes(boxes[position : position + 1], part.orientations[entry[position]], *raw)[0]
    return boxes


def _example(
    part: Part, reading: GroupReading, entry: int, rows: Rows, regions: Mapping[int, list[IgnoredRegion]],
    class_names: list[str],
) -> Example:  # fmt: skip
    objects, rows = len(rows), rows[:_SHOWN_BOXES]
    classes = []
    for row in rows.tolist():
        category = int(part.classified.category[row])
        classes.append((category, class_names[category] if category >= 0 else part.written.token[row]))
    image, size_wh = part.placed.images[entry], np.array(part.image_sizes[entry], dtype=np.float64)
    frames = {each.name: each.frame for each in (reading, *reading.rivals)}
    boxes = {name: _boxes(part, reading, frame, rows) for name, frame in frames.items()}
    first = regions.get(entry, [])[:_SHOWN_BOXES]
    placed = {name: tuple(place_regions(part, first, frame)) for name, frame in frames.items()} if first else {}
    return replace(example_of(image, size_wh, classes, boxes, objects), regions=placed)


def example_of(
    image: str,
    size_wh: npt.NDArray[np.float64],
    classes: list[tuple[int, str]],
    boxes_xyxy: dict[str, Boxes],
    objects: int,
) -> Example:
    """An example from the (N, 4) boxes of each reading, of which the first are kept."""
    kept = {name: boxes[:_SHOWN_BOXES] for name, boxes in boxes_xyxy.items()}
    return Example(
        image=image,
        width=int(size_wh[0]),
        height=int(size_wh[1]),
        objects=objects,
        classes=tuple(classes[:_SHOWN_BOXES]),
        boxes_xyxy=kept,
        repairs={name: _repairs(boxes, np.tile(size_wh, (len(boxes), 1))) for name, boxes in kept.items()},
    )


def _repairs(boxes_xyxy: Boxes, sizes_wh: npt.NDArray[np.float64]) -> tuple[str, ...]:
    needed = repairs_needed(boxes_xyxy, sizes_wh)
    words = np.full(len(boxes_xyxy), "", dtype=object)
    words[needed.tiny] = "is under one pixel"
    words[needed.clipped] = "reaches over the border"
    words[needed.swapped] = "has its corners swapped"
    words[needed.dropped] = "lies outside the image"
    return tuple(words.tolist())
