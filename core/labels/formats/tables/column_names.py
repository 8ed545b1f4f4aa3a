"""What the name of a column says: its role in a table of boxes, and the unit of its numbers."""

import re
from dataclasses import dataclass
from typing import Final

from core.csv_files import COLUMN_NAMES, plain_name
from core.labels.formats.written import Unit

# All in the spelling of `plain_name`. The first name of a role that a table has counts: paths before names before ids.
IMAGE_NAMES: Final = (
    *("imagepath", "imgpath", "imagefilepath", "filepath", "path", "imagefilename", "imgfilename", "imagefile"),
    *("imgfile", "filename", "imagename", "imgname", "image", "img", "file", "framename", "framefile", "externalid"),
    *("imageuri", "imageurl", "uri", "url", "photo", "picture", "pic", "frame", "imageid", "imgid", "fileid"),
    *("frameid", "framenumber", "frameindex"),
)
CLASS_NAMES: Final = (
    *("classname", "categoryname", "labelname", "clsname", "class", "category", "label", "cls", "objectclass"),
    *("objectname", "objecttype", "objectlabel", "classlabel", "tagname", "tag", "annotationtag", "type", "species"),
    *("name", "target", "object", "kind", "klasse", "clase", "classe"),
    *("classid", "categoryid", "labelid", "clsid", "typeid", "classindex", "classidx", "classno", "classnumber"),
)
SPLIT_NAMES: Final = ("split", "subset", "partition", "set", "usage", "mluse", "phase", "datasplit", "dataset")
CROWD_NAMES: Final = ("iscrowd", "crowd", "isgroupof", "groupof", "isgroup")
FOLDER_NAMES: Final = ("folder", "directory", "dir", "imagefolder", "imagedir", "subfolder", "subdir")
ANGLE_NAMES: Final = ("angle", "rotation", "theta", "rotationangle", "rot", "orientation", "bboxangle")
BOX_NAMES: Final = (
    *("bbox", "bboxes", "box", "boundingbox", "bndbox", "bboxxyxy", "bboxxywh", "bboxcxcywh", "boxxyxy", "boxxywh"),
    *("bboxcoco", "bboxpascal", "bboxvoc", "bboxyolo", "coordinates", "coords", "rect", "roi"),
)
SCORE_NAMES: Final = (*COLUMN_NAMES["score"], "probability", "prob", "certainty")

_CORNER: Final = {
    "x1": (
        "left",
        "xleft",
        "leftx",
        "topx",
        "xtl",
        "tlx",
        "topleftx",
        "lefttopx",
        "xtopleft",
        "upperleftx",
        "upperleftcornerx",
    ),
    "y1": (
        "top",
        "ytop",
        "topy",
        "lefty",
        "ytl",
        "tly",
        "toplefty",
        "lefttopy",
        "ytopleft",
        "upperlefty",
        "upperleftcornery",
    ),
    "x2": (
        *(
            "right",
            "xright",
            "rightx",
            "bottomx",
            "xbr",
            "brx",
            "bottomrightx",
            "rightbottomx",
            "xbottomright",
            "lowerrightx",
        ),
        "lowerrightcornerx",
    ),
    "y2": (
        *(
            "bottom",
            "ybottom",
            "bottomy",
            "righty",
            "ybr",
            "bry",
            "bottomrighty",
            "rightbottomy",
            "ybottomright",
            "lowerrighty",
        ),
        "lowerrightcornery",
    ),
}
_ENDS: Final = {
    "1": ("min{}", "{}min", "start{}", "{}start", "{}from"),
    "2": ("max{}", "{}max", "end{}", "{}end", "{}to"),
    "c": ("c{}", "{}c", "{}center", "{}centre", "center{}", "centre{}", "{}ctr", "ctr{}", "{}mid", "mid{}", "{}cen"),
}
_PREFIX: Final = re.compile(
    r"(bboxes|bbox|boxes|box|boundingbox|bndbox|bb|roi|gt|rect|region|annotation|ann|obj|coords?)"
)
_SUFFIX: Final = re.compile(r"(coordinates?|coords?|position|pos)$")
_UNITS: Final = (
    (re.compile(r"(normali[sz]ed|norm|relative|rel)"), Unit.SHARE),
    (re.compile(r"(percentage|percent|pct)"), Unit.PERCENT),
    (re.compile(r"(pixels|pixel|px)"), Unit.PX),
)
_IMAGE_SIZE: Final = re.compile(r"(?:image|img|im|pic|picture|frame|photo|original|orig|source)(width|w|height|h)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The role of a column of a box: x0 to x4 and y0 to y4 (corners), x, y, xc, yc (centre), w, h.

    `unit` as the name says it. `is_box`: the name says that it is the box's, so it is not the image's size.
    """

    role: str
    unit: Unit | None = None
    is_box: bool = False


def _coordinates() -> dict[str, str]:
    roles = {f"{axis}{number}": f"{axis}{number}" for axis in "xy" for number in range(5)}
    roles |= {"x": "x", "y": "y", "w": "w", "h": "h", "width": "w", "height": "h"}
    for role, names in _CORNER.items():
        roles |= dict.fromkeys(names, role)
    for axis in "xy":
        for end, patterns in _ENDS.items():
            roles |= {pattern.format(axis): axis + end for pattern in patterns}
    return roles


_COORDINATES: Final = _coordinates()


def place_of(name: str) -> Place | None:
    """The role of a column of a box by its name; None for any other column."""
    plain = plain_name(name)
    if len(plain) > 60:
        return None
    if role := _COORDINATES.get(plain):
        return Place(role=role, is_box=plain in ("w", "h"))
    unit = None
    for pattern, stated in _UNITS:
        if (shorter := pattern.sub("", plain, count=1)) != plain:
            plain, unit = shorter, stated
    bare = plain
    # At most two: `bbox_coord_x`.
    for _ in range(2):
        if role := _COORDINATES.get(bare):
            return Place(role=role, unit=unit, is_box=bare != plain or bare in ("w", "h") or unit is not None)
        bare = _SUFFIX.sub("", _PREFIX.sub("", bare, count=1) if _PREFIX.match(bare) else bare)
    role = _COORDINATES.get(bare)
    return Place(role=role, unit=unit, is_box=True) if role else None


def image_side(name: str) -> str:
    """`w` or `h` for a column that is named after the image's width or height; "" for any other."""
    match = _IMAGE_SIZE.fullmatch(plain_name(name)[:40])
    return match[1][0] if match else ""


def first_of(plain_names: list[str], wanted: tuple[str, ...]) -> list[int]:
    """The columns with one of the names, in the order of the names."""
    return [column for name in wanted for column, plain in enumerate(plain_names) if plain == name]
