"""Each group shows images with its boxes under the reading taken and under its rivals."""

from pathlib import Path

import numpy as np
import pytest

from core.labels.formats.written import CENTRE_PX, CORNERS_PX
from core.labels.reading.examples import SHOWN_GROUPS, SHOWN_IMAGES, shown_groups
from core.labels.reading.settled import GroupReading
from tests.factories.app.label_folders import (
    CENTRES_PX,
    PLAIN,
    SWAPPED,
    group_of,
    image_bytes,
    label_folder,
    read_folder,
)
from tests.factories.app.uploads import folder_of


def test_an_example_has_the_boxes_of_the_reading_taken_and_of_its_rivals(tmp_path: Path) -> None:
    group = group_of(read_folder(label_folder(tmp_path, [CENTRES_PX])), "labels#5")
    assert group.frame == CENTRE_PX
    (example,) = group.examples
    assert (example.image, example.width, example.height, example.objects) == ("images/p0.png", 320, 240, 3)
    assert example.classes == ((0, "cat"),) * 3
    # Centre (160, 120), size 60 x 40; as corners the same numbers are swapped.
    assert example.boxes_xyxy["absolute-centre"][0].tolist() == [130, 100, 190, 140]
    assert example.boxes_xyxy["absolute"][0].tolist() == [160, 120, 60, 40]
    assert example.repairs["absolute-centre"] == ("", "", "")
    assert set(example.repairs["absolute"]) == {"has its corners swapped"}


def test_a_blocked_group_has_examples_although_none_of_it_is_imported(tmp_path: Path) -> None:
    reading = read_folder(label_folder(tmp_path, [SWAPPED, SWAPPED]))
    group = group_of(reading, "labels#5")
    assert group.is_blocked
    assert len(reading.label_set.annotations) == 0
    assert [example.objects for example in group.examples] == [6, 6]
    assert set(group.examples[0].boxes_xyxy) == {group.name, *(rival.name for rival in group.rivals)}


def test_a_chosen_reading_is_drawn_and_the_detected_one_becomes_its_rival(tmp_path: Path) -> None:
    folder = label_folder(tmp_path, [CENTRES_PX])
    group = group_of(read_folder(folder, readings=(("labels#5", "absolute"),)), "labels#5")
    assert (group.frame, group.is_chosen, group.repairs) == (CORNERS_PX, True, 3)
    assert group.rivals[0].name == "absolute-centre"
    assert group.examples[0].boxes_xyxy["absolute"][0].tolist() == [160, 120, 60, 40]


def test_images_with_most_repairs_come_first(tmp_path: Path) -> None:
    over = "0 0.9 0.9 0.4 0.4\n"
    labels = [PLAIN * 9, PLAIN * 9 + over, *[PLAIN * 9] * 6, PLAIN * 9 + over * 2]
    group = group_of(read_folder(label_folder(tmp_path, labels)), "labels#5")
    assert group.repairs == 3
    assert [example.image for example in group.examples][:2] == ["images/p8.png", "images/p1.png"]
    assert len(group.examples) == SHOWN_IMAGES


def test_examples_are_the_same_each_time(tmp_path: Path) -> None:
    folder = label_folder(tmp_path, [PLAIN] * 9)
    first, second = (group_of(read_folder(folder), "labels#5").examples for _ in range(2))
    assert [example.image for example in first] == [example.image for example in second]


def test_of_many_boxes_the_first_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    labels = "".join(f"0 0.5 0.5 0.{100 + number} 0.2\n" for number in range(250))
    (example,) = group_of(read_folder(label_folder(tmp_path, [labels])), "labels#5").examples
    assert (example.objects, len(example.classes), len(example.boxes_xyxy["normalised"])) == (250, 200, 200)


def test_the_boxes_of_an_image_that_is_turned_mean_the_upright_one(tmp_path: Path) -> None:
    # 40 x 20 px as stored, shown upright as 20 x 40; the labels claim the stored size.
    image = make_turned((40, 20))
    xml = (
        "<annotation><filename>a.jpg</filename><size><width>40</width><height>20</height></size><object>"
        "<name>cat</name><bndbox><xmin>25</xmin><ymin>5</ymin><xmax>35</xmax><ymax>15</ymax></bndbox></object></annotation>"
    )
    (group,) = read_folder(folder_of(tmp_path, {"a.jpg": image, "a.xml": xml})).groups
    (example,) = group.examples
    assert (example.width, example.height) == (20, 40)
    assert np.allclose(example.boxes_xyxy["absolute"], [[5, 25, 15, 35]])
    for boxes in example.boxes_xyxy.values():
        assert boxes.shape == (1, 4)


def make_turned(size: tuple[int, int]) -> bytes:
    """A JPEG whose EXIF mark (6) says to turn it by 90 degrees."""
    from io import BytesIO

    from PIL import Image

    content, exif = BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", size, "#446688").save(content, "JPEG", exif=exif)
    return content.getvalue()


@pytest.mark.parametrize(
    ("blocked", "chosen"), [pytest.param(True, False, id="blocked"), pytest.param(False, True, id="chosen")]
)
def test_of_many_groups_those_are_shown_that_need_a_look_in_their_order(blocked: bool, chosen: bool) -> None:
    def group(number: int, is_blocked: bool = False, is_chosen: bool = False) -> GroupReading:
        return GroupReading(
            format="rows", key=str(number), what="", frame=CORNERS_PX, evidence="", objects=10,
            repairs=int(number in (3, 28)), is_blocked=is_blocked, is_chosen=is_chosen,
        )  # fmt: skip

    groups = [group(number) for number in range(30)]
    groups[25] = group(25, is_blocked=blocked, is_chosen=chosen)
    shown = [each.key for each in shown_groups(groups)]
    assert len(shown) == SHOWN_GROUPS
    assert {"3", "25", "28"} <= set(shown)
    assert shown == sorted(shown, key=int)


def test_only_shown_groups_have_examples(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {"classes.txt": "cat\ndog\n"}
    for number in range(SHOWN_GROUPS + 2):
        files[f"s{number:02}/p.png"] = image_bytes(number)
        files[f"s{number:02}/p.txt"] = PLAIN
    groups = read_folder(folder_of(tmp_path, files)).groups
    assert len(groups) == SHOWN_GROUPS + 2
    assert sum(bool(group.examples) for group in groups) == SHOWN_GROUPS
