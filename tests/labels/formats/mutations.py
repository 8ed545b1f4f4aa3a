"""Sound label files of every format, and changes to them that keep most of their structure: for fuzz tests.

A change is (position, kind, value): the position picks a node, a line or a byte by its remainder.
"""

import copy
import json
from typing import Any, Final
from xml.etree import ElementTree

from tests.labels.taken import coco, voc, yolo

Change = tuple[int, str, int]

KINDS: Final = ("drop", "double", "replace", "swap", "cut", "byte", "nest", "rename")
DEEP: list[Any] = []
for _ in range(300):
    DEEP = [DEEP]
# Values of other types and sizes than any tool writes.
VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 0.5, 3.0, 1e308, -1e308, 10**400, float("nan"), float("inf"), 2**31, 2**53 + 1, "",
    " ",
    "0", "nan", "1e999", "-0", "9" * 5000, "x" * 3000, "\ud800", "a\ud800.jpg", "\0", "\u2028", "../../a.jpg", "a.jpg",
    "/etc/passwd", "\u202egpj.a", [], {}, [[]], [{}], {"a": {}}, [0, 0, 0, 0], ["x"] * 5, DEEP,
)  # fmt: skip
NAME, SIZE = "a.jpg", (80, 60)

_LABELME: Final[dict[str, Any]] = {
    "version": "5.4.1", "flags": {}, "imagePath": NAME, "imageData": None, "imageHeight": 60, "imageWidth": 80,
    "shapes": [
        {"label": "cat", "points": [[10, 10], [50, 40]], "shape_type": "rectangle", "flags": {}, "group_id": None},
        {"label": "dog", "points": [[10, 10], [50, 10], [50, 40]], "shape_type": "polygon", "flags": {}, "group_id": 1},
        {"label": "dog", "points": [[30, 30], [40, 30]], "shape_type": "circle", "flags": {}, "group_id": None},
    ],
}  # fmt: skip
_VIA: Final = {
    f"{NAME}123": {
        "filename": NAME, "size": 123, "file_attributes": {},
        "regions": [
            {"shape_attributes": {"name": "rect", "x": 10, "y": 10, "width": 40, "height": 30},
             "region_attributes": {"label": "cat"}},
            {"shape_attributes": {"name": "polygon", "all_points_x": [1, 9, 9], "all_points_y": [1, 1, 9]},
             "region_attributes": {"label": "dog"}},
        ],
    },
}  # fmt: skip
_VOTT: Final = {
    "name": "pets", "tags": [{"name": "cat", "color": "#fff"}], "version": "2.2.0",
    "assets": {"1": {
        "asset": {"format": "jpg", "id": "1", "name": NAME, "path": f"file:/x/{NAME}", "state": 2, "type": 1,
                  "size": {"width": 80, "height": 60}},
        "regions": [{"id": "r", "type": "RECTANGLE", "tags": ["cat"],
                     "boundingBox": {"left": 10, "top": 10, "width": 40, "height": 30},
                     "points": [{"x": 10, "y": 10}, {"x": 50, "y": 10}, {"x": 50, "y": 40}, {"x": 10, "y": 40}]}],
        "version": "2.2.0"}},
}  # fmt: skip
_LABEL_STUDIO: Final = [
    {"id": 1, "data": {"image": f"/data/upload/1/{NAME}"}, "predictions": [],
     "annotations": [{"id": 1, "completed_by": 1, "was_cancelled": False, "result": [
         {"id": "r", "type": "rectanglelabels", "from_name": "l", "to_name": "i", "original_width": 80,
          "original_height": 60, "image_rotation": 0,
          "value": {"x": 10, "y": 10, "width": 50, "height": 50, "rotation": 0, "rectanglelabels": ["cat"]}},
         {"id": "p", "type": "polygonlabels", "from_name": "l", "to_name": "i", "original_width": 80,
          "original_height": 60, "value": {"points": [[1, 1], [9, 1], [9, 9]], "polygonlabels": ["dog"]}}]}]},
]  # fmt: skip
_DETECTRON: Final = [
    {"file_name": f"/x/{NAME}", "image_id": 1, "height": 60, "width": 80, "annotations": [
        {"bbox": [10, 10, 50, 40], "bbox_mode": 0, "category_id": 0, "iscrowd": 0},
        {"bbox": [10, 10, 40, 30], "bbox_mode": 1, "category_id": 1, "segmentation": [[10, 10, 50, 10, 50, 40]]}]},
]  # fmt: skip
_DATUMARO: Final = {
    "info": {}, "categories": {"label": {"labels": [{"name": "cat", "parent": "", "attributes": []}]}},
    "items": [{"id": "a", "attr": {}, "image": {"path": NAME, "size": [60, 80]}, "annotations": [
        {"id": 0, "type": "bbox", "label_id": 0, "bbox": [10, 10, 40, 30], "attributes": {}, "group": 0, "z_order": 0},
        {"id": 1, "type": "polygon", "label_id": 0, "points": [1, 1, 9, 1, 9, 9], "attributes": {}, "group": 0}]}],
}  # fmt: skip
_CVAT: Final = f"""<annotations><version>1.1</version>
<meta><task><labels><label><name>cat</name></label></labels></task></meta>
<image id="0" name="{NAME}" width="80" height="60"><box label="cat" occluded="0" xtl="10" ytl="10" xbr="50" ybr="40"/>
<polygon label="cat" points="1,1;9,1;9,9" occluded="0"/>
<mask label="cat" rle="0, 3, 3" left="1" top="1" width="3" height="2"/>
</image></annotations>"""
_OPEN_IMAGES: Final = (
    "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside\n"
    "a,xclick,/m/01yrx,1,0.1,0.6,0.2,0.7,0,0,0,0,0\na,xclick,/m/0bt9lr,1,0.3,0.9,0.1,0.4,0,1,1,0,0\n"
)
_CSV: Final = (
    "filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,80,60,cat,10,10,50,40\na.jpg,80,60,dog,20,10,60,50\n"
)
_ROWS: Final = (
    yolo("0", 10, 10, 50, 40) + yolo("1", 1, 1, 20, 20) + "0 0.1 0.1 0.2 0.1 0.2 0.3 0.1 0.3 0.15 0.2\n"
    "Car 0.00 0 -1.57 10 10 50 40 1.5 1.6 3.7 1.0 1.8 20.0 -1.6\n"
)
_SEGMENTED: Final = coco([NAME], [
    {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 40, 30], "iscrowd": 0, "area": 1200,
     "segmentation": [[10, 10, 50, 10, 50, 40, 10, 40]]},
    {"id": 2, "image_id": 1, "category_id": 2, "bbox": [0, 0, 2, 2], "iscrowd": 1, "area": 4,
     "segmentation": {"size": [60, 80], "counts": [0, 2, 58, 2, 4738]}},
])  # fmt: skip
# The reader of each -> the label file's name and content.
SOUND: Final[dict[str, tuple[str, Any]]] = {
    "coco": ("x.json", _SEGMENTED),
    "voc": ("a.xml", voc(NAME, ("cat", 10, 10, 50, 40), ("dog", 20, 10, 60, 50))),
    "cvat": ("x.xml", _CVAT),
    "labelme": ("a.json", _LABELME),
    "via": ("x.json", _VIA),
    "vott": ("x.json", _VOTT),
    "labelstudio": ("x.json", _LABEL_STUDIO),
    "detectron2": ("x.json", _DETECTRON),
    "datumaro": ("x.json", _DATUMARO),
    "openimages": ("x.csv", _OPEN_IMAGES),
    "csv": ("x.csv", _CSV),
    "rows": ("a.txt", _ROWS),
}


def mutated(format_id: str, changes: list[Change]) -> tuple[str, bytes]:
    """The name and content of a format's sound file after the changes."""
    name, sound = SOUND[format_id]
    if not isinstance(sound, str):
        content = copy.deepcopy(sound)
        for one in changes:
            content = _change_json(content, one)
        data = _json(content)
    elif name.endswith(".xml"):
        data = _change_xml(sound, changes)
    else:
        data = _change_lines(sound, changes)
    for position, kind, value in changes:
        data = _change_bytes(data, position, kind, value)
    return name, data


def _json(content: Any) -> bytes:
    try:
        return json.dumps(content).encode()
    except (ValueError, RecursionError):
        # An int of 400 digits is fine; one of 5,000 is not, and a thousand levels neither.
        return repr(content).encode("utf-8", "replace")


def _places(content: Any) -> list[tuple[Any, Any]]:
    """Every (list or table, index or key) of a JSON value."""
    found, waiting = [], [content]
    while waiting:
        inner = waiting.pop()
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner))) if isinstance(inner, list) else []
        for key in keys:
            found.append((inner, key))
            if len(found) < 2_000:
                waiting.append(inner[key])
    return found


def _change_json(content: Any, change: Change) -> Any:
    position, kind, value = change
    places = _places(content)
    if not places:
        return VALUES[value % len(VALUES)] if kind == "replace" else content
    holder, key = places[position % len(places)]
    match kind:
        case "drop":
            del holder[key]
        case "double" if isinstance(holder, list):
            holder.insert(key, copy.deepcopy(holder[key]))
        case "replace":
            holder[key] = copy.deepcopy(VALUES[value % len(VALUES)])
        case "swap":
            other, its = places[value % len(places)]
            holder[key], other[its] = copy.deepcopy(other[its]), copy.deepcopy(holder[key])
        case "nest":
            holder[key] = {"x": holder[key]} if value % 2 else [holder[key]]
        case "rename" if isinstance(holder, dict):
            holder[f"{key}{value % 3}"] = holder.pop(key)
    return content


def _change_xml(sound: str, changes: list[Change]) -> bytes:
    root = ElementTree.fromstring(sound)
    for position, kind, value in changes:
        parents = [parent for parent in root.iter() if len(parent)]
        if not parents:
            break
        parent = parents[position % len(parents)]
        number = value % len(parent)
        child, text = parent[number], _text(VALUES[value % len(VALUES)])
        match kind:
            case "drop":
                parent.remove(child)
            case "double":
                parent.insert(number, copy.deepcopy(child))
            case "replace" if child.attrib and position % 2:
                child.set(list(child.attrib)[value % len(child.attrib)], text)
            case "replace":
                child.text = text
            case "nest":
                child.append(copy.deepcopy(parents[value % len(parents)]))
            case "rename":
                child.tag = ("object", "name", "bndbox", "image", "box", "x")[value % 6]
    return ElementTree.tostring(root)


def _text(value: Any) -> str:
    """A value as text that XML can hold."""
    text = str(value) if not isinstance(value, int) or abs(value) < 10**300 else "1" + "0" * 400
    return "".join(sign for sign in text[:6000] if sign >= " " and not "\ud800" <= sign <= "\udfff")


def _change_lines(sound: str, changes: list[Change]) -> bytes:
    lines = [line.split("," if "," in line else " ") for line in sound.splitlines()]
    mark = "," if "," in sound else " "
    for position, kind, value in changes:
        if not lines or not (fields := lines[position % len(lines)]):
            continue
        number = value % len(fields)
        match kind:
            case "drop":
                del fields[number]
            case "double":
                fields.insert(number, fields[number])
            case "replace":
                fields[number] = _text(VALUES[position % len(VALUES)])
            case "swap":
                fields[number], fields[0] = fields[0], fields[number]
            case "nest":
                fields[number] = f'"{fields[number]}'
            case "rename":
                lines.insert(position % len(lines), list(fields))
    return "\n".join(mark.join(fields) for fields in lines).encode("utf-8", "replace") + b"\n"


def _change_bytes(data: bytes, position: int, kind: str, value: int) -> bytes:
    if not data:
        return data
    at = position % len(data)
    if kind == "cut":
        return data[:at]
    if kind == "byte":
        return data[:at] + bytes([value % 256]) + data[at + 1 :]
    return data
