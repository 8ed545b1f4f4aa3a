"""Adds one COCO file, as read by core.coco, to the columns of what is written."""

import json
from itertools import compress
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from core.coco.faults import Fault, Faults, Kind
from core.coco.ids import UNKNOWN, IdTable
from core.coco.records import Annotations, is_boxless, read_annotations
from core.coco.sections import Categories, ImageEntry, read_categories, read_images
from core.coco.values import id_key, is_whole, text
from core.labels.findings import Finding, Severity
from core.labels.formats.coco import kinds as coco_kinds
from core.labels.formats.coco.oddities import note_oddities
from core.labels.formats.coco.repeats import Repeats
from core.labels.formats.json_file import scalars
from core.labels.formats.written import (
    CORNER_SIZE_PX,
    CORNER_SIZE_SHARE,
    CORNERS_PX,
    CORNERS_SHARE,
    Entry,
    Group,
    Written,
)
from core.labels.sources.splits_of_names import split_of_file

_RIVALS: Final = (CORNERS_PX, CORNER_SIZE_SHARE, CORNERS_SHARE)
# The mended faults that a user should check.
_LOOK_AT: Final = (Kind.BAD_MASK, Kind.REPEATED_NAME, Kind.BOX_OF_MASK, Kind.NO_NAME)
_IMAGE_FIELDS: Final = frozenset(
    {"id", "file_name", "width", "height", "license", "flickr_url", "coco_url", "date_captured"}
)
_OBJECT_FIELDS: Final = frozenset(
    {"id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation", "num_keypoints"}
)


class FileReader:
    """Reads one COCO file: first its images, then its objects."""

    def __init__(self, written: Written, file: str, kind: coco_kinds.Kind, repeats: Repeats | None) -> None:
        """Takes the target, and the objects of earlier files, None if there is only this one."""
        self.written, self.file, self.kind, self.repeats = written, file, kind, repeats
        self.faults = Faults(file, is_strict=False)
        self.first_entry = len(written.entries)

    def read_images(self, values: list[Any]) -> None:
        """Adds an entry for each image with a name."""
        self.images = read_images(values, self.faults)
        self._split = split_of_file(self.file)
        entries = [self._add_image(entry, values[entry.number - 1]) for entry in self.images.entries]
        # The last two are for UNKNOWN and AMBIGUOUS images, which are negative indices.
        self._entry_of = np.array([*entries, -1, -1], dtype=np.int64)
        self._report()

    def _add_image(self, entry: ImageEntry, record: dict[str, Any]) -> int:
        if not entry.name:
            self.faults.note(Kind.MALFORMED, "images", entry.number, "no usable `file_name`")
            return -1
        return self.written.add_entry(
            Entry(
                file=self.file,
                line=entry.number,
                image=entry.name,
                other_images=_other_names(record),
                width=entry.width,
                height=entry.height,
                split=self._split,
                # The objects of an ambiguous image are lost, so that it is no background.
                is_annotated=self.kind.has_objects and not entry.is_ambiguous,
                attributes=scalars(record, _IMAGE_FIELDS),
            )
        )

    def read_objects(self, category_values: list[Any], values: list[Any]) -> None:
        """Adds the file's classes and objects."""
        categories = read_categories(category_values, self.faults)
        self._report()
        earlier = {name for name, _ in self.written.classes}
        self.written.classes += [
            (entry.name, text(entry.key)) for entry in categories.entries if entry.name not in earlier
        ]
        objects = read_annotations(values, self.images.ids, categories.ids, None, self.faults)
        self._doubt_shifted(objects, "category_id", objects.categories, categories.ids)
        self._doubt_shifted(objects, "image_id", objects.images, self.images.ids)
        self._add(objects, categories, len(values))
        self._report()
        note_oddities(self.written, self.file, self.kind, len(self.images.entries), values)

    def _doubt_shifted(self, objects: Annotations, field: str, indices: npt.NDArray[np.int64], ids: IdTable) -> None:
        """Blocks all objects of a file whose ids of classes or images fit its list only if each is moved by one.

        `indices` (N,) are those of `field` in the list, whose ids are `ids`.
        """
        is_unknown = indices == UNKNOWN
        if not is_unknown.any() or is_unknown.all():
            # Nothing is in doubt: all ids are listed, or no object is read anyway.
            return
        used = _whole({id_key(record.get(field)) for record in objects.records})
        listed = _whole(set(ids.numbers))
        shift = next((step for step in (1, -1) if used and {number + step for number in used} <= listed), 0)
        if not shift:
            return
        objects.is_sound[:] = False
        kind, what = (Kind.UNKNOWN_CLASS, "class") if field == "category_id" else (Kind.UNKNOWN_IMAGE, "image")
        message = (
            f"{self.file}: `{field}` is {min(used)} to {max(used)}, but ids from {min(listed)} to {max(listed)} are "
            f"listed. All objects would have {'a' if what == 'class' else 'an'} {what} if each id were one "
            f"{'higher' if shift > 0 else 'lower'}, so that no {what} is sure."
        )
        self.written.refuse_group(str(kind), message, self.file)

    def _add(self, objects: Annotations, categories: Categories, count: int) -> None:
        entry = self._entry_of[objects.images]
        names = [category.name for category in categories.entries]
        is_sound = objects.is_sound & (entry >= 0)
        self._count_unreadable(objects, entry, names, ~is_sound)
        self.written.unreadable += [(-1, "")] * (count - len(objects.records))
        rows = np.flatnonzero(is_sound)
        tokens = [names[category] for category in objects.categories[rows].tolist()]
        rows, tokens = self._without_repeats(objects, entry, rows, tokens)
        first_row = len(self.written.token)
        self._add_columns(objects, entry, rows, tokens)
        self._add_details(objects, rows, first_row)

    def _count_unreadable(
        self, objects: Annotations, entry: npt.NDArray[np.int64], names: list[str], is_bad: npt.NDArray[np.bool_]
    ) -> None:
        for row in np.flatnonzero(is_bad).tolist():
            category = int(objects.categories[row])
            token = names[category] if category >= 0 else id_key(objects.records[row].get("category_id")) or ""
            self.written.unreadable.append((int(entry[row]), text(token)))

    def _without_repeats(
        self, objects: Annotations, entry: npt.NDArray[np.int64], rows: npt.NDArray[np.int64], tokens: list[str]
    ) -> tuple[npt.NDArray[np.int64], list[str]]:
        """The rows and tokens of objects that no earlier file has.

        `entry` (N,), `rows` (N,).
        """
        if self.repeats is None:
            return rows, tokens
        ids = [objects.records[row].get("id") for row in rows.tolist()]
        is_known, files = self.repeats.find(entry[rows], ids, tokens, objects.boxes_xywh[rows])
        for file, count in files.items():
            self.written.left_out[f"also in {file}"] += count
            message = f"{self.file}: {count:,} objects are in {file} too; each counts once."
            self.written.look("same-labels", message, self.file)
        self.written.copied.update(entry[rows[is_known]].tolist())
        self.repeats.add(self.first_entry, list(compress(ids, ~is_known)))
        return rows[~is_known], list(compress(tokens, ~is_known))

    def _add_columns(
        self, objects: Annotations, entry: npt.NDArray[np.int64], rows: npt.NDArray[np.int64], tokens: list[str]
    ) -> None:
        written = self.written
        group = written.add_group(
            Group(key=self.file, frame=CORNER_SIZE_PX, rivals=_RIVALS, what="boxes of a COCO file, x, y, width, height")
        )
        groups = np.full(len(rows), group, dtype=np.int64)
        is_of_runs = [
            isinstance(objects.masks[row], dict) and is_boxless(objects.records[row]) for row in rows.tolist()
        ]
        if any(is_of_runs):
            # Run lengths are in pixels, whatever the numbers of `bbox` mean.
            key, what = f"{self.file}, boxes round run lengths", "boxes round run lengths of a COCO file"
            groups[is_of_runs] = written.add_group(Group(key=key, frame=CORNER_SIZE_PX, what=what))
        written.entry.frombytes(entry[rows].tobytes())
        written.group.frombytes(groups.tobytes())
        written.line.frombytes(objects.numbers[rows].astype(np.int64).tobytes())
        written.values.frombytes(np.ascontiguousarray(objects.boxes_xywh[rows]).tobytes())
        written.token.extend(tokens)

    def _add_details(self, objects: Annotations, rows: npt.NDArray[np.int64], first_row: int) -> None:
        written = self.written
        written.crowd.update((np.flatnonzero(objects.is_crowd[rows]) + first_row).tolist())
        for index in np.flatnonzero(_is_own_area(objects, rows)).tolist():
            written.areas[first_row + index] = float(objects.areas[rows[index]])
        for number, row in enumerate(rows.tolist(), first_row):
            mask, record = objects.masks[row], objects.records[row]
            if isinstance(mask, dict):
                written.run_lengths[number] = json.dumps(mask)
            elif mask is not None:
                written.polygons[number] = mask
            if record.keys() - _OBJECT_FIELDS and (attributes := scalars(record, _OBJECT_FIELDS)):
                written.attributes[number] = attributes

    def _report(self) -> None:
        """Turns the faults into findings, and clears them."""
        for fault in sorted(self.faults.kept, key=lambda fault: fault.number):
            if fault.kind is not Kind.BOX_OF_MASK:
                self._note(fault.kind, fault.is_mended, text(self.faults.words_of(fault)), fault.number)
        more = {(kind, is_mended): count for kind, is_mended, count in self.faults.more()}
        self._report_boxes_of_masks(more.pop((Kind.BOX_OF_MASK, True), 0))
        for (kind, is_mended), count in more.items():
            self._note(kind, is_mended, f"{self.file}: {count:,} more records like these.")
        self.faults = Faults(self.file, is_strict=False)

    def _report_boxes_of_masks(self, more: int) -> None:
        """One finding for all objects without a box: where a tool writes masks alone, there are thousands."""
        kept = [fault for fault in self.faults.kept if fault.kind is Kind.BOX_OF_MASK]
        if kept:
            first = _first(kept)
            message = (
                f"{self.file}: {len(kept) + more:,} objects have no box, or one of zeros; the box round their mask was "
                f"taken. The first is annotation {first}."
            )
            self._note(Kind.BOX_OF_MASK, True, message, first)

    def _note(self, kind: Kind, is_mended: bool, message: str, line: int = 0) -> None:
        severity = Severity.BLOCKS if not is_mended else Severity.LOOK if kind in _LOOK_AT else Severity.FIXED
        self.written.findings.append(
            Finding(check=str(kind), severity=severity, message=message, file=self.file, line=line)
        )


def _whole(keys: set[str | None]) -> set[int]:
    """Ids as numbers; empty if one is not a whole number."""
    return {int(key) for key in keys if key} if all(key and is_whole(key) for key in keys) else set()


def _first(faults: list[Fault]) -> int:
    return min(fault.number for fault in faults)


def _other_names(record: dict[str, Any]) -> tuple[str, ...]:
    """Further names of an image: Roboflow keeps the name before its upload."""
    extra = record.get("extra")
    name = extra.get("name") if isinstance(extra, dict) else None
    return (text(name),) if isinstance(name, str) and name and "\0" not in name else ()


def _is_own_area(objects: Annotations, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """(N,) whether the file states an area that is not the box's."""
    areas, sides = objects.areas[rows], objects.boxes_xywh[rows, 2:]
    return ~np.isnan(areas) & ~np.isclose(areas, np.abs(sides[:, 0] * sides[:, 1]), rtol=1e-6, atol=0)
