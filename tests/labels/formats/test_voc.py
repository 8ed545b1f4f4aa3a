"""Pascal VOC: corners as written, splits from the lists, hostile XML never read."""

from pathlib import Path

import pytest

from tests.factories.app.uploads import make_image, voc_entity_bomb
from tests.labels.formats.reading import boxes_of, found, read_files, split_of

BCCD = Path(__file__).parents[4] / "shared/data/bccd"


def annotation(*objects: tuple[object, ...], file_name: str = "a.jpg") -> str:
    """A VOC file with (name, xmin, ymin, xmax, ymax) objects and a claimed size of 64 x 48."""
    found = "".join(
        f"<object><name>{name}</name><difficult>1</difficult><bndbox><xmin>{x1}</xmin><ymin>{y1}</ymin>"
        f"<xmax>{x2}</xmax><ymax>{y2}</ymax></bndbox></object>\n"
        for name, x1, y1, x2, y2 in objects
    )
    size = "<size><width>64</width><height>48</height><depth>3</depth></size>"
    return f"<annotation>\n<filename>{file_name}</filename>{size}\n{found}</annotation>"


def voc_files(label: str) -> dict[str, bytes | str]:
    """One image with its XML file."""
    return {"JPEGImages/a.jpg": make_image(), "Annotations/a.xml": label}


def test_corners_stay_as_written_and_sizes_are_the_files_claim(tmp_path: Path) -> None:
    reading = read_files(tmp_path, voc_files(annotation(("cat", 1, 1, 64, 48), ("dog", 5.5, 6, 5.5, 9))))
    assert reading.format == "voc"
    assert boxes_of(reading) == [[1, 1, 64, 48], [5.5, 6, 5.5, 9]]
    assert reading.label_set.class_names == ["cat", "dog"]
    assert reading.label_set.images[["width", "height"]].to_numpy().tolist() == [[64, 48]]
    assert reading.label_set.annotations["source_line"].tolist() == [1, 2]
    assert reading.findings == []


@pytest.mark.parametrize(
    ("label", "check", "line"),
    [
        (annotation(("cat", 1, 2, "x", 4)), "malformed-line", 1),
        (annotation(("cat", 1, 2, "nan", 4)), "non-finite", 1),
        (annotation(("cat", 1, 2, "9" * 10_000, 4)), "non-finite", 1),
        (annotation(("", 1, 2, 3, 4)), "malformed-line", 1),
        ("<annotation>\n<object>", "malformed-file", 2),
        ("<annotation><object><name>a</name></object></annotation>", "malformed-line", 1),
    ],
)
def test_a_fault_is_a_finding_at_its_object_or_line(tmp_path: Path, label: str, check: str, line: int) -> None:
    reading = read_files(tmp_path, voc_files(label))
    assert found(reading) == [(check, "Annotations/a.xml", line)]
    assert boxes_of(reading) == []
    assert reading.label_set.images["use"].tolist() == ["labelled"]


def test_an_entity_bomb_is_not_read_and_blocks(tmp_path: Path) -> None:
    voc_entity_bomb(tmp_path)
    assert found(read_files(tmp_path, {})) == [("hostile-xml", "annotations/a0.xml", 0)]


def test_only_lists_of_stems_give_splits(tmp_path: Path) -> None:
    lists = {"train.txt": "a\n", "val.txt": "b\n", "cat_train.txt": "a -1\nb 1\n", "trainval.txt": "a\nb\n"}
    files: dict[str, bytes | str] = {f"ImageSets/Main/{name}": text for name, text in lists.items()}
    for stem in "ab":
        files[f"JPEGImages/{stem}.jpg"] = make_image()
        files[f"Annotations/{stem}.xml"] = annotation(("cat", 1, 2, 3, 4), file_name=f"{stem}.jpg")
    assert split_of(read_files(tmp_path, files)) == {"JPEGImages/a.jpg": "train", "JPEGImages/b.jpg": "val"}


def test_a_file_finds_its_image_by_the_name_inside(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "x/1.xml": annotation(("cat", 1, 2, 3, 4)),
        "y/a.jpg": make_image(),
        "y/b.jpg": make_image(),
    }
    reading = read_files(tmp_path, files)
    assert (len(boxes_of(reading)), reading.unmatched_images) == (1, ["y/b.jpg"])


def test_the_blood_cell_set_is_counted_as_written(tmp_path: Path) -> None:
    """On the real set where it is at hand; else on a made one of the same build, with known counts."""
    if BCCD.is_dir():
        from core.labels.formats import detect
        from core.labels.formats.base import ReadOptions
        from core.labels.sources.source_tree import SourceTree

        tree = SourceTree.walk(BCCD)
        reading = detect(tree).read(tree, ReadOptions())
        images, objects, train = 292, 3943, 205
    else:
        files: dict[str, bytes | str] = {"ImageSets/Main/train.txt": "a0\na1\n", "ImageSets/Main/val.txt": "a2\n"}
        for number in range(3):
            files[f"JPEGImages/a{number}.jpg"] = make_image()
            files[f"Annotations/a{number}.xml"] = annotation(*[("RBC", 1, 2, 3, 4)] * number)
        reading = read_files(tmp_path, files)
        images, objects, train = 3, 3, 2
    assert (reading.format, len(reading.label_set.images), reading.written) == ("voc", images, objects)
    assert list(split_of(reading).values()).count("train") == train
