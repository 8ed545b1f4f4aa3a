"""VIA (VGG Image Annotator) 1, 2 and 3: projects, exports of annotations as JSON, and as CSV."""

import re
from typing import Any, Final

from core.coco.columns import without_collector
from core.labels.findings import Severity
from core.labels.formats.base import quoted
from core.labels.formats.json_records import (
    RecordFaultError,
    attributes_of,
    class_name,
    keys_in,
    open_json,
    token_of,
)
from core.labels.formats.numbers import NumberFaultError
from core.labels.formats.stated_images import FaultyObjects, ImageWriter, StatedImage, StatedObject
from core.labels.formats.via.classes import Choice, choose_class, chosen, described
from core.labels.formats.via.csv_export import is_header, read_csv
from core.labels.formats.via.json_export import IMAGES, read_tables
from core.labels.formats.via.project import is_project, read_project
from core.labels.formats.via.records import Declared, Region, ViaFile
from core.labels.formats.via.shapes import draw
from core.labels.formats.written import (
    CENTRE_PX,
    CORNER_SIZE_PX,
    CORNER_SIZE_SHARE,
    CORNERS_PX,
    Entry,
    Group,
    Written,
)
from core.labels.sources.sample import Sample
from core.labels.sources.source_tree import SourceTree

FORMAT_ID: Final = "via"
SUFFIXES: Final[tuple[str, ...]] = (".json", ".csv")
_REMEDY: Final = "Export the annotations from VIA again, as JSON."
_KEYS: Final = re.compile(
    r'"(_via_img_metadata|filename|regions|shape_attributes|region_attributes|file_attributes'
    r'|project|config|attribute|loc_prefix|vid_list|fid_list)"\s*:'
)
NO_CLASS: Final = "names-missing"
_RECT: Final = "rect"
_SHAPES: Final = "shapes"


def claim(sample: Sample) -> bool:
    """Whether the file is a project or an export of VIA."""
    start = sample.head.lstrip()
    if sample.path.lower().endswith(".csv"):
        return is_header(start.partition("\n")[0])
    if not start.startswith(("{", "[")):
        return False
    keys = keys_in(sample, _KEYS)
    if IMAGES in keys or ({"filename", "regions"} <= keys & {"filename", "regions"} and keys & {
        "shape_attributes", "region_attributes", "file_attributes"
    }):  # fmt: skip
        return True
    return {"project", "config", "attribute"} <= keys and bool(keys & {"loc_prefix", "vid_list", "fid_list"})


def read(tree: SourceTree, files: list[str]) -> Written:
    """Reads VIA files; faults become findings."""
    written = Written(format=FORMAT_ID, files=list(files))
    with without_collector():
        opened = [seen for file in files if (seen := _open(written, tree, file)) is not None]
        _share_declarations(opened)
        writer = ImageWriter(written, "region", _group)
        reasons = [_add(written, writer, seen) for seen in opened]
        writer.write()
    said = "; ".join(dict.fromkeys(reason for reason in reasons if reason))
    written.evidence = f"{len(files):,} VIA files with regions in px; {said or 'no class is known'}."
    return written


def _open(written: Written, tree: SourceTree, file: str) -> ViaFile | None:
    if file.lower().endswith(".csv"):
        return read_csv(written, tree, file)
    limit = tree.limits.label_file_bytes
    document = open_json(written, tree, file, kinds=(dict, list), limit_bytes=limit, remedy=_REMEDY)
    if document is None:
        return None
    return read_project(file, document) if is_project(document) else read_tables(file, document)


def _share_declarations(opened: list[ViaFile]) -> None:
    """Gives exports the attributes that a project in the same folder declares, so that both name classes alike."""
    by_folder: dict[str, dict[str, Declared]] = {}
    for seen in opened:
        by_folder.setdefault(seen.file.rpartition("/")[0], {}).update(seen.declared)
    for seen in opened:
        seen.declared = seen.declared or by_folder[seen.file.rpartition("/")[0]]


def _group(file: str, name: str) -> Group:
    if name == _RECT:
        rivals = (CORNERS_PX, CENTRE_PX, CORNER_SIZE_SHARE)
        return Group(
            key=f"{file} (rect)", frame=CORNER_SIZE_PX, rivals=rivals, what="VIA rectangles: x, y, width, height"
        )
    return Group(key=f"{file} (shapes)", frame=CORNERS_PX, what="VIA polygons, circles and ellipses")


def _add(written: Written, writer: ImageWriter, seen: ViaFile) -> str:
    """Adds one file's images and regions, and says which attribute is the class."""
    choice = choose_class((_attributes(region) for region in seen.regions()), seen.declared)
    folder, declared, faulty = seen.file.rpartition("/")[0], seen.declared.get(choice.attribute), FaultyObjects()
    for image in seen.images:
        objects = [_object(region, choice, declared, faulty) for region in image.regions]
        entry = Entry(
            file=seen.file, line=image.line, image=image.image, other_images=image.other_images,
            is_annotated=image.is_annotated, image_bytes=image.size_bytes, attributes=image.attributes,
        )  # fmt: skip
        writer.add(
            (folder, image.image, image.size_bytes), StatedImage(entry=entry, objects=objects, fault=image.fault)
        )
    if seen.broken:
        message = f"{seen.file}: {seen.broken:,} records are no images; the first is {seen.first_broken}."
        written.add_finding("malformed-line", Severity.BLOCKS, message, seen.file)
    for kind, count in seen.passed_over.items():
        written.look("left-out", f"{seen.file}: {count} {kind} files are left out.", seen.file)
    if choice.attribute:
        _list_classes(written, choice, declared)
        return f"the class is the region attribute {quoted(choice.attribute)} ({choice.reason})"
    if count := sum(1 for _ in seen.regions()):
        _say_no_class(written, seen.file, count, choice)
    return ""


def _attributes(region: Region) -> dict[str, Any]:
    return region.attributes if isinstance(region.attributes, dict) else {}


def _object(region: Region, choice: Choice, declared: Declared | None, faulty: FaultyObjects) -> StatedObject:
    attributes = dict(_attributes(region))
    classes = [described(declared, value) for value in chosen(attributes.pop(choice.attribute, None))]
    token = token_of(classes[0]) if classes else ""
    try:
        if region.fault:
            raise RecordFaultError("malformed-line", region.fault, "region")
        shape = draw(region.shape)
        if not choice.attribute:
            raise RecordFaultError(NO_CLASS, "its class is not known", is_said=True)
        if not classes:
            missing = f"it has no {quoted(choice.attribute)}, which is the class"
            raise RecordFaultError("malformed-line", missing, "no class")
        token, *further = (class_name(value) for value in classes)
    except NumberFaultError as fault:
        return faulty.make(region.line, token, fault)
    kept = attributes_of(attributes) | ({"tags": ", ".join(further)} if further else {})
    return StatedObject(
        line=region.line, token=token, group=_RECT if shape.is_rect else _SHAPES, values=shape.values,
        polygon=shape.polygon, further=tuple(further), attributes=kept, is_thin=shape.is_thin,
    )  # fmt: skip


def _list_classes(written: Written, choice: Choice, declared: Declared | None) -> None:
    listed = {name for name, _ in written.classes}
    for key, _ in declared.options if declared and declared.is_choice else ():
        name = token_of(described(declared, key))
        if name and name not in listed:
            listed.add(name)
            written.classes.append((name, key))


def _say_no_class(written: Written, file: str, count: int, choice: Choice) -> None:
    names = ", ".join(quoted(name) for name in choice.candidates[:10])
    several = f"any of the region attributes {names} may be the class; rename the right one to 'class'"
    why = several if names else "no region attribute has a value"
    message = f"{file}: the class of {count:,} regions is not known: {why}."
    written.add_finding(NO_CLASS, Severity.BLOCKS, message, file)
