"""VoTT 2: exports with all assets, single asset files, and the project file, which are one set."""

import re
from typing import Any, Final

from core.coco.columns import without_collector
from core.coco.values import id_key, quoted, side
from core.labels.formats.drawn_shapes import extent, flat_points
from core.labels.formats.json_records import (
    RecordFaultError,
    attributes_of,
    class_name,
    keys_in,
    numbers,
    open_json,
    text_of,
    token_of,
)
from core.labels.formats.numbers import NumberFaultError
from core.labels.formats.stated_images import FaultyObjects, ImageWriter, StatedImage, StatedObject
from core.labels.formats.vott.names import names_of
from core.labels.formats.written import CORNER_SIZE_PX, CORNERS_PX, Entry, Group, Written
from core.labels.sources.sample import Sample
from core.labels.sources.source_tree import SourceTree

FORMAT_ID: Final = "vott"
SUFFIXES: Final[tuple[str, ...]] = (".json", ".vott")
_REMEDY: Final = "Export the project from VoTT as VoTT JSON again."
_KEYS: Final = re.compile(
    r'"(asset|assets|regions|state|boundingBox|tags|videoSettings|sourceConnection|targetConnection'
    r'|lastVisitedAssetId|images|annotations)"\s*:'
)
_BOX: Final = ("left", "top", "width", "height")
# VoTT's AssetState: 0 not visited, 1 visited, 2 tagged. AssetType: 1 image, 2 video, 3 frame of a video.
_NOT_VISITED, _VIDEO, _FRAME = 0, 2, 3
_AREAS: Final = ("RECTANGLE", "SQUARE", "POLYGON")
# px. VoTT writes a region's box and its points from the same numbers.
_AGREE: Final = 1.0
_STATES: Final = frozenset({"id", "type", "tags", "boundingBox", "points"})
_KNOWN_OF_ASSET: Final = frozenset({"id", "format", "state", "type", "name", "path", "size", "parent"})


def claim(sample: Sample) -> bool:
    """Whether the file is an export, an asset file or a project of VoTT."""
    if not sample.head.lstrip().startswith("{"):
        return False
    keys = keys_in(sample, _KEYS)
    if {"images", "annotations"} <= keys:
        return False
    if "assets" in keys:
        return bool(keys & {"videoSettings", "sourceConnection", "targetConnection", "lastVisitedAssetId"}) or (
            {"asset", "regions"} <= keys
        )
    return {"asset", "regions"} <= keys and bool(keys & {"state", "boundingBox"})


def read(tree: SourceTree, files: list[str]) -> Written:
    """Reads VoTT files; faults become findings."""
    written = Written(format=FORMAT_ID, files=list(files))
    writer = ImageWriter(written, "region", _group)
    with without_collector():
        documents = _open_all(tree, files, written)
        projects = [file for file, document in documents.items() if _is_project(document)]
        stated = {key for file, document in documents.items() for key in _add_file(writer, written, file, document)}
        for file in projects:
            _say_project(written, file, documents[file], stated)
        writer.write()
    kinds = f"{len(files) - len(projects):,} VoTT exports and asset files, {len(projects):,} project files"
    written.evidence = f"{kinds}: boxes by left, top, width and height in px."
    return written


def _open_all(tree: SourceTree, files: list[str], written: Written) -> dict[str, dict[str, Any]]:
    """The documents that can be read: exports first, whose entries and messages then come before the asset files'."""
    limit = tree.limits.label_file_bytes
    opened = {}
    for file in files:
        document = open_json(written, tree, file, kinds=(dict,), limit_bytes=limit, remedy=_REMEDY)
        if document is not None:
            opened[file] = document
    return dict(sorted(opened.items(), key=lambda item: "assets" not in item[1]))


def _is_project(document: dict[str, Any]) -> bool:
    """Whether a document's assets are listed without their regions."""
    assets = document.get("assets")
    records = assets.values() if isinstance(assets, dict) else ()
    return isinstance(assets, dict) and not any(isinstance(single, dict) and "asset" in single for single in records)


def _group(file: str, name: str) -> Group:
    """The group of an export's regions, or of those of all asset files of a folder."""
    place = file.rpartition("/")[0] or "." if file.endswith("-asset.json") else file
    if name == "box":
        return Group(key=f"{place} (box)", frame=CORNER_SIZE_PX, what="VoTT regions: left, top, width, height")
    return Group(key=f"{place} (points)", frame=CORNERS_PX, what="VoTT regions: points")


def _add_file(writer: ImageWriter, written: Written, file: str, document: dict[str, Any]) -> set[str]:
    """Adds the assets of an export or of an asset file, and returns their ids."""
    _list_classes(written, document.get("tags"))
    faulty = FaultyObjects()
    if "assets" not in document:
        return {_add_asset(writer, written, file, 0, document, faulty)}
    assets = document["assets"]
    if not isinstance(assets, dict):
        written.refuse_file(file, f"{file}: `assets` is {quoted(assets)}, expected an object.")
        return set()
    if _is_project(document):
        return set()
    return {_add_asset(writer, written, file, line, single, faulty) for line, single in enumerate(assets.values(), 1)}


def _list_classes(written: Written, tags: Any) -> None:
    listed = {name for name, _ in written.classes}
    for tag in tags if isinstance(tags, list) else ():
        name = token_of(tag.get("name")) if isinstance(tag, dict) else ""
        if name and name not in listed:
            listed.add(name)
            written.classes.append((name, ""))


def _add_asset(writer: ImageWriter, written: Written, file: str, line: int, record: Any, faulty: FaultyObjects) -> str:
    """Adds an asset with its regions, and returns its id."""
    asset = record.get("asset") if isinstance(record, dict) else None
    if not isinstance(asset, dict):
        image = StatedImage(
            entry=Entry(file=file, line=line, image=f"asset {line}", is_annotated=False), objects=[],
            fault=f"its `asset` is {quoted(asset)}, expected an object",
        )  # fmt: skip
        writer.add((file, line), image)
        return ""
    key = id_key(asset.get("id")) or text_of(asset.get("path")) or text_of(asset.get("name"))
    regions = record.get("regions")
    fault = "" if isinstance(regions, list) else f"its `regions` are {quoted(regions)}, expected a list"
    objects = [_object(region, number, faulty) for number, region in enumerate(regions if not fault else (), 1)]
    if asset.get("type") == _VIDEO and not objects:
        written.look("left-out", f"{file}: the video {quoted(asset.get('name'))} is left out.", file, line)
        return key
    writer.add(key or (file, line), StatedImage(entry=_entry(file, line, asset, objects), objects=objects, fault=fault))
    return key


def _entry(file: str, line: int, asset: dict[str, Any], objects: list[StatedObject]) -> Entry:
    size = asset.get("size")
    width, height = (side(size.get(name)) or 0 for name in ("width", "height")) if isinstance(size, dict) else (0, 0)
    image, others = names_of(asset, is_frame=asset.get("type") == _FRAME)
    return Entry(
        file=file,
        line=line,
        image=image or f"asset {line}",
        other_images=others,
        width=width,
        height=height,
        is_annotated=bool(objects) or asset.get("state") != _NOT_VISITED,
        attributes=attributes_of({key: value for key, value in asset.items() if key not in _KNOWN_OF_ASSET}),
    )


def _object(region: Any, line: int, faulty: FaultyObjects) -> StatedObject:
    token = ""
    try:
        if not isinstance(region, dict):
            raise RecordFaultError("malformed-line", f"it is {quoted(region)}, expected an object", "region")
        token, *further = _tags(region.get("tags"))
        return _drawn(region, line, token, further)
    except NumberFaultError as fault:
        return faulty.make(line, token, fault)


def _tags(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise RecordFaultError("malformed-line", f"its `tags` are {quoted(value)}, expected a list", "tags")
    return [class_name(tag) for tag in value] or [class_name(None)]


def _drawn(region: dict[str, Any], line: int, token: str, further: list[str]) -> StatedObject:
    kind = region.get("type", "RECTANGLE")
    if kind not in _AREAS:
        raise RecordFaultError("malformed-line", f"a region of the type {quoted(kind)} makes no box", "type")
    box = numbers(region["boundingBox"], _BOX) if isinstance(region.get("boundingBox"), dict) else None
    points = flat_points(region["points"]) if region.get("points") else None
    if box is None and points is None:
        raise RecordFaultError("malformed-line", "it has neither `boundingBox` nor `points`", "no box")
    if box and points and not _agree(box, extent(points)):
        seen = "its `boundingBox` and its `points` differ by over a pixel"
        raise RecordFaultError("doubtful-reading", seen, "box and points")
    is_polygon = kind == "POLYGON" and points is not None
    attributes = attributes_of({key: value for key, value in region.items() if key not in _STATES})
    return StatedObject(
        line=line,
        token=token,
        group="box" if box else "points",
        values=(box[0], box[1], box[2], box[3]) if box else extent(points or []),
        polygon=points if is_polygon and len(points or ()) >= 6 else None,
        is_thin=is_polygon and len(points or ()) < 6,
        further=tuple(further),
        attributes=attributes | ({"tags": ", ".join(further)} if further else {}),
    )


def _agree(box: list[float], corners: tuple[float, float, float, float]) -> bool:
    left, top, width, height = box
    sides = (left, top, left + width, top + height)
    return all(abs(a - b) <= _AGREE for a, b in zip(sides, corners, strict=True))


def _say_project(written: Written, file: str, document: dict[str, Any], stated: set[str]) -> None:
    """Lists the images that only the project names. It has no regions: those of tagged ones are missing."""
    lost = 0
    for line, asset in enumerate(document["assets"].values(), 1):
        if not isinstance(asset, dict) or asset.get("type") == _VIDEO or (id_key(asset.get("id")) or "") in stated:
            continue
        state = asset.get("state")
        lost += state == 2
        image, others = names_of(asset, is_frame=asset.get("type") == _FRAME)
        if image:
            written.add_entry(Entry(file=file, line=line, image=image, other_images=others, is_annotated=state == 1))
    message = f"{file}: a VoTT project holds no regions; it was read for its tags and the images that were visited."
    written.look("left-out", message, file)
    if lost:
        message = f"{file}: the regions of {lost:,} tagged images are in no other file; those images are unlabelled."
        written.look("image-without-label", message, file)
