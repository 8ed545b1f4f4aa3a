"""Layouts that other programs wrote, and what these programs read from them.

referees/make_fixtures.py writes them anew. All programs wrote one scene of four images and seven objects.
"""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.labels.layouts.layout import (
    Layout,
    Object,
    blocked,
    differences,
    differing,
    facts_expected,
    facts_of,
    read_folder,
    write_layout,
)
from tests.labels.layouts.referees.differences import DIFFERENCES
from tests.labels.layouts.referees.fixtures import Fixture, fixtures
from tests.labels.layouts.referees.scene import SPLITS, Box

FIXTURES = fixtures()
AS_WRITTEN: Box = (0, 0, 0, 0)
# supervision counts VOC's pixels from 1 and keeps the last one in the box: 20 to 80 becomes 21 to 80.
FROM_ONE: Box = (1, 1, 0, 0)
# supervision draws the border of a mask through the middle of its last pixels.
INNER_BORDER: Box = (0, 0, -1, -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is to be read apart from the scene. Without a file or entry, the fourth image is not background."""

    format: str
    is_background: bool = True
    has_splits: bool = False
    crowd: int = 0
    masks: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    looks: tuple[str, ...] = ()
    moved: Box = AS_WRITTEN


LEFT_OUT = "left-out"
EXPECTED = {
    "datumaro: coco_instances": Expected(format="coco"),
    "datumaro: coco_instances, two subsets": Expected(format="coco", has_splits=True),
    "datumaro: coco_instances, polygons": Expected(format="coco"),
    "datumaro: coco_instances, run lengths": Expected(format="coco", crowd=7, looks=("mostly-crowds",)),
    "datumaro: coco, all tasks": Expected(
        format="coco",
        left_out={"also in annotations/instances_default.json": 7},
        looks=("same-labels", LEFT_OUT, "no-objects"),
    ),
    "datumaro: coco_person_keypoints": Expected(format="coco", looks=("left-out",)),
    "datumaro: cvat": Expected(format="cvat"),
    "datumaro: cvat, polygons": Expected(format="cvat"),
    "datumaro: datumaro": Expected(format="datumaro"),
    "datumaro: datumaro, two subsets": Expected(format="datumaro", has_splits=True),
    "datumaro: datumaro, polygons": Expected(format="datumaro"),
    "datumaro: kitti_detection": Expected(format="kitti", is_background=False),
    "datumaro: open_images": Expected(
        format="openimages", is_background=False, looks=(LEFT_OUT, "left-out")
    ),
    "datumaro: open_images, two subsets": Expected(
        format="openimages", is_background=False, has_splits=True, looks=(LEFT_OUT, "left-out")
    ),
    "datumaro: voc_detection": Expected(format="voc", is_background=False),
    "datumaro: voc_detection, two subsets": Expected(format="voc", is_background=False, has_splits=True),
    "datumaro: voc, with masks": Expected(format="voc", is_background=False, masks=6, looks=(LEFT_OUT,)),
    "datumaro: yolo": Expected(format="yolo", has_splits=True),
    "datumaro: yolo_ultralytics": Expected(format="yolo", has_splits=True),
    "labelformat: COCO": Expected(format="coco"),
    "labelformat: COCO, polygons": Expected(format="coco"),
    "labelformat: COCO, run lengths": Expected(format="coco", crowd=7, looks=("mostly-crowds",)),
    "labelformat: CVAT task": Expected(format="cvat"),
    "labelformat: CVAT project": Expected(format="cvat"),
    "labelformat: KITTI": Expected(format="kitti"),
    "labelformat: Pascal VOC": Expected(format="voc"),
    "labelformat: YOLOv8": Expected(format="yolo"),
    "labelformat: YOLOv8, polygons": Expected(format="yolo"),
    "pycocotools: compressed masks": Expected(format="coco"),
    "pycocotools: polygons as run lengths, a crowd": Expected(format="coco", crowd=1),
    "supervision: COCO": Expected(format="coco"),
    "supervision: COCO, polygons": Expected(format="coco"),
    "supervision: LabelMe": Expected(format="labelme"),
    "supervision: LabelMe, polygons": Expected(format="labelme", moved=INNER_BORDER),
    "supervision: Pascal VOC": Expected(format="voc", moved=FROM_ONE),
    "supervision: Pascal VOC, polygons": Expected(format="voc", moved=FROM_ONE),
    "supervision: YOLO": Expected(format="yolo"),
    "supervision: YOLO, polygons": Expected(format="yolo", moved=INNER_BORDER),
    "supervision: YOLO, oriented boxes": Expected(format="yolo", looks=("rotated-box",)),
}  # fmt: skip


def test_at_least_25_layouts_are_written_by_others() -> None:
    assert set(EXPECTED) == set(FIXTURES)
    assert len(FIXTURES) >= 25
    assert {fixture.program for fixture in FIXTURES.values()} == {
        "datumaro",
        "labelformat",
        "pycocotools",
        "supervision",
    }


@pytest.mark.parametrize("name", EXPECTED)
def test_a_layout_of_another_program_is_read_as_it_was_written(name: str, tmp_path: Path) -> None:
    layout = _layout(FIXTURES[name], EXPECTED[name])
    reading = read_folder(write_layout(tmp_path / "source", layout))
    assert blocked(reading) == []
    assert differences(reading, layout) == ""
    assert facts_of(reading) == facts_expected(layout)


@pytest.mark.parametrize(
    ("name", "referee"), [(name, referee) for name in FIXTURES for referee in FIXTURES[name].read_by]
)
def test_referees_read_the_same_unless_the_table_says_why_not(name: str, referee: str) -> None:
    fixture = FIXTURES[name]
    verdict = fixture.read_by[referee]
    expected = fixture.objects(EXPECTED[name].moved)
    difference = verdict if isinstance(verdict, str) else differing(_by_path(fixture, verdict), expected)
    # DIFFERENCES says who is right and why; an entry that is no longer true fails, too.
    if (name, referee) in DIFFERENCES:
        assert difference, f"no longer: {DIFFERENCES[name, referee]}"
    else:
        assert difference == ""


def _layout(fixture: Fixture, expected: Expected) -> Layout:
    empty = fixture.image_of("empty.jpg")
    masks = tuple(path for path in fixture.images if path.endswith(".png"))
    assert len(masks) == expected.masks
    return Layout(
        format=expected.format,
        images=fixture.images,
        files=fixture.files,
        objects=tuple(fixture.objects(expected.moved)),
        crowd=expected.crowd,
        splits={fixture.image_of(name): split for name, split in SPLITS.items()} if expected.has_splits else {},
        background=(empty,) if expected.is_background else (),
        unlabelled=() if expected.is_background else (empty,),
        companions=masks,
        left_out=expected.left_out,
        looks=expected.looks,
    )


def _by_path(fixture: Fixture, objects: list[Object]) -> list[Object]:
    return [(fixture.image_of(image), name, box) for image, name, box in objects]
