"""Rule 6: an empty label is background; no label is not labelled yet; an image that lost its objects is unlabelled."""

from pathlib import Path
from typing import Any

import pytest

from core.services.datasets import ImportOptions, import_dataset, inspect
from core.services.training import TrainRequest, plan_run
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.progress import silent
from tests.labels.taken import Files, coco, take, voc, written, yolo

SIZE = (80, 60)
LINE = yolo("cat", 10, 10, 50, 40)
SOUND: Files = {"sound.jpg": SIZE, "sound.txt": LINE}

# How the image x.jpg is labelled, and its use.
USES: dict[str, tuple[Files, str]] = {
    "an empty text file": ({"x.txt": ""}, "background"),
    "a text file of blank lines": ({"x.txt": "\n  \r\n"}, "background"),
    "an XML file without an object": ({"x.xml": voc("x.jpg")}, "background"),
    "a COCO image without an annotation": ({"c.json": coco(["x.jpg"], [])}, "background"),
    "no label file": ({}, "unlabelled"),
    "a line that cannot be read": ({"x.txt": "cat 0.5 0.5 wide 0.2\n"}, "unlabelled"),
    "a class that nobody knows": ({"x.txt": yolo("0", 10, 10, 50, 40)}, "unlabelled"),
    "a box without an area": ({"x.xml": voc("x.jpg", ("cat", 10, 10, 10, 40))}, "unlabelled"),
    "a box outside of the image": ({"x.xml": voc("x.jpg", ("cat", 100, 10, 120, 40))}, "unlabelled"),
    "a file that cannot be read": ({"x.xml": "<annotation><object>"}, "unlabelled"),
    "two files that differ": ({"x.xml": voc("x.jpg"), "x.txt": LINE}, "unlabelled"),
    "a label file of two objects, one lost": (
        {"x.xml": voc("x.jpg", ("cat", 10, 10, 10, 40), ("cat", 10, 10, 50, 40))}, "labelled",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", USES)
def test_an_image_is_background_only_where_a_label_says_so(name: str, tmp_path: Path) -> None:
    labels, use = USES[name]
    taken = take(tmp_path, SOUND | {"x.jpg": SIZE} | labels)
    assert taken.uses["x.jpg"] == use
    assert ("x.jpg" in taken.splits) is (use != "unlabelled")


@pytest.mark.parametrize(
    "name",
    ["a line that cannot be read", "a box without an area", "a box outside of the image", "a class that nobody knows"],
)  # fmt: skip
def test_an_image_that_lost_its_objects_is_named(name: str, tmp_path: Path) -> None:
    taken = take(tmp_path, SOUND | {"x.jpg": SIZE} | USES[name][0])
    assert "x.jpg lost all its objects" in taken.said("lost-objects")


@pytest.mark.parametrize(
    ("options", "empty", "bare"),
    [
        ({}, "background", "unlabelled"),
        ({"no_label": "background"}, "background", "background"),
        ({"no_label": "unlabelled"}, "background", "unlabelled"),
        ({"empty": "background"}, "background", "background"),
        ({"empty": "unlabelled"}, "unlabelled", "unlabelled"),
        ({"empty": "unlabelled", "no_label": "background"}, "unlabelled", "unlabelled"),
    ],
)
def test_the_options_say_what_images_without_objects_are(
    options: dict[str, Any], empty: str, bare: str, tmp_path: Path
) -> None:
    files = SOUND | {"e.jpg": SIZE, "e.txt": "", "n.jpg": SIZE, "lost.jpg": SIZE, "lost.txt": "cat 1 2\n"}
    taken = take(tmp_path, files, **options)
    assert (taken.uses["e.jpg"], taken.uses["n.jpg"], taken.uses["lost.jpg"]) == (empty, bare, "unlabelled")


def test_background_takes_part_in_training_and_unlabelled_images_in_nothing(tmp_path: Path) -> None:
    files: Files = {}
    for number in range(8):
        files |= {f"{number}.jpg": SIZE, f"{number}.txt": LINE}
    files |= {"e.jpg": SIZE, "e.txt": "", "n.jpg": SIZE, "m.jpg": SIZE, "lost.jpg": SIZE, "lost.txt": "cat 1 2\n"}
    settings = Settings(workspace=tmp_path / "workspace")
    source = written(tmp_path / "source", files)
    options = ImportOptions(name="pets", split="60/40", leave_out_blocked=True)
    assert inspect(settings, source, options, silent).to_json()["accounts"]["images"]["imported"] == 12
    imported = import_dataset(settings, source, options, silent, actor=ADA).to_json()
    assert sum(imported["splits"].values()) == 9
    plan = plan_run(settings, TrainRequest(dataset="pets"))
    assert plan.data.without_objects == {"background": 1, "unlabelled": 3}
    assert "3 images are not labelled yet and are left out." in plan.warnings
