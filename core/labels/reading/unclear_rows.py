"""Shows rows that may be of more than one kind under each of them, so that the user can say which they are."""

import numpy as np
import numpy.typing as npt

from core.boxes import Boxes
from core.labels.formats.written import UnclearGroup
from core.labels.reading.evidence.repairs_needed import repairs_needed
from core.labels.reading.examples import SHOWN_IMAGES, Example, example_of
from core.labels.reading.frames import to_px
from core.labels.reading.part import Part
from core.labels.reading.settled import KIND_WORDS, GroupReading, Rival

Rows = npt.NDArray[np.int64]


def add_unclear(parts: list[Part], class_names: list[str]) -> None:
    """Adds a blocked reading for each group of unclear rows; the rows themselves stay unread."""
    for part in parts:
        part.settled.readings += [_reading(part, group, class_names) for group in part.written.unclear]


def _reading(part: Part, group: UnclearGroup, class_names: list[str]) -> GroupReading:
    entries = np.frombuffer(group.entry, dtype=np.int64)
    sizes = np.array(part.image_sizes, dtype=np.float64).reshape(-1, 2)
    rows = np.flatnonzero((sizes[entries] > 0).all(axis=1))
    boxes = {kind: to_px(group.values[kind][rows], frame, sizes[entries[rows]]) for kind, frame in group.frames.items()}
    repairs = {kind: int(repairs_needed(its, sizes[entries[rows]]).any.sum()) for kind, its in boxes.items()}
    first, *others = sorted(group.frames, key=repairs.__getitem__)
    return GroupReading(
        format=part.written.format,
        key=group.key,
        what=group.what,
        kind=first,
        frame=group.frames[first],
        evidence=_evidence(repairs, len(entries)),
        objects=len(entries),
        repairs=repairs[first],
        rivals=tuple(Rival(kind=kind, frame=group.frames[kind], repairs=repairs[kind]) for kind in others),
        is_blocked=True,
        examples=_examples(part, group, rows, boxes, class_names),
    )


def _evidence(repairs: dict[str, int], objects: int) -> str:
    counts = "; ".join(
        f"as {KIND_WORDS[kind]}, {count:,} of {objects:,} would need a repair" for kind, count in repairs.items()
    )
    return f"The numbers may mean either: {counts}."


def _examples(
    part: Part, group: UnclearGroup, rows: Rows, boxes: dict[str, Boxes], class_names: list[str]
) -> tuple[Example, ...]:
    """The images with most of the rows.

    `rows` (N,), `boxes` (N, 4).
    """
    entries = np.frombuffer(group.entry, dtype=np.int64)[rows]
    numbers, counts = np.unique(entries, return_counts=True)
    examples = []
    for entry in numbers[np.argsort(-counts, kind="stable")[:SHOWN_IMAGES]].tolist():
        mine = np.flatnonzero(entries == entry)
        size = np.array(part.image_sizes[entry], dtype=np.float64)
        classes = [_class_of(part, entry, group.token[row], class_names) for row in rows[mine].tolist()]
        its = {kind: corners[mine] for kind, corners in boxes.items()}
        examples.append(example_of(part.placed.images[entry], size, classes, its, len(mine)))
    return tuple(examples)


def _class_of(part: Part, entry: int, token: str, class_names: list[str]) -> tuple[int, str]:
    index = part.classified.index_of(entry, token)
    return (-1, token) if index is None else (index, class_names[index])
