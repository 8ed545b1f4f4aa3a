"""YOLO files, told from the reference form by their values, in the layouts in use."""

import json
from pathlib import Path

import pytest

from core.labels.reading.options import ReadOptions
from tests.factories.app.uploads import make_image
from tests.labels.formats.reading import boxes_of, found, read_files, split_of


def yolo_files(line: str = "0 0.5 0.5 0.25 0.5", **more: str) -> dict[str, bytes | str]:
    """One image of 80 x 40 px with one line, and a YAML file."""
    return {"images/a.jpg": make_image(80, 40), "labels/a.txt": line + "\n", "data.yaml": "names: [dog, cat]\n", **more}


def test_centre_and_size_become_corners_in_pixels(tmp_path: Path) -> None:
    reading = read_files(tmp_path, yolo_files())
    assert reading.format == "yolo"
    # By hand: centre (40, 20), size 20 x 20.
    assert boxes_of(reading) == [[30, 10, 50, 30]]
    assert reading.label_set.class_names == ["dog", "cat"]


def test_a_polygon_becomes_a_box_an_area_and_a_segmentation_in_pixels(tmp_path: Path) -> None:
    reading = read_files(tmp_path, yolo_files("1 0.25 0.25 0.75 0.25 0.75 0.75 0.25 0.75"))
    row = reading.label_set.annotations.iloc[0]
    assert boxes_of(reading) == [[20, 10, 60, 30]]
    assert row["area"] == 800
    assert json.loads(row["segmentation"]) == [[20, 10, 60, 10, 60, 30, 20, 30]]


def test_the_users_choice_of_coordinates_wins(tmp_path: Path) -> None:
    options = ReadOptions(coordinates="normalised-corners")
    assert boxes_of(read_files(tmp_path, yolo_files("0 0.25 0.25 0.5 0.75"), options)) == [[20, 10, 40, 30]]


def test_a_turned_image_is_measured_upright(tmp_path: Path) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6
    read_files(tmp_path, yolo_files())
    Image.new("RGB", (40, 80)).save(tmp_path / "images/a.jpg", exif=exif)
    assert boxes_of(read_files(tmp_path, {})) == [[30, 10, 50, 30]]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("data.yaml", "names: {0: dog, 1: cat}"),
        ("obj.names", "dog\ncat\n"),
        ("classes.txt", "dog\ncat"),
        ("deep/classes.txt", "dog\ncat"),
    ],
)
def test_names_come_from_any_of_the_lists_in_use(tmp_path: Path, name: str, text: str) -> None:
    files = yolo_files()
    del files["data.yaml"]
    assert read_files(tmp_path, {**files, name: text}).label_set.class_names == ["dog", "cat"]


def layout(**lists: str) -> dict[str, bytes | str]:
    """Two images in folders named for splits, and the given list files."""
    files: dict[str, bytes | str] = {name.replace("_", "."): text for name, text in lists.items()}
    for split, stem in (("train", "a"), ("val", "b")):
        files[f"images/{split}/{stem}.jpg"] = make_image()
        files[f"labels/{split}/{stem}.txt"] = "0 0.5 0.5 0.2 0.2\n"
    return files


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (layout(), ["train", "val"]),
        (layout(data_yaml="names: [dog]\ntrain: images/val\nval: images/train\n"), ["val", "train"]),
        (layout(data_yaml="names: [dog]\ntrain: ../set/images/train\nval: ../set/images/val\n"), ["train", "val"]),
        (layout(train_txt="data/images/val/b.jpg\n", val_txt="data/images/train/a.jpg\n"), ["val", "train"]),
    ],
    ids=["folders", "yaml", "foreign yaml", "darknet"],
)
def test_splits_come_from_yaml_lists_or_folders(
    tmp_path: Path, files: dict[str, bytes | str], expected: list[str]
) -> None:
    assert list(split_of(read_files(tmp_path, files)).values()) == expected


@pytest.mark.parametrize(
    "text",
    ["a: &a [1]\nnames: [*a]\n", "names: [" * 5000, "names: !!python/object/apply:os.system [id]\n", "names: 7\n"],
    ids=["alias", "depth", "object", "no list"],
)
def test_a_hostile_or_broken_yaml_is_a_finding(tmp_path: Path, text: str) -> None:
    reading = read_files(tmp_path, yolo_files(**{"data.yaml": text}))
    # Nothing names the class 0 then, so its object is in doubt.
    assert found(reading) == [("malformed-file", "data.yaml", 0), ("names-missing", "labels/a.txt", 1)]
    assert (reading.written, len(boxes_of(reading))) == (1, 0)


def test_a_line_in_the_other_unit_is_pointed_out(tmp_path: Path) -> None:
    reading = read_files(tmp_path, yolo_files("0 0.5 0.5 0.2 0.2\n0 0.4 0.4 0.2 0.2\n0 40 20 60 30"))
    assert found(reading) == [("mixed-coordinates", "labels/a.txt", 3)]
