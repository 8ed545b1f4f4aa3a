"""CVAT's XML 1.1, for images and for videos.

Schema (CVAT's documentation, "XML annotation format"): annotations: version, meta, then image* or track*.
  meta   task (or job, project): size, mode (annotation or interpolation), start_frame, stop_frame, frame_filter,
         subset, labels/label/name, original_size (width, height), source (the video's file)
  image  id, name, subset, width, height; shapes: box (xtl, ytl, xbr, ybr, rotation), polygon, polyline, points (points
         "x,y;x,y"), ellipse (cx, cy, rx, ry), mask (rle, left, top, width, height), tag; each with label, occluded,
         source, z_order, attribute*
  track  id, label; box, polygon, ... with frame, outside (1: not to be seen), occluded, keyframe
Rotation is in degrees, clockwise, about the centre. Corners are px.
"""

from tests.labels.layouts.layout import Layout
from tests.labels.layouts.published.scene import SIZES, images_at, scene

_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n'
_LABELS = "<labels><label><name>cat</name></label><label><name>dog</name></label></labels>"
_TASK = f"<meta><task><id>1</id><name>pets</name><size>3</size><mode>annotation</mode>{_LABELS}</task></meta>\n"


def _image(number: int, path: str, shapes: str = "", more: str = "") -> str:
    width, height = SIZES[path.rpartition("/")[2]]
    return f'<image id="{number}" name="{path}"{more} width="{width}" height="{height}">{shapes}</image>\n'


def _box(label: str, corners: str, more: str = 'occluded="0" source="manual" z_order="0"', inside: str = "") -> str:
    sides = " ".join(
        f'{name}="{value}"' for name, value in zip(("xtl", "ytl", "xbr", "ybr"), corners.split(), strict=True)
    )
    return f'<box label="{label}" {more} {sides}>{inside}</box>'


def _tracked(frame: int, corners: str, outside: int = 0) -> str:
    return _box("", corners, f'frame="{frame}" keyframe="1" outside="{outside}" occluded="0" z_order="0"').replace(
        'label="" ', ""
    )


_CAT_A, _DOG_A, _CAT_B = "20.00 10.00 80.00 60.00", "100.00 20.00 180.00 90.00", "12.00 40.00 72.00 120.00"
_FRAMES = {f"frame_{number:06}.jpg": (200, 100) for number in range(4)}

LAYOUTS = {
    "a task of images": Layout(
        format="cvat",
        images=SIZES,
        files={
            "annotations.xml": _HEAD
            + _TASK
            + _image(0, "a.jpg", _box("cat", _CAT_A) + _box("dog", _DOG_A))
            + _image(1, "b.jpg", _box("cat", _CAT_B, inside='<attribute name="age">young</attribute>'))
            + _image(2, "c.jpg")
            + "</annotations>\n"
        },
        objects=scene(),
        background=("c.jpg",),
    ),
    "a project with subsets and folders": Layout(
        format="cvat",
        images=images_at("images/train/a.jpg", "images/val/b.jpg"),
        files={
            "annotations.xml": f"{_HEAD}<meta><project><id>2</id>{_LABELS}</project></meta>\n"
            + _image(0, "a.jpg", _box("cat", _CAT_A) + _box("dog", _DOG_A), ' subset="train" task_id="1"')
            + _image(1, "b.jpg", _box("cat", _CAT_B), ' subset="val" task_id="2"')
            + "</annotations>\n"
        },
        objects=scene("images/train/a.jpg", "images/val/b.jpg"),
        splits={"images/train/a.jpg": "train", "images/val/b.jpg": "val"},
    ),
    # A tag is an attribute of the image. The cat of b.jpg is an ellipse about (42, 80) with radii 30 and 40.
    "polygons, ellipses and tags": Layout(
        format="cvat",
        images=images_at("images/a.jpg", "images/b.jpg"),
        files={
            "annotations.xml": _HEAD
            + _TASK
            + _image(
                0,
                "a.jpg",
                _box("cat", _CAT_A)
                + '<polygon label="dog" occluded="0" points="100.0,20.0;180.0,20.0;180.0,90.0;120.0,90.0"></polygon>'
                + '<tag label="dog" source="manual"></tag>',
            )
            + _image(
                1, "b.jpg", '<ellipse label="cat" occluded="0" cx="42.00" cy="80.00" rx="30.00" ry="40.00"></ellipse>'
            )
            + "</annotations>\n"
        },
        objects=scene("images/a.jpg", "images/b.jpg"),
    ),
    # The dog's box is drawn 70 x 80 px about (140, 55) and turned by 90 degrees.
    "turned boxes": Layout(
        format="cvat",
        images=images_at("a.jpg", "b.jpg"),
        files={
            "annotations.xml": _HEAD
            + _TASK
            + _image(
                0,
                "a.jpg",
                _box("cat", _CAT_A) + _box("dog", "105.00 15.00 175.00 95.00", 'occluded="0" rotation="90.00"'),
            )
            + _image(1, "b.jpg", _box("cat", _CAT_B))
            + "</annotations>\n"
        },
        objects=scene(),
        looks=("rotated-box",),
    ),
    # Frames between keyframes are written out by CVAT; a box with outside="1" ends a track.
    "a video, with its frames as images": Layout(
        format="cvat",
        images=_FRAMES,
        files={
            "annotations.xml": f"{_HEAD}<meta><task><id>3</id><name>walk</name><size>4</size><mode>interpolation</mode>"
            "<start_frame>0</start_frame><stop_frame>3</stop_frame><frame_filter></frame_filter>"
            f"{_LABELS}<original_size><width>200</width><height>100</height></original_size><source>walk.mp4</source>"
            "</task></meta>\n"
            f'<track id="0" label="cat" source="manual">{_tracked(0, _CAT_A)}{_tracked(1, "22 10 82 60")}'
            f"{_tracked(2, '22 10 82 60', outside=1)}</track>\n"
            f'<track id="1" label="dog" source="manual">{_tracked(1, _DOG_A)}{_tracked(2, _DOG_A, outside=1)}</track>\n'
            "</annotations>\n"
        },
        objects=(
            ("frame_000000.jpg", "cat", (20, 10, 80, 60)),
            ("frame_000001.jpg", "cat", (22, 10, 82, 60)),
            ("frame_000001.jpg", "dog", (100, 20, 180, 90)),
        ),
        background=("frame_000002.jpg", "frame_000003.jpg"),
        left_out={"outside the frame": 2},
        looks=("left-out",),
    ),
}
