"""Rule 3: a reading that needs repair is doubted; a rival that needs a tenth of the repairs is taken and said."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.labels.taken import Box, Files, coco, image, take, voc, yolo

SIZE = (80, 60)
Corners = tuple[float, float, float, float]


def boxes(count: int = 40, seed: int = 1) -> list[Corners]:
    drawn = random.Random(seed)
    found = []
    for _ in range(count):
        x, y, width, height = drawn.uniform(0, 44), drawn.uniform(0, 34), drawn.uniform(8, 35), drawn.uniform(8, 25)
        found.append((round(x, 1), round(y, 1), round(x + width, 1), round(y + height, 1)))
    return found


LAYOUTS: dict[str, Callable[[float, float, float, float], Corners]] = {
    "centre and size in pixels": lambda x1, y1, x2, y2: ((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1),
    "first corner and size in pixels": lambda x1, y1, x2, y2: (x1, y1, x2 - x1, y2 - y1),
    "corners x1 x2 y1 y2 in pixels": lambda x1, y1, x2, y2: (x1, x2, y1, y2),
    "corners y1 x1 y2 x2 in pixels": lambda x1, y1, x2, y2: (y1, x1, y2, x2),
    "corners from 0 to 1": lambda x1, y1, x2, y2: (x1 / 80, y1 / 60, x2 / 80, y2 / 60),
    "first corner and size from 0 to 1": lambda x1, y1, x2, y2: (x1 / 80, y1 / 60, (x2 - x1) / 80, (y2 - y1) / 60),
}


def rows(written: list[Corners]) -> Files:
    lines = "".join("cat " + " ".join(f"{side:.6f}" for side in row) + "\n" for row in written)
    return {"a.jpg": SIZE, "a.txt": lines}


def is_near(have: list[Box], wanted: list[Corners]) -> bool:
    return len(have) == len(wanted) and all(
        abs(left - right) <= 0.5
        for box, other in zip(have, wanted, strict=True)
        for left, right in zip(box[1:], other, strict=True)
    )


@pytest.mark.parametrize("words", LAYOUTS)
def test_a_rival_that_needs_hardly_a_repair_is_taken_and_said(words: str, tmp_path: Path) -> None:
    taken = take(tmp_path, rows([LAYOUTS[words](*box) for box in boxes()]))
    assert taken.blocks == []
    assert is_near(taken.boxes["a.jpg"], boxes())
    assert words in taken.said("doubtful-reading")
    (group,) = taken.examination.reading.groups
    assert group.rivals
    assert group.repairs == 0


@pytest.mark.parametrize("words", list(LAYOUTS)[:2])
def test_a_format_that_states_its_frame_is_questioned_too(words: str, tmp_path: Path) -> None:
    written = [("cat", *(round(side, 1) for side in LAYOUTS[words](*box))) for box in boxes()]
    taken = take(tmp_path, {"a.jpg": SIZE, "a.xml": voc("a.jpg", *written)})
    assert is_near(taken.boxes["a.jpg"], boxes())
    assert words in taken.said("doubtful-reading")


def test_coco_corners_where_corner_and_size_are_expected(tmp_path: Path) -> None:
    taken = take(tmp_path, {"a.jpg": SIZE, "x.json": coco(["a.jpg"], [(1, 1, *box) for box in boxes()])})
    assert is_near(taken.boxes["a.jpg"], boxes())
    assert "corners in pixels" in taken.said("doubtful-reading")


SMALL = [(2.0, 2.0, 20.0, 12.0), (4.0, 6.0, 30.0, 20.0), (8.0, 3.0, 18.0, 25.0)]  # inside as corners, and as sizes


def masked(box: Corners, numbers: Corners, number: int = 1) -> dict[str, object]:
    """A COCO object with these numbers as its box, and a mask of the true corners."""
    x1, y1, x2, y2 = box
    mask = [[x1, y1, x2, y1, x2, y2, x1, y2]]
    return {"id": number, "image_id": 1, "category_id": 1, "bbox": list(numbers), "segmentation": mask}


@pytest.mark.parametrize("words", ["corners", "centre and size"])
def test_boxes_that_contradict_their_masks_are_read_as_they_agree(words: str, tmp_path: Path) -> None:
    written = SMALL if words == "corners" else [LAYOUTS["centre and size in pixels"](*box) for box in SMALL]
    objects = [masked(box, numbers, place) for place, (box, numbers) in enumerate(zip(SMALL, written, strict=True))]
    taken = take(tmp_path, {"a.jpg": SIZE, "x.json": coco(["a.jpg"], objects)})
    assert is_near(taken.boxes["a.jpg"], SMALL)
    assert f"read as {words} in pixels" in taken.said("doubtful-reading")


def test_boxes_that_contradict_their_areas_are_read_as_they_agree(tmp_path: Path) -> None:
    objects = [
        {"id": place, "image_id": 1, "category_id": 1, "bbox": list(box), "area": (box[2] - box[0]) * (box[3] - box[1])}
        for place, box in enumerate(SMALL)
    ]
    taken = take(tmp_path, {"a.jpg": SIZE, "x.json": coco(["a.jpg"], objects)})
    assert is_near(taken.boxes["a.jpg"], SMALL)


@pytest.mark.parametrize("wrong", [(40, 30, 60, 50), (0, 0, 1, 1)], ids=["elsewhere", "a speck"])
def test_an_mask_that_no_reading_explains_changes_none(wrong: Corners, tmp_path: Path) -> None:
    objects = [masked(wrong, LAYOUTS["first corner and size in pixels"](*box), n) for n, box in enumerate(SMALL)]
    taken = take(tmp_path, {"a.jpg": SIZE, "x.json": coco(["a.jpg"], objects)})
    assert is_near(taken.boxes["a.jpg"], SMALL)
    assert not taken.said("doubtful-reading")


@pytest.mark.parametrize(
    ("odd", "check"),
    [
        pytest.param((-30, 10, 20, 30), "over-border", id="one over the border"),
        pytest.param((60, 50, 40, 20), "swapped-corners", id="one with swapped corners"),
        pytest.param((90, 10, 120, 30), "outside-image", id="one outside of the image"),
        pytest.param((10, 10, 10, 30), "zero-area", id="one without an area"),
    ],
)
@pytest.mark.parametrize("count", [3, 9, 40])
def test_the_odd_object_is_fixed_and_changes_no_reading(odd: Corners, check: str, count: int, tmp_path: Path) -> None:
    # Small boxes near the first corner, which fit as corner and size as well.
    sound: list[Corners] = [(5 + n % 7, 5 + n % 5, 20 + n % 11, 18 + n % 13) for n in range(count)]
    taken = take(tmp_path, {"a.jpg": SIZE, "a.xml": voc("a.jpg", *(("cat", *box) for box in [*sound, odd]))})
    kept = [box for box in taken.boxes["a.jpg"] if box[1:] in sound]
    assert len(kept) == len(set(sound))
    assert taken.said(check)
    assert taken.blocks == []
    assert not taken.said("doubtful-reading")


def test_of_two_rows_that_no_format_explains_one_is_enough(tmp_path: Path) -> None:
    taken = take(tmp_path, {"a.jpg": SIZE, "a.txt": "cat 30 25 40 30\ncat 60 40 20 20\n"})
    assert taken.boxes == {"a.jpg": [("cat", 10, 10, 50, 40), ("cat", 50, 30, 70, 50)]}
    assert "centre and size in pixels" in taken.said("doubtful-reading")


@pytest.mark.parametrize(
    ("by", "is_repair"),
    [(0.4, False), (0.6, True), (3.0, True)],
    ids=["under half a pixel", "over half a pixel", "over one per cent"],
)
def test_a_repair_counts_from_half_a_pixel_and_one_per_cent(by: float, is_repair: bool, tmp_path: Path) -> None:
    taken = take(tmp_path, {"a.jpg": SIZE, "a.xml": voc("a.jpg", ("cat", 50, 10, 80 + by, 30))})
    assert [group.repairs for group in taken.examination.reading.groups] == [int(is_repair)]


def test_a_large_box_that_ends_a_little_outside_needs_no_repair(tmp_path: Path) -> None:
    taken = take(tmp_path, {"a.jpg": (800, 600), "a.xml": voc("a.jpg", ("cat", 0, 0, 806, 600), size=(800, 600))})
    assert [group.repairs for group in taken.examination.reading.groups] == [0]


@pytest.mark.parametrize(("count", "is_blocked"), [(8, False), (12, True)])
def test_over_half_of_ten_objects_dropped_or_swapped_block(count: int, is_blocked: bool, tmp_path: Path) -> None:
    # Far outside of the image, whatever the numbers mean.
    lost: list[Corners] = [(500 + n, 500, 520 + n, 530) for n in range(count)]
    files = {"a.jpg": SIZE, "a.xml": voc("a.jpg", *(("cat", *box) for box in [*lost, (5, 5, 30, 30)]))}
    taken = take(tmp_path, files | {"b.jpg": SIZE, "sub/b.xml": voc("b.jpg", ("cat", 5, 5, 30, 30))})
    assert (taken.blocks == [("doubtful-reading", "a.xml")]) is is_blocked
    assert "b.jpg" in taken.boxes
    assert ("a.jpg" in taken.boxes) is not is_blocked
    assert taken.uses["a.jpg"] == ("unlabelled" if is_blocked else "labelled")


def test_a_reading_that_the_user_chooses_is_taken(tmp_path: Path) -> None:
    files = rows([LAYOUTS["centre and size in pixels"](*box) for box in boxes()])
    taken = take(tmp_path, files, readings={".#5": "corner-size-px"})
    assert is_near(taken.boxes["a.jpg"][:1], [(lambda b: (b[0], b[1], min(b[0] + b[2], 80), min(b[1] + b[3], 60)))(
        LAYOUTS["centre and size in pixels"](*boxes()[0]))])  # fmt: skip
    assert "as chosen" in taken.examination.reading.groups[0].evidence


SIZES = {
    # claimed size, boxes as written, boxes expected
    "boxes in the frame of the claimed size": ((160, 120), (20, 20, 140, 100), (10, 10, 70, 50)),
    "boxes in the frame of the image": ((160, 120), (10, 10, 70, 50), (10, 10, 70, 50)),
    "a smaller claim, boxes in the image": ((40, 30), (10, 10, 70, 50), (10, 10, 70, 50)),
    "width and height exchanged": ((60, 80), (10, 10, 70, 50), (10, 10, 70, 50)),
    "no claim": ((0, 0), (10, 10, 70, 50), (10, 10, 70, 50)),
}


@pytest.mark.parametrize("name", SIZES)
def test_a_wrong_size_gives_way_to_the_real_one_and_scales_boxes_only_where_they_fit_then(
    name: str, tmp_path: Path
) -> None:
    claimed, written, wanted = SIZES[name]
    taken = take(tmp_path, {"a.jpg": SIZE, "a.xml": voc("a.jpg", ("cat", *written), size=claimed)})
    assert taken.boxes == {"a.jpg": [("cat", *wanted)]}
    assert bool(taken.said("size-differs")) is (claimed != (0, 0))
    assert ("scaled" in taken.said("size-differs")) is (written != wanted)


def test_a_wrong_size_casts_no_doubt_on_boxes_that_fit_the_image(tmp_path: Path) -> None:
    listed = {"file_name": "a.jpg", "width": 60, "height": 80}
    taken = take(tmp_path, {"a.jpg": SIZE, "x.json": coco([listed], [(1, 1, 10, 10, 60, 40)])})
    assert taken.boxes == {"a.jpg": [("cat", 10, 10, 70, 50)]}
    assert not taken.said("doubtful-reading")


def test_each_image_that_was_scaled_goes_by_its_factor(tmp_path: Path) -> None:
    files = {
        "a.jpg": SIZE, "a.xml": voc("a.jpg", ("cat", 20, 20, 140, 100), size=(160, 120)),
        "b.jpg": SIZE, "b.xml": voc("b.jpg", ("cat", 30, 30, 210, 150), size=(240, 180)),
        "c.jpg": SIZE, "c.xml": voc("c.jpg", ("cat", 10, 10, 70, 50), size=(400, 300)),
    }  # fmt: skip
    assert set(map(tuple, [box for found in take(tmp_path, files).boxes.values() for box in found])) == {
        ("cat", 10, 10, 70, 50)
    }


def test_a_mask_is_scaled_with_its_box(tmp_path: Path) -> None:
    polygon = [20, 20, 140, 20, 140, 100]
    record = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [20, 20, 120, 80], "segmentation": [polygon]}
    listed = {"file_name": "a.jpg", "width": 160, "height": 120}
    taken = take(tmp_path, {"a.jpg": SIZE, "x.json": coco([listed], [record])})
    assert taken.boxes == {"a.jpg": [("cat", 10, 10, 70, 50)]}
    assert taken.labels.annotations["segmentation"].tolist() == ["[[10.0, 10.0, 70.0, 10.0, 70.0, 50.0]]"]


# An image of 80 x 60 px that is stored so, and stands upright as 60 x 80. Orientation 6: x' = 60 - y, y' = x.
TURNED = {
    "a claim of the stored size": ((80, 60), (60, 10, 75, 30), (30, 60, 50, 75), "mean the image as stored"),
    "a claim of the upright size": ((60, 80), (10, 60, 30, 75), (10, 60, 30, 75), "the upright size"),
    "no claim, boxes that fit upright only": ((0, 0), (10, 60, 30, 75), (10, 60, 30, 75), "upright"),
    "no claim, boxes that fit as stored only": ((0, 0), (62, 10, 79, 30), (30, 62, 50, 79), "fit only"),
    "a claim that the boxes deny": ((80, 60), (10, 62, 30, 75), (10, 62, 30, 75), "fit only into the upright"),
}


@pytest.mark.parametrize("name", TURNED)
def test_labels_of_a_turned_image_mean_the_stored_or_the_upright_one(name: str, tmp_path: Path) -> None:
    claimed, written, wanted, words = TURNED[name]
    files = {"a.jpg": image(80, 60, exif=6), "a.xml": voc("a.jpg", ("cat", *written), size=claimed)}
    taken = take(tmp_path, files)
    assert taken.boxes == {"a.jpg": [("cat", *wanted)]}
    assert words in taken.said("exif-turn")


def test_shares_of_a_turned_image_mean_the_upright_one(tmp_path: Path) -> None:
    files = {"a.jpg": image(80, 60, exif=6), "a.txt": yolo("cat", 10, 60, 30, 75, (60, 80))}
    assert take(tmp_path, files).boxes == {"a.jpg": [("cat", 10, 60, 30, 75)]}


@pytest.mark.parametrize(
    ("claimed", "box", "means_raw"),
    [
        pytest.param((12, 7), (0, 0, 3, 3), True, id="the claimed size is that of the file"),
        pytest.param((7, 12), (0, 0, 3, 3), False, id="the claimed size is upright"),
        pytest.param((0, 0), (0, 8, 3, 11), False, id="the box fits only upright"),
        pytest.param((0, 0), (8, 0, 11, 3), True, id="the box fits only as stored"),
        pytest.param((0, 0), (0, 0, 3, 3), False, id="nothing tells"),
        pytest.param((99, 99), (8, 0, 11, 3), True, id="a claim that is neither is passed over"),
    ],
)
def test_labels_of_a_turned_image_mean_it_as_stored_or_upright(
    claimed: tuple[int, int], box: tuple[int, int, int, int], means_raw: bool, tmp_path: Path
) -> None:
    """The image is stored as 12 x 7 px and shown as 7 x 12."""
    x1, y1, x2, y2 = box
    record = {"file_name": "a.jpg", "width": claimed[0], "height": claimed[1]}
    files = {"a.jpg": image(12, 7, name="a.jpg", exif=6), "x.json": coco([record], [(1, 1, x1, y1, x2 - x1, y2 - y1)])}
    turned = take(tmp_path, files).examination.reading.turned
    assert [means for means, _ in turned.values()] == [means_raw]
