"""Rule 2: evidence is weighed by folder, label file and row length; what rows hold tells them apart."""

import math
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.labels.taken import Box, Files, take, yolo

SIZE = (80, 60)
NAMES = {"classes.txt": "cat\ndog\n"}


def corners(count: int = 12, seed: int = 1) -> list[tuple[float, float, float, float]]:
    """Boxes anywhere in an image of 80 x 60 px, to 0.01 px."""
    drawn = random.Random(seed)
    boxes = []
    for _ in range(count):
        x, y, width, height = drawn.uniform(0, 44), drawn.uniform(0, 34), drawn.uniform(8, 35), drawn.uniform(8, 25)
        boxes.append((round(x, 2), round(y, 2), round(x + width, 2), round(y + height, 2)))
    return boxes


def shares(x1: float, y1: float, x2: float, y2: float) -> str:
    return yolo("0", x1, y1, x2, y2).split(" ", 1)[1].strip()


def polygon(x1: float, y1: float, x2: float, y2: float, points: int = 6) -> str:
    """A polygon with its extremes at the box's sides."""
    xs, ys = (x1, (x1 + x2) / 2, x2, x2, (x1 + x2) / 2, x1), (y1, y1, y1, y2, y2, y2)
    return " ".join(f"{x / 80:.6f} {y / 60:.6f}" for x, y in list(zip(xs, ys, strict=True))[:points])


Row = Callable[[float, float, float, float], str]
# What follows the class in each row, as tools write it; all are the same boxes.
KINDS: dict[str, Row] = {
    "YOLO": shares,
    "a confidence behind the box": lambda *box: f"{shares(*box)} 0.83",
    "a confidence before the box": lambda *box: f"0.83 {shares(*box)}",
    "a track behind the box": lambda *box: f"{shares(*box)} 17",
    "a score and a track": lambda *box: f"{shares(*box)} 0.83 17",
    "a pose": lambda *box: f"{shares(*box)} " + " ".join(
        f"{(box[0] + box[2]) / 160:.6f} {(box[1] + box[3]) / 120:.6f} 2" for _ in range(3)),
    "px": lambda *box: " ".join(f"{side:.2f}" for side in box),
    "a score before px": lambda *box: "0.83 " + " ".join(f"{side:.2f}" for side in box),
    "a difficulty behind px": lambda *box: " ".join(f"{side:.2f}" for side in box) + " 0",
    "polygons": polygon,
    "decimal commas": lambda *box: shares(*box).replace(".", ","),
    "commas between fields": lambda *box: ", ".join(["", *shares(*box).split()])[2:].replace(" ", ""),
    "KITTI": lambda *box: "0.00 0 -1.57 " + " ".join(f"{side:.2f}" for side in box) + " 1.5 1.6 3.7 1.0 1.8 20.0 -1.6",
}  # fmt: skip


def files_of(row: Row, boxes: list[tuple[float, float, float, float]], stem: str = "a", label: str = "cat") -> Files:
    mark = "," if row(*boxes[0]).count(",") == 3 else " "
    return {f"{stem}.jpg": SIZE, f"{stem}.txt": "".join(f"{label}{mark}{row(*box)}\n" for box in boxes)}


def near(have: dict[str, list[Box]], wanted: dict[str, list[tuple[float, ...]]]) -> bool:
    return have.keys() == wanted.keys() and all(
        len(have[image]) == len(boxes)
        and all(
            abs(left - right) <= 0.5
            for box, other in zip(have[image], boxes, strict=True)
            for left, right in zip(box[1:], other, strict=True)
        )
        for image, boxes in wanted.items()
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_is_read_by_what_it_holds(kind: str, tmp_path: Path) -> None:
    boxes = corners()
    taken = take(tmp_path, files_of(KINDS[kind], boxes))
    assert taken.blocks == []
    assert near(taken.boxes, {"a.jpg": list(boxes)})


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith("a ") and kind != "a pose"])
def test_columns_that_are_not_read_are_said(kind: str, tmp_path: Path) -> None:
    assert "column" in take(tmp_path, files_of(KINDS[kind], corners())).said("extra-columns")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("YOLO", "polygons")])
def test_each_folder_is_read_by_itself(kind: str, tmp_path: Path) -> None:
    boxes, others = corners(), corners(seed=2)
    files = files_of(KINDS["YOLO"], boxes, "one/a", "cat") | files_of(KINDS[kind], others, "two/b", "cat")
    taken = take(tmp_path, files)
    assert taken.blocks == []
    assert near(taken.boxes, {"one/a.jpg": list(boxes), "two/b.jpg": list(others)})


def test_box_rows_do_not_follow_polygon_rows(tmp_path: Path) -> None:
    boxes, single = corners(20), (30.0, 15.0, 70.0, 45.0)
    lines = [f"0 {polygon(*box)}\n" for box in boxes]
    lines.insert(7, f"1 {shares(*single)}\n")
    taken = take(tmp_path, {"a.jpg": SIZE, "a.txt": "".join(lines)} | NAMES)
    assert [box for box in taken.boxes["a.jpg"] if box[0] == "dog"] == [("dog", *single)]
    assert len(taken.boxes["a.jpg"]) == 21


def test_a_label_file_in_another_unit_than_its_folder_goes_by_its_own(tmp_path: Path) -> None:
    boxes, others = corners(), corners(seed=2)
    taken = take(tmp_path, files_of(KINDS["YOLO"], boxes, "a") | files_of(KINDS["px"], others, "b"))
    assert taken.blocks == []
    assert near(taken.boxes, {"a.jpg": list(boxes), "b.jpg": list(others)})
    assert "b.txt, are in pixels" in taken.said("mixed-coordinates")


def test_a_rare_layout_needs_more_than_two_boxes(tmp_path: Path) -> None:
    taken = take(tmp_path, {"a.jpg": SIZE, "a.txt": "cat 10 20 50 75\ncat 10 10 50 40\n"})
    assert "y1 x1" not in taken.said("doubtful-reading")
    assert taken.boxes == {"a.jpg": [("cat", 10, 20, 50, 60), ("cat", 10, 10, 50, 40)]}


def test_a_label_file_in_another_layout_than_its_folder_goes_by_its_own_and_is_said(tmp_path: Path) -> None:
    files: Files = {}
    for seed, stem in enumerate("abcd", 1):
        files |= files_of(KINDS["px"], corners(seed=seed), stem)
    files |= files_of(
        lambda x1, y1, x2, y2: f"{(x1 + x2) / 2:.2f} {(y1 + y2) / 2:.2f} {x2 - x1:.2f} {y2 - y1:.2f}",
        corners(seed=9), "e",
    )  # fmt: skip
    taken = take(tmp_path, files)
    seeds = dict(zip("abcde", (1, 2, 3, 4, 9), strict=True))
    assert near(taken.boxes, {f"{stem}.jpg": list(corners(seed=seed)) for stem, seed in seeds.items()})
    assert "e.txt, were read as centre and size in pixels" in taken.said("doubtful-reading")


def test_a_line_that_has_another_unit_than_its_file_blocks(tmp_path: Path) -> None:
    lines = "".join(f"cat {KINDS['px'](*box)}\n" for box in corners(9)) + f"cat {shares(*corners()[0])}\n"
    taken = take(tmp_path, {"a.jpg": SIZE, "a.txt": lines})
    assert taken.blocks == [("mixed-coordinates", "a.txt")]
    assert len(taken.boxes["a.jpg"]) == 9


def round_the_middle(seed: int, points: int = 5) -> list[tuple[float, float]]:
    """The corners of a small polygon in the middle of the image, as shares."""
    drawn = random.Random(seed)
    x, y, radius, turn = (drawn.uniform(*limits) for limits in ((0.47, 0.53), (0.47, 0.53), (0.08, 0.12), (0, 6)))
    angles = [turn + 2 * math.pi * number / points for number in range(points)]
    return [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]


@pytest.mark.parametrize("count", [1, 2, 6])
def test_small_polygons_in_the_middle_are_no_keypoints(count: int, tmp_path: Path) -> None:
    shapes = [round_the_middle(seed) for seed in range(count)]
    lines = "".join("0 " + " ".join(f"{x:.6f} {y:.6f}" for x, y in shape) + "\n" for shape in shapes)
    taken = take(tmp_path, {"a.jpg": SIZE, "a.txt": lines} | NAMES)
    boxes = [[side for at in (min, max) for side in (at(x for x, _ in shape) * 80, at(y for _, y in shape) * 60)]
             for shape in shapes]  # fmt: skip
    assert near(taken.boxes, {"a.jpg": [tuple(box) for box in boxes]})


@pytest.mark.parametrize(("count", "is_read"), [(6, True), (2, False)])
def test_keypoints_without_visibility_are_left_out_or_block(count: int, is_read: bool, tmp_path: Path) -> None:
    drawn, lines = random.Random(3), ""
    for x1, y1, x2, y2 in corners(count):
        inside = [(drawn.uniform(x1, x2) / 80, drawn.uniform(y1, y2) / 60) for _ in range(8)]
        lines += f"0 {shares(x1, y1, x2, y2)} " + " ".join(f"{x:.6f} {y:.6f}" for x, y in inside) + "\n"
    taken = take(tmp_path, {"a.jpg": SIZE, "a.txt": lines, "b.jpg": SIZE, "b.txt": yolo("0", 1, 1, 20, 20)} | NAMES)
    if is_read:
        assert near({"a.jpg": taken.boxes["a.jpg"]}, {"a.jpg": list(corners(count))})
    else:
        assert ("doubtful-reading", "a.txt") in taken.blocks


def test_rows_that_can_be_triangles_or_boxes_block_and_none_comes_in(tmp_path: Path) -> None:
    lines = "".join(f"0 0.{number}1 0.2{number} 0.3{number} 0.25 0.35 0.4{number}\n" for number in range(1, 6))
    taken = take(tmp_path, {"a.jpg": SIZE, "a.txt": lines, "b.jpg": SIZE, "b.txt": yolo("0", 1, 1, 20, 20)} | NAMES)
    assert ("doubtful-reading", "a.txt") in taken.blocks
    assert set(taken.boxes) == {"b.jpg"}
    assert taken.uses["a.jpg"] == "unlabelled"
