import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.errors import AppError
from core.evaluation.readers.coco_files import CocoTruth, read_truth
from core.evaluation.readers.coco_results import read_detections
from core.evaluation.readers.csv_detections import is_csv, read_csv_detections
from core.settings import Limits
from tests.evaluation.readers.test_coco_files import detection, truth_document, write

HEADER = "image,class,score,x1,y1,x2,y2"
GOOD = "a.jpg,dog,0.75,10,20,40,60"
# What `detection()` of the COCO tests becomes: image 139 is number 1, dog number 1.
EXPECTED = [1, 1, 1, 10, 20, 40, 60, 0.75]


@pytest.fixture
def truth(tmp_path: Path) -> CocoTruth:
    return read_truth(write(tmp_path / "truth.json", truth_document()))


def found_in(tmp_path: Path, truth: CocoTruth, *lines: str, **limits: int) -> tuple[list[list[Any]], list[str]]:
    path = tmp_path / "found.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    table, notes = read_csv_detections(path, truth, Limits(**limits))
    return table.to_numpy().tolist(), notes


@pytest.mark.parametrize(
    ("header", "line"),
    [
        (HEADER, GOOD),
        ("file_name;label;confidence;xmin;ymin;xmax;ymax", "a.jpg;dog;0.75;10;20;40;60"),
        ("Image ID\tCategory ID\tScore\tX Min\tY Min\tX Max\tY Max", "139\t18\t0.75\t10\t20\t40\t60"),
        ("image_id,category_id,score,x,y,width,height", "139,18,0.75,10,20,30,40"),
        ("image,category,score,x,y,w,h", "a.jpg,dog,0.75,10,20,30,40"),
        ("filename,width,height,class,xmin,ymin,xmax,ymax,score", "a.jpg,640,480,dog,10,20,40,60,0.75"),
        ("score,model,x2,x1,y2,y1,image,class", "0.75,v3,40,10,60,20,a.jpg,dog"),
        ("image_id,category_id,score,x1,y1,x2,y2", "139.0,18.0,0.75,10,20,40,60"),
        ("\ufeffimage,class,score,x1,y1,x2,y2", GOOD),
        (HEADER, '"a.jpg","dog","0.75","10"," 20","4e1","60.0"'),
        (HEADER, "139,18,7.5e-1,10,20,40,60"),
        (HEADER, "a.jpg,DOG ,0.75,10,20,40,60"),
        (HEADER, "\n" + GOOD),
    ],
    ids=["corners", "semicolons", "tabs and ids", "as COCO has it", "w and h", "the image's size too", "any order",
         "ids as floats", "byte order mark", "quoted", "ids under a name", "case", "an empty line"],
)  # fmt: skip
def test_columns_are_found_by_name_and_values_by_name_or_id(
    tmp_path: Path, truth: CocoTruth, header: str, line: str
) -> None:
    assert found_in(tmp_path, truth, header, line) == ([EXPECTED], [])


@pytest.mark.parametrize("image", ["sub/b.jpg", "sub\\b.jpg", "b.jpg", "x7", "elsewhere/b.jpg"])
def test_an_image_is_found_by_its_name_its_last_part_or_its_id(tmp_path: Path, truth: CocoTruth, image: str) -> None:
    (row,), notes = found_in(tmp_path, truth, HEADER, f"{image},car,1,0,0,4,4")
    assert (row[1:3], notes) == ([2, 0], [])


def test_a_file_name_that_several_folders_hold_is_refused_without_its_folder(tmp_path: Path) -> None:
    images = [{"id": 1, "file_name": "day/a.jpg"}, {"id": 2, "file_name": "night/a.jpg"}]
    truth = read_truth(write(tmp_path / "truth.json", truth_document(images=images, annotations=[])))
    assert found_in(tmp_path, truth, HEADER, "night/a.jpg,dog,1,0,0,4,4")[0][0][1] == 2
    with pytest.raises(AppError, match=r'has several times \(line 2: "a\.jpg"\)'):
        found_in(tmp_path, truth, HEADER, GOOD)


def test_ids_and_names_that_contradict_go_by_what_the_column_is_called(tmp_path: Path) -> None:
    """A class named 2 whose id is 1, and the other way round."""
    categories = [{"id": 1, "name": "2"}, {"id": 2, "name": "1"}]
    truth = read_truth(write(tmp_path / "truth.json", truth_document(categories=categories, annotations=[])))
    line = "a.jpg,2,0.75,10,20,40,60"
    assert found_in(tmp_path, truth, HEADER, line)[0][0][2] == 0
    assert found_in(tmp_path, truth, HEADER.replace("class", "category_id"), line)[0][0][2] == 1


def test_the_same_boxes_as_coco_results_give_the_same_table_and_notes(tmp_path: Path, truth: CocoTruth) -> None:
    """Reference: the reader of COCO files, with a strange class and a box without width."""
    records = [
        detection(bbox=[0.1, 0.2, 0.3, 7]),
        detection(image_id="x7", category_id=3, score=1 / 3),
        detection(category_id=99),
        detection(bbox=[1, 1, 0, 2]),
    ]
    expected, notes = read_detections(write(tmp_path / "found.json", records), truth)
    rows = [[r["image_id"], r["category_id"], r["score"], *r["bbox"]] for r in records]
    with (tmp_path / "found.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["image_id", "category_id", "score", "x", "y", "width", "height"], *rows])
    found, said = read_csv_detections(tmp_path / "found.csv", truth)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert said[0] == '1 detections are left out: the truth has no class "99".'
    assert said[1:] == notes[1:] == [
        "1 detections have a box of no width or height: they find nothing, and count as false positives."
    ]  # fmt: skip


def test_detections_of_a_class_that_the_truth_lacks_are_counted(tmp_path: Path, truth: CocoTruth) -> None:
    lines = ["a.jpg,van,0.5,0,0,4,4", GOOD, "a.jpg,,0.5,0,0,4,4", "a.jpg,van,0.5,0,0,4,4"]
    rows, notes = found_in(tmp_path, truth, HEADER, *lines)
    assert rows == [EXPECTED]
    assert notes == ['3 detections are left out: the truth has no class "van", "".']


def test_a_header_alone_holds_no_detections(tmp_path: Path, truth: CocoTruth) -> None:
    assert found_in(tmp_path, truth, HEADER) == ([], [])


BAD_LINES = {
    "unknown image": ("z.jpg,dog,0.5,0,0,4,4", 'image that the truth does not have (line 3: "z.jpg")'),
    "no image": (",dog,0.5,0,0,4,4", "image that the truth does not have"),
    "no score": ("a.jpg,dog,,0,0,4,4", 'score that is no number from 0 to 1 (line 3: "")'),
    "a score in per cent": ("a.jpg,dog,98,0,0,4,4", 'score that is no number from 0 to 1 (line 3: "98")'),
    "NaN as a score": ("a.jpg,dog,nan,0,0,4,4", "score that is no number"),
    "a negative score": ("a.jpg,dog,-0.1,0,0,4,4", "score that is no number"),
    "NaN in a box": ("a.jpg,dog,0.5,nan,0,4,4", 'box that is not four finite numbers in px in the right order (line 3'),
    "an infinite box": ("a.jpg,dog,0.5,0,0,inf,4", 'box that is not four finite numbers'),
    "a word in a box": ("a.jpg,dog,0.5,0,left,4,4", '(line 3: "0, left, 4, 4")'),
    "a number Python alone knows": ("a.jpg,dog,0.5,0,0,1_000,4", '(line 3: "0, 0, 1_000, 4")'),
    "digits of another script": ("a.jpg,dog,0.5,0,0,٤,4", "box that is not four finite numbers"),
    "10,000 digits": (f"a.jpg,dog,0.5,0,0,{'9' * 10_000},4", "box that is not four finite numbers"),
    "swapped corners": ("a.jpg,dog,0.5,9,0,4,4", '(line 3: "9, 0, 4, 4")'),
    "a decimal comma": ('a.jpg,dog,"0,5",0,0,4,4', 'score that is no number from 0 to 1 (line 3: "0,5")'),
    "too many fields": ("a.jpg,dog,0.5,0,0,4,4,5", 'number of fields than the header (line 3: "8 instead of 7")'),
    "too few fields": ("a.jpg,dog,0.5", 'number of fields than the header (line 3: "3 instead of 7")'),
}  # fmt: skip


@pytest.mark.parametrize(("line", "complaint"), BAD_LINES.values(), ids=BAD_LINES.keys())
def test_a_bad_line_refuses_the_file_and_is_named(tmp_path: Path, truth: CocoTruth, line: str, complaint: str) -> None:
    with pytest.raises(AppError) as refused:
        found_in(tmp_path, truth, HEADER, GOOD, line, GOOD)
    assert refused.value.message.startswith("found.csv: 1 of 3 lines cannot be evaluated: 1 with a")
    assert complaint in refused.value.message
    assert len(refused.value.message) < 400
    assert refused.value.remedy


def test_a_negative_width_is_refused(tmp_path: Path, truth: CocoTruth) -> None:
    with pytest.raises(AppError, match="in the right order"):
        found_in(tmp_path, truth, "image,class,score,x,y,w,h", "a.jpg,dog,0.5,5,5,-1,4")


def test_all_bad_lines_are_counted_by_kind_each_once(tmp_path: Path, truth: CocoTruth) -> None:
    """By hand: 250,005 lines, more than are read at once; every 100,000th has a strange image, five no score."""
    lines = ["z.jpg,dog,,0,0,4,4" if place % 100_000 == 0 else GOOD for place in range(250_000)]
    with pytest.raises(AppError) as refused:
        found_in(tmp_path, truth, HEADER, *lines, *["a.jpg,dog,,0,0,4,4"] * 5)
    assert refused.value.message == (
        "found.csv: 8 of 250,005 lines cannot be evaluated: 3 with an image that the truth does not have "
        '(line 2: "z.jpg", line 100002: "z.jpg", line 200002: "z.jpg"); 5 with a score that is no number from 0 to 1 '
        '(line 250002: "", line 250003: "", line 250004: "", …).'
    )


BAD_FILES = {
    "empty": (b"", "no column for image, class, score, the box"),
    "no header": (b"a.jpg,dog,0.75,10,20,40,60\n", "no column for image, class, score, the box"),
    "no score": (b"image,class,x1,y1,x2,y2\n", "no column for score"),
    "three corners": (b"image,class,score,x1,y1,x2\n", "no column for the box"),
    "no height": (b"image,class,score,x,y,w\n", "no column for height"),
    "two scores": (b"image,class,score,Score,x1,y1,x2,y2\n", "two columns are called 'score'"),
    "UTF-16": ("image,class".encode("utf-16"), "no text in UTF-8"),
    "an endless quote": (HEADER.encode() + b'\na.jpg,"dog,0.5,0,0,4,4\n' + GOOD.encode(), "line 3 cannot be read"),
    "a field of 200 kB": (HEADER.encode() + b"\n" + b"a" * 200_000 + b",dog,0.5,0,0,4,4", "line 2 cannot be read"),
    "too many columns": (b"x1," * 299 + b"x1", "300 columns; 200 are allowed"),
    "every byte": (bytes(range(256)), "found.csv"),
}


@pytest.mark.parametrize(("content", "complaint"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_file_that_is_no_table_of_detections_is_refused(
    tmp_path: Path, truth: CocoTruth, content: bytes, complaint: str
) -> None:
    (tmp_path / "found.csv").write_bytes(content)
    with pytest.raises(AppError) as refused:
        read_csv_detections(tmp_path / "found.csv", truth)
    assert complaint in refused.value.message
    assert refused.value.remedy


def test_files_beyond_the_limits_are_refused(tmp_path: Path, truth: CocoTruth) -> None:
    assert len(found_in(tmp_path, truth, HEADER, GOOD, GOOD, csv_lines=2)[0]) == 2
    with pytest.raises(AppError, match="more than 2 lines"):
        found_in(tmp_path, truth, HEADER, GOOD, GOOD, GOOD, csv_lines=2)
    with pytest.raises(AppError, match="20 are allowed"):
        found_in(tmp_path, truth, HEADER, GOOD, label_file_bytes=20)
    with pytest.raises(AppError, match="cannot be read: No such file"):
        read_csv_detections(tmp_path / "missing.csv", truth)


@pytest.mark.parametrize(
    ("name", "expected"), [("a.csv", True), ("A.CSV", True), ("a.tsv", True), ("a.txt", True), ("a.json", False)]
)
def test_a_file_is_taken_for_csv_by_its_name(name: str, expected: bool) -> None:
    assert is_csv(Path(name)) is expected


def test_markup_in_a_file_stays_text(tmp_path: Path, truth: CocoTruth) -> None:
    _, notes = found_in(tmp_path, truth, HEADER, "a.jpg,<script>,0.5,0,0,4,4")
    assert json.loads(json.dumps(notes)) == ['1 detections are left out: the truth has no class "<script>".']
