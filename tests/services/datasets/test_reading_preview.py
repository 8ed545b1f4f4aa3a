"""What `inspect` and the import page show of each group of labels."""

from pathlib import Path

import pytest

from core.errors import AppError
from core.progress import say_nothing
from core.services.datasets import ImportOptions, Inspection, group_examples, inspect, source_image
from core.settings import Settings
from tests.factories.app.label_folders import CENTRES_PX, PLAIN, UNCLEAR, label_folder
from tests.services.datasets.test_ignored_and_attributes import kitti


def inspected(tmp_path: Path, labels: list[str], **options: object) -> Inspection:
    return inspected_folder(tmp_path, label_folder(tmp_path / "source", labels), **options)


def inspected_folder(tmp_path: Path, source: Path, **options: object) -> Inspection:
    settings = Settings(workspace=tmp_path / "workspace")
    return inspect(settings, source, ImportOptions(**options), say_nothing)  # type: ignore[arg-type]


def test_the_boxes_of_the_reading_taken_and_of_a_rival_are_given(tmp_path: Path) -> None:
    (group,) = inspected(tmp_path, [CENTRES_PX]).examination.reading.groups
    (taken,), (rival,) = group_examples(group), group_examples(group, "absolute")
    assert (taken.image, taken.objects) == ("images/p0.png", 3)
    assert [(box.name, box.corners, box.repair) for box in taken.boxes[:1]] == [("cat", (130, 100, 190, 140), "")]
    assert [(box.corners, box.repair) for box in rival.boxes[:1]] == [((160, 120, 60, 40), "has its corners swapped")]


def test_a_reading_that_was_not_tried_is_refused_with_those_that_were(tmp_path: Path) -> None:
    (group,) = inspected(tmp_path, [CENTRES_PX]).examination.reading.groups
    with pytest.raises(AppError) as caught:
        group_examples(group, "corners-percent")
    assert caught.value.remedy == "Choose one of: absolute-centre, absolute, corner-size-px."


def test_the_document_of_inspect_shows_groups_lists_and_what_was_chosen(tmp_path: Path) -> None:
    document = inspected(tmp_path, [UNCLEAR, PLAIN], readings={"labels#7": "box"}).to_json()
    group = next(group for group in document["groups"] if group["key"] == "labels#7:box")
    assert (group["reading"], group["blocked"], group["chosen"]) == ("normalised", False, False)
    assert group["help"].startswith("The four numbers are x and y of the box's centre")
    assert group["examples"][0]["image"] == "images/p0.png"
    assert group["examples"][0]["boxes"][0] == {"class": "cat", "box": [96.0, 84.0, 160.0, 156.0], "repair": ""}
    assert document["class_lists"] == [
        {
            "file": "classes.txt", "conflict": False, "shifted": False, "label_files": 2, "folders": ["labels"],
            "lists": [{"file": "classes.txt", "names": ["cat", "dog"]}],
        }
    ]  # fmt: skip


def test_a_reading_of_no_known_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AppError, match=r"The reading of labels#5 is 'upside-down'\."):
        inspected(tmp_path, [PLAIN], readings={"labels#5": "upside-down"})


@pytest.mark.parametrize(
    "name",
    [pytest.param("../../etc/passwd", id="a path out of the source"), pytest.param("labels/p0.txt", id="no image")],
)
def test_only_images_of_the_source_are_shown(tmp_path: Path, name: str) -> None:
    inspection = inspected(tmp_path, [PLAIN])
    shown, refused = source_image(inspection, "images/p0.png", 120), source_image(inspection, name, 120)
    assert shown != refused
    assert refused == source_image(inspection, "nothing.png", 120)


def test_an_image_shows_its_regions_without_a_class_clipped_to_it(tmp_path: Path) -> None:
    inspection = inspected_folder(tmp_path, kitti(tmp_path / "kitti"))
    (group,) = inspection.examination.reading.groups
    images = {image.image: image for image in group_examples(group)}
    regions = {name: [(region.corners, region.reason) for region in image.regions] for name, image in images.items()}
    assert regions == {
        "image_2/000002.png": [((40, 30, 64, 44), "DontCare")],
        "image_2/000001.png": [],
        "image_2/000003.png": [],
    }
    assert images["image_2/000002.png"].objects == 2
    (document,) = inspection.to_json()["groups"]
    assert document["examples"][0]["ignored_regions"] == [{"box": [40, 30, 64, 44], "reason": "DontCare"}]


def test_regions_follow_the_reading_that_was_chosen_and_its_rivals(tmp_path: Path) -> None:
    choice = {"label_2#15": "absolute-centre"}
    inspection = inspected_folder(tmp_path, kitti(tmp_path / "kitti"), readings=choice)
    (group,) = inspection.examination.reading.groups

    def regions(reading: str) -> list[tuple[float, ...]]:
        return [region.corners for image in group_examples(group, reading) for region in image.regions]

    # Centre (40, 30), size 90 x 44, on an image of 64 x 48 px.
    assert regions("") == regions("absolute-centre") == [(0, 8, 64, 48)]
    assert regions("absolute") == [(40, 30, 64, 44)]
    # What is drawn is what is imported.
    assert inspection.examination.reading.ignored[["x1", "y1", "x2", "y2"]].to_numpy().tolist() == [[0, 8, 64, 48]] * 2


def test_a_group_of_regions_alone_is_shown(tmp_path: Path) -> None:
    source = kitti(tmp_path / "kitti", images=1)
    (group,) = inspected_folder(tmp_path, source).examination.reading.groups
    (image,) = group_examples(group)
    assert (image.objects, image.boxes, len(image.regions)) == (0, [], 1)
