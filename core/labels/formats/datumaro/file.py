"""Reads one file of Datumaro's format: the labels of its categories, then its items."""

import json
from collections import Counter
from typing import Any, Final

from core.coco.values import finite, side, text
from core.labels.formats.datumaro.shapes import OBJECT_TYPES, Shape, joined, read_annotation, type_of
from core.labels.formats.file_notes import FieldFaultError, FileNotes
from core.labels.formats.json_file import scalars
from core.labels.formats.written import CORNER_SIZE_PX, CORNERS_PX, Entry, Group, Written
from core.labels.sources.splits_of_names import split_of_name

# What is left out, in words, by the type of an annotation.
_LEFT_OUT: Final = {
    "label": "classes of images",
    "caption": "captions",
    "points": "points",
    "polyline": "polylines",
    "hash_key": "hash keys",
    "feature_vector": "feature vectors",
}
_NAME_LENGTH: Final = 200


class FileReader:
    """Reads one file: a group for its boxes, and one for boxes round polygons and masks."""

    def __init__(self, written: Written, file: str) -> None:
        """Takes the target, and the file's path."""
        self.written, self.file = written, file
        self.notes = FileNotes(written, file)
        self._labels: list[str | None] = []  # by label_id; None for one without a name
        self._split = split_of_name(file.rpartition("/")[2].rpartition(".")[0])
        self._groups: dict[bool, int] = {}
        self._left_out: Counter[str] = Counter()
        self._turned = self._unturned = 0

    def read_classes(self, categories: Any) -> None:
        """Adds the file's classes."""
        label = categories.get("label") if isinstance(categories, dict) else None
        labels = label.get("labels") if isinstance(label, dict) else None
        if not isinstance(labels, list):
            self.written.refuse_file(self.file, f"{self.file}: has no list `categories.label.labels`.")
            return
        earlier, seen = {name for name, _ in self.written.classes}, set[str]()
        for number, value in enumerate(labels, 1):
            name = value.get("name") if isinstance(value, dict) else None
            if not isinstance(name, str):
                self._labels.append(None)
                self.notes.blocked("malformed-line", f"label {number}", "{} has no name", number, value)
                continue
            name = self._clean(name, number)
            if name in seen:
                self.notes.look("repeated-name", f"label {number}", "{} is there twice", number, name)
            elif name not in earlier:
                self.written.classes.append((name, str(number - 1)))
            seen.add(name)
            self._labels.append(name)

    def _clean(self, name: str, number: int) -> str:
        if name != text(name):
            self.notes.fixed("bad-name", f"label {number}", "name {} holds half a character", number, name)
        return text(name).strip()[:_NAME_LENGTH] or f"class {number - 1}"

    def read_items(self, items: list[Any]) -> None:
        """Adds all items."""
        has_objects = any(_types(item) & OBJECT_TYPES for item in items)
        for number, item in enumerate(items, 1):
            if isinstance(item, dict):
                self._read_item(item, number, has_objects=has_objects)
            else:
                self.notes.blocked("malformed-line", f"item {number}", "{} is no object", number, item)
        self._sum_up()

    def _sum_up(self) -> None:
        for reason, count in self._left_out.items():
            self.written.left_out[reason] += count
            if reason != "parts of objects":
                self.notes.sum_up("left-out", f"{count:,} {reason} are left out.")
        if self._turned:
            words = f"{self._turned:,} boxes are turned; the upright boxes round them were taken."
            self.notes.sum_up("rotated-box", words)
        if self._unturned:
            words = (
                f"{self._unturned:,} objects have an attribute `rotation`; their boxes are read as written, unturned."
            )
            self.notes.sum_up("rotated-box", words)
        self.notes.close()

    def _read_item(self, item: dict[str, Any], number: int, *, has_objects: bool) -> None:
        annotations = item.get("annotations")
        if annotations is not None and not isinstance(annotations, list):
            words = "annotations {} is no list"
            self.notes.blocked("malformed-line", f"item {number}", words, number, annotations)
        objects = annotations if isinstance(annotations, list) else []
        is_annotated = annotations == [] or bool(_types(item) & OBJECT_TYPES)
        entry = self._add_image(item, number, is_annotated=is_annotated and has_objects)
        shapes: list[Shape] = []
        for place, value in enumerate(objects, 1):
            where = f"item {number}, annotation {place}"
            if reason := _LEFT_OUT.get(type_of(value)):
                self._left_out[reason] += 1
            elif shape := self._read_shape(entry, value, where, number):
                shapes.append(shape)
        whole = joined(shapes)
        self._left_out.update({"parts of objects": len(shapes) - len(whole)} if len(whole) < len(shapes) else {})
        for shape in whole:
            self._add_object(entry, shape, number)

    def _add_image(self, item: dict[str, Any], number: int, *, is_annotated: bool) -> int:
        media: dict[str, Any] = next((item[key] for key in ("image", "media") if isinstance(item.get(key), dict)), {})
        names = [text(name) for name in (media.get("path"), item.get("id")) if _is_name(name)]
        if not names:
            what = "neither `image.path` nor `id` names an image"
            self.notes.blocked("malformed-line", f"item {number}", what, number)
            return -1
        size = media.get("size")
        height, width = (side(value) or 0 for value in size) if isinstance(size, list) and len(size) == 2 else (0, 0)
        attributes = item.get("attr")
        return self.written.add_entry(
            Entry(
                file=self.file,
                line=number,
                image=names[0],
                other_images=tuple(names[1:]),
                width=width if height else 0,
                height=height if width else 0,
                split=self._split,
                is_annotated=is_annotated,
                attributes=scalars(attributes, ()) if isinstance(attributes, dict) else {},
            )
        )

    def _read_shape(self, entry: int, value: Any, where: str, number: int) -> Shape | None:
        token = ""
        try:
            if not isinstance(value, dict):
                raise FieldFaultError("malformed-line", "{} is no object", value)
            token = self._token(value.get("label_id"))
            shape = read_annotation(value, token, self.notes, where, number)
            if entry < 0:
                self.notes.count_unreadable(entry, token)
                return None
        except FieldFaultError as fault:
            self.notes.refuse_object(entry, token, fault, where, number)
            return None
        self._turned += shape.is_turned
        self._unturned += bool(finite(shape.rotation)) and not shape.is_turned
        return shape

    def _token(self, value: Any) -> str:
        """The name of a label's number. Raises FieldFaultError."""
        number = finite(value)
        if number is None or not number.is_integer():
            raise FieldFaultError("unknown-class", "label_id {} is no label", value)
        name = self._labels[int(number)] if 0 <= number < len(self._labels) else None
        if name is None:
            raise FieldFaultError("unknown-class", f"label_id {{}}, but the file has {len(self._labels)} labels", value)
        return name

    def _add_object(self, entry: int, shape: Shape, number: int) -> None:
        row = self.written.add(
            entry, shape.token, shape.numbers, group=self._group(is_box=shape.is_box), line=number,
            is_crowd=shape.is_crowd, polygons=list(shape.polygons), attributes=shape.attributes,
        )  # fmt: skip
        if shape.run_lengths:
            self.written.run_lengths[row] = json.dumps(shape.run_lengths)

    def _group(self, *, is_box: bool) -> int:
        if is_box not in self._groups:
            if is_box:
                what = "boxes of a Datumaro file, x, y, width, height"
                group = Group(key=self.file, frame=CORNER_SIZE_PX, rivals=(CORNERS_PX,), what=what)
            else:
                what = "boxes round polygons and masks of a Datumaro file"
                group = Group(key=f"{self.file}, boxes round masks", frame=CORNERS_PX, what=what)
            self._groups[is_box] = self.written.add_group(group)
        return self._groups[is_box]


def _types(item: Any) -> set[str]:
    annotations = item.get("annotations") if isinstance(item, dict) else None
    values = annotations if isinstance(annotations, list) else []
    return set(map(type_of, values))


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\0" not in value
