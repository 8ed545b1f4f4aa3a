"""LabelMe: one JSON file per image, versions 3 to 6, and the dialects that name the same fields (AnyLabeling)."""

import re
from pathlib import PurePosixPath
from typing import Any, Final

from core.coco.columns import without_collector
from core.coco.values import quoted, side
from core.labels.formats.json_records import (
    FileFindings,
    RecordFaultError,
    attributes_of,
    class_name,
    keys_in,
    open_json,
    text_of,
    token_of,
)
from core.labels.formats.labelme.shapes import Drawn, draw
from core.labels.formats.numbers import NumberFaultError
from core.labels.formats.written import CORNERS_PX, CORNERS_SHARE, Entry, Group, Written
from core.labels.sources.sample import Sample
from core.labels.sources.source_tree import SourceTree

FORMAT_ID: Final = "labelme"
SUFFIXES: Final[tuple[str, ...]] = (".json",)
# The file may hold the whole image, a third larger than its own file.
FILE_BYTES: Final = 64 * 2**20
REMEDY: Final = "Save the labels in LabelMe again, or leave the file out."
_KEYS: Final = re.compile(r'"(shapes|shape_type|imagePath|imageData|images|annotations|categories)"\s*:')
_FILE_KEYS: Final = frozenset({"version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth"})
# `text` is AnyLabeling's caption of the image, the colours are of versions before 4.
_COLOURS: Final = frozenset({"lineColor", "fillColor"})
_SHAPE_KEYS: Final = frozenset(
    {"label", "points", "shape_type", "mask", "flags", "attributes", "line_color", "fill_color"}
)


def claim(sample: Sample) -> bool:
    """Whether the file has LabelMe's shapes and the name or content of an image, and is no COCO file."""
    if not sample.head.lstrip().startswith("{"):
        return False
    keys = keys_in(sample, _KEYS)
    is_coco = len(keys & {"images", "annotations", "categories"}) >= 2
    return not is_coco and bool(keys & {"shapes", "shape_type"}) and bool(keys & {"imagePath", "imageData"})


def read(tree: SourceTree, files: list[str]) -> Written:
    """Reads LabelMe files; faults become findings."""
    written = Written(format=FORMAT_ID, files=list(files))
    groups: dict[tuple[str, bool], int] = {}
    with without_collector():
        for file in files:
            _read_file(tree, file, written, groups)
    written.evidence = f"{len(files):,} LabelMe JSON files with `shapes`: points in px, one file per image."
    return written


def _read_file(tree: SourceTree, file: str, written: Written, groups: dict[tuple[str, bool], int]) -> None:
    document = open_json(written, tree, file, kinds=(dict,), limit_bytes=FILE_BYTES, remedy=REMEDY)
    if document is None:
        written.add_entry(Entry(file=file, is_annotated=False))
        return
    shapes = document.get("shapes")
    entry = written.add_entry(_entry(file, document, is_annotated=isinstance(shapes, list)))
    if not isinstance(shapes, list):
        written.refuse_file(file, f"{file}: `shapes` is {quoted(shapes)}, expected a list of shapes.")
        return
    findings = FileFindings(written, file)
    kinds = _Counts()
    for line, shape in enumerate(shapes, 1):
        try:
            drawn = _drawn(shape)
            token = class_name(shape.get("label"))
        except NumberFaultError as fault:
            token = token_of(shape.get("label")) if isinstance(shape, dict) else ""
            findings.refuse(entry, token, fault, f"shape {line}", line)
            continue
        kinds.add(drawn)
        group = _group(written, groups, file, is_contour=drawn.polygon is not None)
        written.add(
            entry, token, drawn.corners, group=group, line=line,
            polygons=[drawn.polygon] if drawn.polygon else None, attributes=_attributes(shape),
        )  # fmt: skip
    findings.close()
    kinds.say(written, file)


def _drawn(shape: Any) -> Drawn:
    if not isinstance(shape, dict):
        raise RecordFaultError("malformed-line", f"it is {quoted(shape)}, expected an object", "shape")
    return draw(shape)


class _Counts:
    """What a file's shapes lost on their way to boxes, for one finding each."""

    def __init__(self) -> None:
        self.masks = self.turned = self.thin = 0

    def add(self, drawn: Drawn) -> None:
        self.masks += drawn.is_mask
        self.turned += drawn.is_turned
        self.thin += drawn.is_thin

    def say(self, written: Written, file: str) -> None:
        if self.turned:
            message = f"{file}: {self.turned} turned boxes; the upright boxes round them are used."
            written.look("rotated-box", message, file)
        if self.masks:
            message = f"{file}: {self.masks} masks of pixels are read as their boxes, without the pixels."
            written.look("mask-as-box", message, file)
        if self.thin:
            message = f"{file}: {self.thin} polygons of fewer than 3 points are read as boxes."
            written.fixed("bad-segmentation", message, file)


def _entry(file: str, document: dict[str, Any], *, is_annotated: bool) -> Entry:
    others = {key: value for key, value in document.items() if key not in _FILE_KEYS | _COLOURS}
    return Entry(
        file=file,
        image=text_of(document.get("imagePath")),
        other_images=(PurePosixPath(file).stem,),
        width=side(document.get("imageWidth")) or 0,
        height=side(document.get("imageHeight")) or 0,
        is_annotated=is_annotated,
        has_embedded_image=bool(text_of(document.get("imageData"))),
        attributes=attributes_of(others) | attributes_of(document.get("flags")),
    )


def _group(written: Written, groups: dict[tuple[str, bool], int], file: str, *, is_contour: bool) -> int:
    """The group of a folder's boxes, or of its polygons."""
    folder = file.rpartition("/")[0]
    key = folder, is_contour
    if key not in groups:
        what = "polygons" if is_contour else "boxes"
        group = Group(
            key=f"{folder or '.'} ({what})", frame=CORNERS_PX, rivals=(CORNERS_SHARE,), what=f"LabelMe {what}"
        )
        groups[key] = written.add_group(group)
    return groups[key]


def _attributes(shape: dict[str, Any]) -> dict[str, str]:
    others = {key: value for key, value in shape.items() if key not in _SHAPE_KEYS}
    return attributes_of(others) | attributes_of(shape.get("flags")) | attributes_of(shape.get("attributes"))
