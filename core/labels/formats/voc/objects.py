"""Reads one <object> of a Pascal VOC file: its class, box, polygons and attributes.

Beside VOC's own elements, it knows those of LabelMe's XML (<polygon> with <pt>, <deleted>), of roLabelImg (<robndbox>)
and of CVAT (<attributes> with <attribute>).
"""

import math
from dataclasses import dataclass, field
from sys import intern
from typing import Final
from xml.etree.ElementTree import Element

from core.labels.formats.numbers import NumberFaultError
from core.labels.formats.turned_boxes import Box, corners_of, upright_box
from core.labels.formats.xml_files import read_coordinate

_CORNERS: Final = ("xmin", "ymin", "xmax", "ymax")
_TURNED: Final = ("cx", "cy", "w", "h", "angle")
_TURNED_ELEMENTS: Final = ("robndbox", "rotated_bndbox")
# Read elsewhere, or no facts about the object. VOC's parts have boxes, but are no objects: they are kept as one text.
_NO_ATTRIBUTES: Final = frozenset(
    {"name", "bndbox", "polygon", "part", "parts", "object", "deleted", *_TURNED_ELEMENTS}
)
# What tools write into every object.
_DEFAULTS: Final = {("pose", "Unspecified"), ("type", "bndbox"), ("type", "robndbox"), ("type", "bounding_box")}
_NAME_LENGTH: Final = 200
# Less is a rounded zero: CVAT writes two decimals.
_LEAST_DEGREES: Final = 0.005
_VALUE_LENGTH: Final = 1_000


@dataclass(slots=True, kw_only=True)
class VocObject:
    """An object as written: corners in px, polygons (each x, y, …) in px.

    `turned` is centre x, y, width and height in px and an angle, in radians or degrees, of a turned box; `is_turned` is
    also true for one whose corners are known, in `polygons`. `faulty_mask` says why polygons were left out.
    """

    name: str = ""
    box: Box | None = None
    polygons: list[list[float]] = field(default_factory=list)
    turned: tuple[float, float, float, float, float] | None = None
    is_turned: bool = False
    attributes: dict[str, str] = field(default_factory=dict)
    faulty_mask: str = ""


def read_object(element: Element) -> VocObject:
    """Reads an <object>. Raises NumberFaultError for one without a name or box that can be read."""
    labelled = VocObject(name=_read_name(element))
    labelled.attributes = read_attributes(element, _NO_ATTRIBUTES)
    _keep(labelled.attributes, "parts", _parts(element))
    boxes = element.findall("bndbox")
    if len(boxes) > 1:
        raise NumberFaultError("malformed-line", f"{len(boxes)} <bndbox>, expected one")
    if boxes:
        labelled.box = _read_corners(boxes[0])
    if (turned := next((part for part in element if part.tag in _TURNED_ELEMENTS), None)) is not None:
        _read_turned(turned, labelled)
    _read_polygons(element, labelled)
    if labelled.box is None and labelled.turned is None:
        raise NumberFaultError("malformed-line", labelled.faulty_mask or "no <bndbox>")
    _turn_by_attribute(element, labelled)
    return labelled


def name_of(element: Element) -> str:
    """The class of an <object> as far as it can be read, for counting."""
    return (element.findtext("name") or "").strip()[:_NAME_LENGTH]


def read_attributes(element: Element, passed_over: frozenset[str]) -> dict[str, str]:
    """The values of the child elements: those of children with children as `child.grandchild`; the first of a name."""
    attributes: dict[str, str] = {}
    for child in element:
        tag = child.tag
        if tag in passed_over:
            continue
        if tag == "attributes" and len(child):
            for attribute in child.iter("attribute"):
                _keep(attributes, (attribute.findtext("name") or "").strip(), attribute.findtext("value"))
        elif len(child):
            for grandchild in child:
                _keep(attributes, f"{tag}.{grandchild.tag}", grandchild.text)
        elif (tag, (child.text or "").strip()) not in _DEFAULTS:
            _keep(attributes, tag, child.text)
    return attributes


def _parts(element: Element) -> str:
    """The parts of an object as text: `head 30 12 50 32; foot 25 50 35 60`."""
    parts = [[part.findtext("name"), *(part.findtext(f"bndbox/{tag}") for tag in _CORNERS)]
             for part in element.findall("part")]  # fmt: skip
    return "; ".join(" ".join(text.strip() for text in part if text and text.strip()) for part in parts)


def _keep(attributes: dict[str, str], name: str, text: str | None) -> None:
    value = (text or "").strip()
    if name and value:
        attributes.setdefault(
            intern(name[:_NAME_LENGTH]), value if len(value) <= _VALUE_LENGTH else value[:_VALUE_LENGTH]
        )


def _read_name(element: Element) -> str:
    names = {(name.text or "").strip() for name in element.findall("name")}
    if len(names) > 1:
        raise NumberFaultError("malformed-line", f"{len(names)} different <name>, expected one")
    name = next(iter(names), "")
    if not name:
        raise NumberFaultError("malformed-line", "no <name>, expected the class")
    if len(name) > _NAME_LENGTH:
        raise NumberFaultError("malformed-line", f"a <name> of {len(name):,} characters, at most {_NAME_LENGTH}")
    return name


def _read_corners(element: Element) -> Box:
    texts: dict[str, str] = {}
    for child in element:
        text = (child.text or "").strip()
        if texts.setdefault(child.tag, text) != text and child.tag in _CORNERS:
            raise NumberFaultError("malformed-line", f"two different <{child.tag}> in <bndbox>")
    x1, y1, x2, y2 = (_number(texts, side, "bndbox") for side in _CORNERS)
    return x1, y1, x2, y2


def _number(texts: dict[str, str], name: str, parent: str) -> float:
    if not (text := texts.get(name, "")):
        raise NumberFaultError("malformed-line", f"no <{name}> in <{parent}>")
    try:
        return read_coordinate(text)
    except NumberFaultError as fault:
        raise NumberFaultError(fault.check, f"<{name}>: {fault}") from None


def _texts(element: Element) -> dict[str, str]:
    return {child.tag: (child.text or "").strip() for child in element}


def _read_turned(element: Element, labelled: VocObject) -> None:
    """A turned box by centre, size and angle, or by its four corners x1, y1, … x4, y4."""
    texts = _texts(element)
    labelled.is_turned = True
    if "x4" in texts:
        corners = [_number(texts, f"{axis}{number}", element.tag) for number in range(1, 5) for axis in "xy"]
        labelled.polygons = [corners]
        labelled.box = labelled.box or upright_box(corners)
        return
    x, y, width, height, angle = (_number(texts, name, element.tag) for name in _TURNED)
    labelled.turned = (x, y, width, height, angle)


def _read_polygons(element: Element, labelled: VocObject) -> None:
    """Polygons as x1, y1, x2, … or as <pt>. The box round them is the object's, if it has no <bndbox>."""
    try:
        polygons = [_read_polygon(polygon) for polygon in element.findall("polygon") if len(polygon)]
    except NumberFaultError as fault:
        labelled.faulty_mask = f"<polygon>: {fault}"
        return
    if polygons:
        labelled.polygons = polygons
        labelled.box = labelled.box or upright_box([number for polygon in polygons for number in polygon])


def _read_polygon(element: Element) -> list[float]:
    points = element.findall("pt")
    if points:
        numbers = [_number(texts, axis, "pt") for texts in map(_texts, points) for axis in "xy"]
    else:
        texts = _texts(element)
        count = sum(name[:1] == "x" and name[1:].isdecimal() for name in texts)
        numbers = [_number(texts, f"{axis}{number}", "polygon") for number in range(1, count + 1) for axis in "xy"]
    if len(numbers) < 6:
        raise NumberFaultError("malformed-line", f"{len(numbers) // 2} points, expected at least 3")
    return numbers


def _turn_by_attribute(element: Element, labelled: VocObject) -> None:
    """Turns the box by the attribute `rotation`, in degrees: CVAT's VOC files give turned boxes as they were before."""
    if (
        labelled.box is None
        or labelled.polygons
        or element.find("attributes") is None
        or element.find("rotation") is not None
    ):
        return
    try:
        degrees = read_coordinate(labelled.attributes.get("rotation", "0"))
    except NumberFaultError:
        return
    if abs(math.remainder(degrees, 360)) >= _LEAST_DEGREES:
        x1, y1, x2, y2 = labelled.box
        labelled.polygons = [corners_of((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1, math.radians(degrees))]
        labelled.box = upright_box(labelled.polygons[0])
        labelled.is_turned = True
