"""The reference form, read with every fault at its place."""

from pathlib import Path

import pytest

from core.errors import UploadError
from core.labels.findings import Severity
from core.labels.reading.options import ReadOptions
from tests.factories.app.uploads import make_image, sound_files
from tests.labels.formats.reading import boxes_of, found, read_files, split_of


def test_boxes_classes_and_counts_are_as_written(tmp_path: Path) -> None:
    reading = read_files(tmp_path, sound_files(2))
    assert reading.format == "text"
    assert reading.label_set.class_names == ["dog", "big cat"]
    assert boxes_of(reading) == [[4, 5, 30, 40], [20, 10, 60, 44]] * 2
    assert (reading.written, reading.written_per_class) == (4, {"dog": 2, "big cat": 2})
    assert reading.findings == []
    assert "above 1" in reading.evidence


@pytest.mark.parametrize(
    ("image", "label"),
    [
        ("a.jpg", "a.txt"),
        ("images/a.jpg", "labels/a.txt"),
        ("deep/er/images/train/a.jpg", "deep/er/labels/train/a.txt"),
        ("set/train/images/a.jpg", "set/train/labels/a.txt"),
        ("pictures/a.jpg", "boxes/a.txt"),
    ],
)
def test_a_label_finds_its_image_in_any_layout(tmp_path: Path, image: str, label: str) -> None:
    reading = read_files(tmp_path, {image: make_image(), label: "dog 1 2 30 40\n"})
    assert boxes_of(reading) == [[1, 2, 30, 40]]
    assert reading.unmatched_images == reading.unmatched_labels == []


def test_the_same_stem_in_two_folders_stays_apart(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {}
    for split, x in (("train", 1), ("val", 2)):
        files[f"{split}/images/a.jpg"] = make_image()
        files[f"{split}/labels/a.txt"] = f"dog {x} 2 30 40\n"
    reading = read_files(tmp_path, files)
    assert split_of(reading) == {"train/images/a.jpg": "train", "val/images/a.jpg": "val"}
    assert boxes_of(reading) == [[1, 2, 30, 40], [2, 2, 30, 40]]


@pytest.mark.parametrize(
    ("line", "check"),
    [
        ("0 1 2 3", "malformed-line"),
        ("0 one 2 3 4", "malformed-line"),
        ("0 1_0 2 3 4", "malformed-line"),
        ("0 nan 2 3 4", "non-finite"),
        ("0 1 2 inf 4", "non-finite"),
        (f"0 {'9' * 10_000} 2 3 4", "non-finite"),
        ("0 1e300 2 3 4", "non-finite"),
        ("9 1 2 3 4", "unknown-class"),
        (f"{'9' * 10_000} 1 2 3 4", "unknown-class"),
        ("-1 1 2 3 4", "unknown-class"),
        ("bird 1 2 3 4", "unknown-class"),
    ],
)
def test_a_bad_line_is_a_finding_at_its_line_and_blocks(tmp_path: Path, line: str, check: str) -> None:
    reading = read_files(tmp_path, {**sound_files(), "labels/a1.txt": f"0 4 5 30 40\n\n{line}\n"})
    assert found(reading) == [(check, "labels/a1.txt", 3)]
    assert reading.findings[0].severity is Severity.BLOCKS
    assert len(reading.findings[0].message) < 300
    assert (reading.written, len(boxes_of(reading))) == (6, 5)


def test_swapped_zero_area_and_far_corners_are_kept_as_written(tmp_path: Path) -> None:
    written = [[30, 40, 4, 5], [7, 7, 7, 9], [-5, 2, 999, 40]]
    lines = "".join(f"0 {' '.join(map(str, box))}\n" for box in written)
    assert boxes_of(read_files(tmp_path, {**sound_files(1), "labels/a0.txt": lines})) == written


def test_a_binary_label_file_is_one_finding_and_its_image_is_no_background(tmp_path: Path) -> None:
    reading = read_files(tmp_path, {**sound_files(), "labels/a1.txt": make_image()})
    assert found(reading) == [("malformed-line", "labels/a1.txt", 1)]
    assert reading.label_set.images["use"].tolist() == ["labelled", "unlabelled", "labelled"]


def test_a_label_without_an_image_and_an_image_without_a_label_are_told(tmp_path: Path) -> None:
    files = sound_files()
    del files["labels/a0.txt"], files["images/a1.jpg"]
    reading = read_files(tmp_path, files)
    assert reading.unmatched_images == ["images/a0.jpg"]
    assert reading.unmatched_labels == ["labels/a1.txt"]
    assert found(reading) == [("orphan-label", "labels/a1.txt", 0)]
    assert reading.written == 4


def test_numbers_without_names_ask_for_names_and_take_them(tmp_path: Path) -> None:
    files = sound_files()
    del files["classes.txt"]
    assert [check for check, *_ in found(read_files(tmp_path, files))] == ["names-missing"]
    named = read_files(tmp_path, files, ReadOptions(names=("dog", "cat")))
    assert (named.label_set.class_names, named.findings) == (["dog", "cat"], [])


def test_class_names_with_blanks_can_be_written_in_the_line(tmp_path: Path) -> None:
    reading = read_files(tmp_path, {"a.jpg": make_image(), "a.txt": "big cat 1 2 30 40\ndog 1 2 3 4\n"})
    assert reading.label_set.class_names == ["big cat", "dog"]
    assert reading.label_set.annotations["category_id"].tolist() == [0, 1]


@pytest.mark.parametrize(
    "text", ["\ufeff0 1 2 30 40\r\n0 3 4 50 40\r\n", "0 1 2 30 40\r0 3 4 50 40"], ids=["bom", "cr"]
)
def test_line_ends_and_marks_of_other_systems_are_read(tmp_path: Path, text: str) -> None:
    reading = read_files(tmp_path, {**sound_files(1), "labels/a0.txt": text})
    assert (reading.findings, len(boxes_of(reading))) == ([], 2)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"images/a.jpg": make_image()}, "no label files"),
        ({"labels/a.txt": "0 1 2 30 40\n"}, "no images"),
        ({"readme.txt": "hello"}, "no images and no label files"),
        ({"images/a.jpg": make_image(), "x.csv": "a,b\n"}, r"Not read: 1 file, such as x\.csv"),
        ({"images.zip": b"PK", "labels.zip": b"PK"}, r"Not read: 2 archives, such as images\.zip"),
    ],
    ids=["images only", "labels only", "neither", "a file of another kind", "archives only"],
)
def test_a_source_without_both_sides_is_refused(tmp_path: Path, files: dict[str, bytes | str], words: str) -> None:
    with pytest.raises(UploadError, match=words) as caught:
        read_files(tmp_path, files)
    assert caught.value.remedy


def test_links_and_hidden_files_are_no_part_of_a_source(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/b.jpg").write_bytes(make_image())
    source = tmp_path / "source"
    files = {**sound_files(1), ".hidden/c.jpg": make_image(), "__MACOSX/images/._a0.jpg": b"x"}
    source.mkdir()
    (source / "link").symlink_to(tmp_path / "secret")
    assert read_files(source, files).label_set.images["source"].tolist() == ["images/a0.jpg"]
