"""VIA 1 and 2: tables of images by name and size, alone or within a project."""

from typing import Any, Final

from core.coco.values import quoted, side
from core.labels.formats.alike import MOST_ALIKE
from core.labels.formats.json_records import attributes_of, text_of
from core.labels.formats.via.records import Region, ViaFile, ViaImage, declared

IMAGES: Final = "_via_img_metadata"
# For all broken regions of an image but the first ones, so that millions of them share one value.
_NO_OBJECT: Final = Region(shape=None, attributes=None, line=0, fault="it is no object")


def read_tables(file: str, document: dict[str, Any] | list[Any]) -> ViaFile:
    """The content of a project or an export of VIA 1 or 2."""
    seen = ViaFile(file=file)
    if not isinstance(document, dict) or IMAGES not in document:
        _add_images(seen, document, "")
        return seen
    settings, attributes = document.get("_via_settings"), document.get("_via_attributes")
    core = settings.get("core") if isinstance(settings, dict) else None
    _add_images(seen, document[IMAGES], text_of(core.get("default_filepath")) if isinstance(core, dict) else "")
    of_regions = attributes.get("region") if isinstance(attributes, dict) else None
    for name, value in of_regions.items() if isinstance(of_regions, dict) else ():
        if isinstance(value, dict):
            seen.declared[name] = declared(value.get("type"), value.get("options"))
    return seen


def _add_images(seen: ViaFile, table: Any, folder: str) -> None:
    if not isinstance(table, dict | list):
        seen.note_broken(f"`{IMAGES}`", table)
        return
    records = table.items() if isinstance(table, dict) else (("", record) for record in table)
    for line, (key, record) in enumerate(records, 1):
        if isinstance(record, dict) and ("filename" in record or "regions" in record):
            seen.images.append(_image(key, record, line, folder))
        else:
            seen.note_broken(f"record {line}", record)


def _image(key: str, record: dict[str, Any], line: int, folder: str) -> ViaImage:
    size = record.get("size")
    # The key is the file's name with its size at the end.
    image = text_of(record.get("filename")) or text_of(key).removesuffix(str(side(size) or "")) or f"record {line}"
    regions, fault = _regions(record.get("regions"))
    return ViaImage(
        image=image,
        other_images=(folder + image,) if folder else (),
        line=line,
        size_bytes=side(size) or 0,
        is_annotated=record.get("regions") is not None,
        regions=regions,
        attributes=attributes_of(record.get("file_attributes")),
        fault=fault,
    )


def _regions(value: Any) -> tuple[tuple[Region, ...], str]:
    """The regions, in version 1 a table by number; and a fault."""
    if value is None:
        return (), ""
    records = value.values() if isinstance(value, dict) else value
    if not isinstance(value, dict | list):
        return (), f"its `regions` are {quoted(value)}, expected a list"
    return tuple(_region(record, line) for line, record in enumerate(records, 1)), ""


def _region(record: Any, line: int) -> Region:
    if isinstance(record, dict):
        return Region(shape=record.get("shape_attributes"), attributes=record.get("region_attributes"), line=line)
    if line > MOST_ALIKE:
        return _NO_OBJECT
    return Region(shape=None, attributes=None, line=line, fault=f"it is {quoted(record)}, expected an object")
