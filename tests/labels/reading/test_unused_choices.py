"""A choice that no label goes by is named."""

import json
from pathlib import Path

import pytest

from tests.factories.app.label_folders import PLAIN, UNCLEAR, image_bytes, label_folder, read_folder
from tests.factories.app.uploads import folder_of

LISTS = {"classes.txt": "cat\ndog\n", "spare/classes.txt": "cow\npig\n"}


def unused(folder: Path, **options: object) -> list[str]:
    return [f.message for f in read_folder(folder, **options).findings if f.check == "unused-choice"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({"readings": (("lables#5", "absolute"),)}, "No group of labels is called 'lables#5'", id="group"),
        pytest.param({"readings": (("labels#5", "polygon"),)}, "cannot be read as polygon", id="kind"),
        pytest.param({"readings": (("nowhere", "box"),)}, "No group of labels is called 'nowhere'", id="kind of none"),
        pytest.param({"class_lists": ("spare/classes.txt",)}, "no label file goes by it", id="list of another folder"),
        pytest.param({"annotator": "Ada"}, "No label is by the annotator 'Ada'", id="annotator"),
    ],
)
def test_a_choice_without_effect_is_named(tmp_path: Path, options: dict[str, object], words: str) -> None:
    (message,) = unused(label_folder(tmp_path, [PLAIN], LISTS), **options)
    assert words in message


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"readings": (("labels#5", "normalised"), ("labels#7", "box"))}, id="readings"),
        pytest.param({"class_lists": ("classes.txt",)}, id="list"),
        pytest.param({}, id="none"),
    ],
)
def test_a_choice_with_effect_is_not(tmp_path: Path, options: dict[str, object]) -> None:
    assert unused(label_folder(tmp_path, [PLAIN, UNCLEAR], LISTS), **options) == []


def test_a_person_who_labelled_images_is_known_with_their_number(tmp_path: Path) -> None:
    value = {"x": 10, "y": 10, "width": 30, "height": 30, "rectanglelabels": ["cat"]}
    region = {"type": "rectanglelabels", "original_width": 320, "original_height": 240, "value": value}
    marks = [{"id": n, "completed_by": n, "result": [region], "was_cancelled": False} for n in (1, 2)]
    tasks = [
        {"id": 1, "data": {"image": "a.png"}, "annotations": marks},
        {"id": 2, "data": {"image": "b.png"}, "annotations": marks[:1]},
    ]
    files: dict[str, bytes | str] = {"export.json": json.dumps(tasks)}
    folder = folder_of(tmp_path, files | {"a.png": image_bytes(1), "b.png": image_bytes(2)})
    assert read_folder(folder).annotators == {"1": 2, "2": 1}
    assert unused(folder, annotator="2") == []
