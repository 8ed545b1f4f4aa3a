"""Open Images' tables. Columns and file names are those of its page "Data formats" (V4 to V7).

Boxes: ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside;
XMin to YMax are shares of the image's sides. Image labels: ImageID,Source,LabelName,Confidence. Image lists:
ImageID,Subset,OriginalURL,OriginalLandingURL,License,AuthorProfileURL,Author,Title,OriginalSize,OriginalMD5,
Thumbnail300KURL,Rotation. Masks: MaskPath,ImageID,LabelName,BoxID,BoxXMin,…. Class descriptions: code,name.
"""

from pathlib import Path

import pytest

from core.labels.findings import Severity
from core.labels.formats.tables import csv_boxes, openimages
from core.labels.formats.written import CORNERS_PX, CORNERS_SHARE, CORNERS_XXYY_SHARE
from tests.labels.formats.tables.reading_tables import boxes, checks, claimed, make_tree, objects, read_files

HEADER = (
    "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside\n"
)
BOXES = HEADER + "0001ee,xclick,/m/0pcr,1,0.1,0.5,0.25,0.75,0,1,0,0,0\n0002ff,xclick,/m/01yrx,1,0.5,1,0.5,1,0,0,1,0,0\n"
NAMES = "/m/0pcr,Alpaca\n/m/01yrx,Cat\n/m/0bt9lr,Dog\n"
LISTED = (
    "ImageID,Subset,OriginalURL,OriginalLandingURL,License\n"
    "0001ee,validation,u,u,l\n0009aa,test,u,u,l\n000bbb,train,u,u,l\n"
)
SET: dict[str, str | bytes] = {"train-annotations-bbox.csv": BOXES, "class-descriptions-boxable.csv": NAMES}


def test_boxes_are_shares_in_the_order_of_the_columns_and_classes_have_their_names(tmp_path: Path) -> None:
    written = read_files(tmp_path, SET, openimages)
    assert objects(written) == [("0001ee", "Alpaca"), ("0002ff", "Cat")]
    assert boxes(written) == [(10, 25, 50, 75), (50, 50, 100, 100)]
    assert (written.groups[0].frame, written.groups[0].rivals[0]) == (CORNERS_XXYY_SHARE, CORNERS_SHARE)
    # Only those with objects: the table names all of Open Images' classes.
    assert written.classes == [("Alpaca", "/m/0pcr"), ("Cat", "/m/01yrx")]
    assert written.findings == []


def test_a_group_is_a_crowd_region_and_the_other_marks_are_attributes(tmp_path: Path) -> None:
    written = read_files(tmp_path, SET, openimages)
    assert written.crowd == {1}
    marks = {"IsOccluded": "0", "IsTruncated": "1", "IsDepiction": "0", "IsInside": "0"}
    assert written.attributes[0] == {"Source": "xclick", "Confidence": "1", **marks}


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train-annotations-bbox.csv", "train"),
        ("oidv6-train-annotations-bbox.csv", "train"),
        ("validation-annotations-bbox.csv", "validation"),
        ("sub/test-annotations-bbox.csv", "test"),
        ("boxes.csv", ""),
    ],
)
def test_the_split_stands_in_the_name_of_the_file(tmp_path: Path, name: str, split: str) -> None:
    written = read_files(tmp_path, {name: BOXES}, openimages)
    assert {entry.split for entry in written.entries} == {split}


def test_an_image_list_gives_splits_to_the_images_of_the_source(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "boxes.csv": BOXES,
        "image_ids.csv": LISTED,
        "a/0001ee.jpg": b"",
        "a/0009aa.jpg": b"",
    }
    written = read_files(tmp_path, files, openimages)
    assert [(entry.image, entry.split, entry.is_annotated) for entry in written.entries] == [
        ("0001ee", "validation", True),
        ("0002ff", "", True),
        ("0009aa", "test", False),
    ]
    assert any("3 images are listed; 2 of them are in the source" in finding.message for finding in written.findings)


LEFT_OUT = {
    "labels of whole images": "ImageID,Source,LabelName,Confidence\n0001ee,verification,/m/0pcr,1\n0001ee,v,/m/1,0",
    "segmentation masks": "MaskPath,ImageID,LabelName,BoxID,BoxXMin,BoxXMax,BoxYMin,BoxYMax,PredictedIoU,Clicks\n"
    "a.png,0001ee,/m/0pcr,x,0,1,0,1,0,\nb.png,0001ee,/m/0pcr,x,0,1,0,1,0,\n",
    "relationships": "ImageID,LabelName1,LabelName2,XMin1,XMax1,YMin1,YMax1,XMin2,XMax2,YMin2,YMax2,RelationshipLabel\n"
    "0001ee,/m/1,/m/2,0,1,0,1,0,1,0,1,on\n0001ee,/m/1,/m/2,0,1,0,1,0,1,0,1,on\n",
    "points": "ImageId,X,Y,Label,EstimatedYesNo,Source\n0001ee,0.1,0.2,/m/1,yes,s\n0001ee,0.1,0.2,/m/1,no,s\n",
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_tables_of_other_things_are_left_out_counted_and_named(tmp_path: Path, what: str) -> None:
    written = read_files(tmp_path, {**SET, "other.csv": LEFT_OUT[what]}, openimages)
    assert dict(written.left_out) == {what: 2}
    [finding] = written.findings
    assert (finding.check, finding.severity, finding.file) == ("left-out", Severity.LOOK, "other.csv")
    assert f"2 rows with {what}" in finding.message
    assert len(written.token) == 2


def test_without_class_names_the_codes_are_the_classes_and_it_is_said(tmp_path: Path) -> None:
    written = read_files(tmp_path, {"boxes.csv": BOXES}, openimages)
    assert (written.token, written.classes, checks(written)) == (["/m/0pcr", "/m/01yrx"], [], ["class-codes"])


def test_classes_that_are_names_already_need_no_table(tmp_path: Path) -> None:
    written = read_files(tmp_path, {"boxes.csv": HEADER + "0001ee,x,Cat,1,.1,.2,.3,.4,0,0,0,0,0\n"}, openimages)
    assert (written.token, checks(written)) == (["Cat"], [])


def test_a_code_with_two_names_blocks(tmp_path: Path) -> None:
    written = read_files(tmp_path, {**SET, "more-names.csv": "/m/0pcr,Llama\n/m/01yrx,Cat\n"}, openimages)
    [finding] = written.findings
    assert (finding.check, finding.severity) == ("names-conflict", Severity.BLOCKS)
    assert "Alpaca" in finding.message and "Llama" in finding.message


def test_names_of_v7_have_a_header(tmp_path: Path) -> None:
    files = {"boxes.csv": BOXES, "oidv7-class-descriptions-boxable.csv": "LabelName,DisplayName\n" + NAMES}
    written = read_files(tmp_path, files, openimages)
    assert (written.token, checks(written)) == (["Alpaca", "Cat"], [])


def test_a_bad_row_is_refused_with_its_line_under_the_class_s_name(tmp_path: Path) -> None:
    bad = HEADER + "0001ee,xclick,/m/0pcr,1,0.1,x,0.25,0.75,0,0,0,0,0\n"
    written = read_files(tmp_path, {**SET, "train-annotations-bbox.csv": bad}, openimages)
    assert written.unreadable == [(0, "Alpaca")]
    assert written.findings[0].message.startswith("train-annotations-bbox.csv, line 2: 'x' is not a number")


def test_numbers_in_px_are_given_a_rival_in_px(tmp_path: Path) -> None:
    table = HEADER + "0001ee,xclick,/m/0pcr,1,10,50,25,75,0,0,0,0,0\n"
    [group] = read_files(tmp_path, {"boxes.csv": table}, openimages).groups
    assert group.frame == CORNERS_XXYY_SHARE
    assert CORNERS_PX in group.rivals


def test_only_open_images_own_columns_are_claimed(tmp_path: Path) -> None:
    other = "image_id,label_name,xmin,xmax,ymin,ymax\na.jpg,cat,10,50,20,60\n"
    tree = make_tree(tmp_path, {**SET, "other.csv": other, "classes.csv": "cat,0\n", "empty.csv": ""})
    assert claimed(tree, openimages) == ["class-descriptions-boxable.csv", "train-annotations-bbox.csv"]
    assert claimed(tree, csv_boxes) == ["other.csv"]


@pytest.mark.parametrize("content", [b"\0\1", b"", b"ImageID,LabelName\n", b'"', b"/m/0pcr,Cat"])
def test_any_file_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    tree = make_tree(tmp_path, {"a.csv": content})
    written = openimages.read(tree, ["a.csv"])
    assert (written.token, bool(written.unreadable_files)) == ([], content != b"/m/0pcr,Cat")
