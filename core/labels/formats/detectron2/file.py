"""Reads one list of Detectron2 dataset dicts."""

import json
from collections import Counter
from typing import Any, Final

from core.coco.masks import Mask, box_of
from core.coco.records import is_boxless
from core.coco.values import flag, id_key, side, text
from core.labels.formats.detectron2.modes import Mode, mode_of
from core.labels.formats.file_notes import FieldFaultError, FileNotes
from core.labels.formats.json_file import scalars
from core.labels.formats.json_shapes import read_numbers, read_shape
from core.labels.formats.turned_boxes import turned, upright_box
from core.labels.formats.written import CORNERS_PX, Entry, Group, Written
from core.labels.sources.splits_of_names import split_of_file

_RECORD_FIELDS: Final = frozenset(
    {"file_name", "image_id", "height", "width", "annotations", "sem_seg_file_name", "pan_seg_file_name"}
)
_OBJECT_FIELDS: Final = frozenset({"bbox", "bbox_mode", "category_id", "segmentation", "iscrowd", "image_id", "area"})
# Oddities of objects, each told once a file: check and words after their number.
_ODDITIES: Final = {
    "turned": ("rotated-box", "boxes are turned; the upright boxes round them were taken"),
    "boxless": ("box-from-segmentation", "objects have no box, or one of zeros; the box round their mask was taken"),
    "unscaled": ("bad-segmentation", "masks are in px and their boxes in shares of an image of unknown size; left out"),
    "keypoints": ("left-out-keypoints", "objects have keypoints, which are left out"),
}
_ROUND_MASKS: Final = "boxes round masks"


class FileReader:
    """Reads one file: a group for each mode of its boxes."""

    def __init__(self, written: Written, file: str) -> None:
        """Takes the target, and the file's path."""
        self.written, self.file = written, file
        self.notes = FileNotes(written, file)
        self._split = split_of_file(file)
        self._groups: dict[str, int] = {}
        self._seen: Counter[str] = Counter()  # by the keys of _ODDITIES

    def read(self, records: list[Any]) -> None:
        """Adds all records."""
        for number, record in enumerate(records, 1):
            if isinstance(record, dict):
                self._read_record(record, number)
            else:
                self.notes.blocked("malformed-line", f"record {number}", "{} is no object", number, record)
        for oddity, (check, words) in _ODDITIES.items():
            if count := self._seen[oddity]:
                self.notes.sum_up(check, f"{count:,} {words}.")
        self.notes.close()

    def _read_record(self, record: dict[str, Any], number: int) -> None:
        annotations = record.get("annotations")
        is_listed = annotations is None
        if not is_listed and not isinstance(annotations, list):
            words = "annotations {} is no list"
            self.notes.blocked("malformed-line", f"record {number}", words, number, annotations)
        objects = annotations if isinstance(annotations, list) else []
        entry = self._add_image(record, number, is_annotated=isinstance(annotations, list))
        for place, value in enumerate(objects, 1):
            where = f"record {number}, object {place}"
            if not isinstance(value, dict):
                fault = FieldFaultError("malformed-line", "{} is no object", value)
                self.notes.refuse_object(entry, "", fault, where, number)
            elif entry < 0:
                self.notes.count_unreadable(-1, _token(value))
            else:
                self._read_object(entry, value, where, number)

    def _add_image(self, record: dict[str, Any], number: int, *, is_annotated: bool) -> int:
        name = record.get("file_name")
        if not isinstance(name, str) or not name.strip() or "\0" in name:
            self.notes.blocked("malformed-line", f"record {number}", "file_name {} names no image", number, name)
            return -1
        width, height = side(record.get("width")) or 0, side(record.get("height")) or 0
        return self.written.add_entry(
            Entry(
                file=self.file,
                line=number,
                image=text(name.strip()),
                width=width if height else 0,
                height=height if width else 0,
                split=self._split,
                is_annotated=is_annotated,
                attributes=scalars(record, _RECORD_FIELDS),
            )
        )

    def _read_object(self, entry: int, value: dict[str, Any], where: str, number: int) -> None:
        token = _token(value)
        try:
            if not token:
                raise FieldFaultError("unknown-class", "category_id {} is no class", value.get("category_id"))
            if (is_crowd := flag(value.get("iscrowd"))) is None:
                raise FieldFaultError("malformed-line", "iscrowd {} is neither 0 nor 1", value["iscrowd"])
            mask = read_shape(value.get("segmentation"), self.notes, where, number)
            group, numbers, polygon = self._read_box(value, mask)
        except FieldFaultError as fault:
            self.notes.refuse_object(entry, token, fault, where, number)
            return
        polygons = mask if isinstance(mask, list) else [polygon] if polygon and mask is None else None
        row = self.written.add(
            entry, token, numbers, group=group, line=number, is_crowd=is_crowd,
            polygons=self._in_group(polygons, group, entry), attributes=scalars(value, _OBJECT_FIELDS),
        )  # fmt: skip
        if isinstance(mask, dict):
            self.written.run_lengths[row] = json.dumps(mask)
        self._seen["keypoints"] += "keypoints" in value

    def _read_box(self, value: dict[str, Any], mask: Mask | None) -> tuple[int, list[float], list[float] | None]:
        """The group and numbers of a box, and the polygon of a turned one. Raises FieldFaultError."""
        if mask is not None and is_boxless(value):
            self._seen["boxless"] += 1
            return self._group(_ROUND_MASKS, None), list(box_of(mask)), None
        mode = mode_of(value.get("bbox_mode"))
        if mode is None:
            raise FieldFaultError("malformed-line", "bbox_mode {} is none of Detectron2's", value["bbox_mode"])
        counts = {Mode.NONE: (4, 5), Mode.XYWHA_ABS: (5,)}.get(mode, (4,))
        numbers = read_numbers("bbox", value.get("bbox"), counts)
        if len(numbers) == 4:
            return self._group(mode.value, mode), numbers, None
        x, y, width, height, degrees = numbers
        across, down = width / 2, height / 2
        offsets = [(-across, -down), (across, -down), (across, down), (-across, down)]
        # Detectron2 turns against the clock.
        polygon = turned(offsets, (x, y), -degrees)
        self._seen["turned"] += 1
        return self._group(Mode.XYWHA_ABS.value, Mode.XYWHA_ABS), list(upright_box(polygon)), polygon

    def _group(self, name: str, mode: Mode | None) -> int:
        if name not in self._groups:
            if mode is None:
                group = Group(key=f"{self.file}, {name}", frame=CORNERS_PX, what=name)
            else:
                group = Group(key=f"{self.file}, {name}", frame=mode.frame, rivals=mode.rivals, what=mode.words)
            self._groups[name] = self.written.add_group(group)
        return self._groups[name]

    def _in_group(self, polygons: list[list[float]] | None, group: int, entry: int) -> list[list[float]] | None:
        """Polygons in px in the unit of the group's boxes; None if that takes the image's size, and it is unknown."""
        frame, image = self.written.groups[group].frame, self.written.entries[entry]
        if polygons is None or frame is None or frame.unit == "px":
            return polygons
        if not image.width:
            self._seen["unscaled"] += 1
            return None
        sides = (image.width, image.height)
        return [[value / sides[index % 2] for index, value in enumerate(polygon)] for polygon in polygons]


def _token(value: dict[str, Any]) -> str:
    return text(id_key(value.get("category_id")) or "")
