"""Tables of boxes with and without a header, in the layouts that tools write, and their faults.

The headers are those of the tools' documentation; each case says whose. The numbers are made up, and each table but
those with other boxes holds the same two: (10, 20, 50, 60) and (30, 40, 70, 90) px in an image of 100 x 100 px.
"""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.labels.findings import Severity
from core.labels.formats.tables import csv_boxes
from core.labels.formats.written import (
    CENTRE_SHARE,
    CORNER_SIZE_PX,
    CORNERS_PX,
    CORNERS_SHARE,
    CORNERS_XXYY_PX,
    CORNERS_YXYX_PX,
    Frame,
    Layout,
    Unit,
    Written,
)
from core.labels.sources.sample import Sample
from core.settings import Limits
from tests.labels.formats.tables.reading_tables import boxes, checks, claimed, make_tree, objects, read_files, read_one

TWO = [(10, 20, 50, 60), (30, 40, 70, 90)]

# Each table: frame by the header and the unit by its numbers, and the text.
LAYOUTS: dict[str, tuple[Frame | None, str]] = {
    # TensorFlow Object Detection API, the usual xml_to_csv; Roboflow "Tensorflow Object Detection CSV".
    "tensorflow": (
        CORNERS_PX,
        "filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,100,100,cat,10,20,50,60\nb.jpg,100,100,dog,30,40,70,90\n",
    ),
    # keras-retinanet README, "CSV datasets": path/to/image.jpg,x1,y1,x2,y2,class_name without a header.
    "retinanet": (CORNERS_PX, "a.jpg,10,20,50,60,cat\nb.jpg,30,40,70,90,dog\n"),
    # make-sense, export of rectangles as CSV (version 1.10 on): px, corner and size.
    "make-sense": (
        CORNER_SIZE_PX,
        "label_name,bbox_x,bbox_y,bbox_width,bbox_height,image_name,image_width,image_height\n"
        "cat,10,20,40,40,a.jpg,100,100\ndog,30,40,40,50,b.jpg,100,100\n",
    ),
    # make-sense before 1.10: the same columns without a header.
    "make-sense-bare": (CORNER_SIZE_PX, "cat,10,20,40,40,a.jpg,100,100\ndog,30,40,40,50,b.jpg,100,100\n"),
    # VoTT 2, export as CSV: quoted texts, numbers with decimals.
    "vott": (
        CORNERS_PX,
        '"image","xmin","ymin","xmax","ymax","label"\n"a.jpg",10.0,20.0,50.0,60.0,"cat"\n"b.jpg",30,40,70,90,"dog"\n',
    ),
    # German traffic signs (GTSRB), GT-*.csv.
    "gtsrb": (
        CORNERS_PX,
        "Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId\n"
        "a.jpg;100;100;10;20;50;60;14\nb.jpg;100;100;30;40;70;90;2\n",
    ),
    # LISA traffic signs, allAnnotations.csv.
    "lisa": (
        CORNERS_PX,
        "Filename;Annotation tag;Upper left corner X;Upper left corner Y;Lower right corner X;Lower right corner Y;"
        "Occluded,On another road;Origin file\na.jpg;cat;10;20;50;60;0,0;v.avi\nb.jpg;dog;30;40;70;90;0,0;v.avi\n",
    ),
    # Udacity self-driving cars, as corrected: the frame is the image's name.
    "udacity": (
        CORNERS_XXYY_PX,
        "xmin,xmax,ymin,ymax,Frame,Label\n10,50,20,60,a.jpg,cat\n30,70,40,90,b.jpg,dog\n",
    ),
    "corners from 0": (CORNERS_PX, "image,x0,y0,x1,y1,label\na.jpg,10,20,50,60,cat\nb.jpg,30,40,70,90,dog\n"),
    "left top right bottom": (
        CORNERS_PX,
        "Label,Left,Top,Right,Bottom,Image Path\ncat,10,20,50,60,a.jpg\ndog,30,40,70,90,b.jpg\n",
    ),
    "left top width height": (
        CORNER_SIZE_PX,
        "file,left,top,width,height,class\na.jpg,10,20,40,40,cat\nb.jpg,30,40,40,50,dog\n",
    ),
    "rows first": (
        CORNERS_YXYX_PX,
        "image_id;y_min;x_min;y_max;x_max;species\na.jpg;20;10;60;50;cat\nb.jpg;40;30;90;70;dog\n",
    ),
    "mixed order": (CORNERS_PX, "ymax,image,xmin,class,xmax,ymin\n60,a.jpg,10,cat,50,20\n90,b.jpg,30,dog,70,40\n"),
    "centres in shares": (
        CENTRE_SHARE,
        "image\tclass\tx_center\ty_center\twidth\theight\n"
        "a.jpg\tcat\t0.3\t0.4\t0.4\t0.4\nb.jpg\tdog\t0.5\t0.65\t0.4\t0.5\n",
    ),
    "unit in the header": (
        CORNERS_SHARE,
        "image,class,xmin_norm,ymin_norm,xmax_norm,ymax_norm\na.jpg,cat,.1,.2,.5,.6\nb.jpg,dog,0.3,0.4,0.7,0.9\n",
    ),
    "per cent in the header": (
        Frame(layout=Layout.CORNER_SIZE, unit=Unit.PERCENT),
        "image,class,x_pct,y_pct,w_pct,h_pct\na.jpg,cat,10,20,40,40\nb.jpg,dog,30,40,40,50\n",
    ),
    "decimal commas": (
        CORNERS_PX,
        "Bild;Klasse;xmin;ymin;xmax;ymax\na.jpg;cat;10,0;20,0;50,0;60,0\nb.jpg;dog;30;40;70;90\n",
    ),
    # Global Wheat Detection and other tables with COCO's box in one field: which of x2 and width it is stays open.
    "a list in a field": (
        None,
        'image_id,width,height,bbox,source,label\na.jpg,100,100,"[10.0, 20, 40, 40]",x,cat\n'
        'b.jpg,100,100,"[30, 40, 40, 50]",y,dog\n',
    ),
    "a list of corners": (CORNERS_PX, 'image,bbox_xyxy,label\na.jpg,"(10,20,50,60)",cat\nb.jpg,30 40 70 90,dog\n'),
    "names that say nothing": (
        None,
        "Bild;Was;links;oben;rechts;unten\na.jpg;cat;10;20;50;60\nb.jpg;dog;30;40;70;90\n",
    ),
    "class before the box": (None, "a.jpg,cat,10,20,50,60\nb.jpg,dog,30,40,70,90\n"),
    "an index of pandas": (
        CORNERS_PX,
        ",image,x1,y1,x2,y2,label\n0,a.jpg,10,20,50,60,cat\n1,b.jpg,30,40,70,90,dog\n",
    ),
    "Excel's delimiter line": (
        CORNERS_PX,
        "sep=|\nimage|x1|y1|x2|y2|label\na.jpg|10|20|50|60|cat\nb.jpg|30|40|70|90|dog\n",
    ),
    "a title above": (
        CORNERS_PX,
        "# made by hand\n\nimage,x1,y1,x2,y2,label\na.jpg,10,20,50,60,cat\nb.jpg,30,40,70,90,dog",
    ),
    # keras-yolo3: a row for each image.
    "keras-yolo": (CORNERS_PX, "a.jpg 10,20,50,60,0\nb.jpg 30,40,70,90,1\n"),
    # Google AutoML / Vertex AI, "Prepare image training data: CSV": set,path,label,x1,y1,,,x2,y2,, in shares.
    "automl": (
        CORNERS_SHARE,
        "TRAIN,a.jpg,cat,0.1,0.2,,,0.5,0.6,,\nTEST,b.jpg,dog,0.3,0.4,,,0.7,0.9,,\n",
    ),
    "a class of numbers beside its name": (
        CORNERS_PX,
        "image,class,label,x1,y1,x2,y2\na.jpg,3,cat,10,20,50,60\nb.jpg,1,dog,30,40,70,90\n",
    ),
    "joined tables": (
        CORNERS_PX,
        "image,x1,y1,x2,y2,label\na.jpg,10,20,50,60,cat\nimage,x1,y1,x2,y2,label\nb.jpg,30,40,70,90,dog\n",
    ),
    # Kaggle's plain x, y, w, h in px.
    "x y w h": (CORNER_SIZE_PX, "ImageName,Tag,X,Y,W,H\na.jpg,cat,10,20,40,40\nb.jpg,dog,30,40,40,50\n"),
    "first corner and size": (
        CORNER_SIZE_PX,
        "path,label,xmin,ymin,w,h\na.jpg,cat,10,20,40,40\nb.jpg,dog,30,40,40,50\n",
    ),
    "box's own size beside corners": (
        CORNERS_PX,
        "image,label,x1,y1,x2,y2,width,height\na.jpg,cat,10,20,50,60,40,40\nb.jpg,dog,30,40,70,90,40,50\n",
    ),
}
NUMBERED = {"gtsrb": ["14", "2"], "keras-yolo": ["0", "1"]}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_boxes_of_a_table_are_read_in_the_layout_of_its_tool(tmp_path: Path, layout: str) -> None:
    frame, text = LAYOUTS[layout]
    written = read_one(tmp_path, text)
    assert boxes(written) == [pytest.approx(box) for box in TWO]
    assert objects(written) == list(zip(["a.jpg", "b.jpg"], NUMBERED.get(layout, ["cat", "dog"]), strict=True))
    assert written.groups[0].frame == frame
    assert [finding for finding in written.findings if finding.severity is Severity.BLOCKS] == []
    assert written.is_indexed == (layout in NUMBERED)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old mac"])
def test_encodings_and_line_ends_make_no_difference(tmp_path: Path, encoding: str, ending: str) -> None:
    text = "Datei,xmin,ymin,xmax,ymax,label\nbär.jpg,10,20,50,60,Kühe\n".replace("\n", ending)
    written = read_one(tmp_path, text.encode(encoding))
    assert (objects(written), boxes(written)) == ([("bär.jpg", "Kühe")], [(10, 20, 50, 60)])
    assert written.findings == []


def test_a_guessed_encoding_blocks_the_rows_whose_names_depend_on_it(tmp_path: Path) -> None:
    text = "image,xmin,ymin,xmax,ymax,label\na.jpg,10,20,50,60,Kühe\nb.jpg,1,2,3,4,dog\n"
    written = read_one(tmp_path, text.encode("cp1252"))
    assert objects(written) == [("b.jpg", "dog")]
    assert len(written.unreadable) == 1
    [finding] = written.findings
    assert (finding.check, finding.severity) == ("encoding-guessed", Severity.BLOCKS)
    assert "Kühe" in finding.message


def test_a_row_with_only_an_image_is_an_image_without_objects(tmp_path: Path) -> None:
    """keras-retinanet: "If an image contains no objects, add a row with the path and empty fields"."""
    written = read_one(tmp_path, "a.jpg,10,20,50,60,cat\nnone.jpg,,,,,\nnan.jpg,nan,nan,nan,nan,\n")
    assert [(entry.image, entry.is_annotated) for entry in written.entries] == [
        ("a.jpg", True),
        ("none.jpg", True),
        ("nan.jpg", True),
    ]
    assert (len(written.token), written.unreadable, written.findings) == (1, [], [])


def test_a_table_of_images_without_objects_is_a_table_of_boxes(tmp_path: Path) -> None:
    written = read_one(tmp_path, "a.jpg,,,,,\nb.jpg,,,,,\n")
    assert ([entry.image for entry in written.entries], written.token) == (["a.jpg", "b.jpg"], [])
    assert written.groups[0].frame == CORNERS_PX


def test_a_header_that_lies_can_be_put_right_by_a_rival(tmp_path: Path) -> None:
    """As udacity/self-driving-car issue 32: the header says xmin,xmax,ymin,ymax, the numbers are x1 y1 x2 y2."""
    written = read_one(tmp_path, "xmin,xmax,ymin,ymax,Frame,Label\n20,10,60,50,a.jpg,Car\n100,30,180,90,a.jpg,Truck\n")
    group = written.groups[0]
    assert (group.frame, group.rivals[0]) == (CORNERS_XXYY_PX, CORNERS_PX)
    assert boxes(written, frame=CORNERS_PX) == [(20, 10, 60, 50), (100, 30, 180, 90)]


def test_a_unit_that_numbers_leave_open_is_left_open(tmp_path: Path) -> None:
    written = read_one(tmp_path, "image,x1,y1,x2,y2,label\na.jpg,0,0,1,1,cat\nb.jpg,0,0,1,1,cat\n")
    group = written.groups[0]
    assert (group.frame, group.rivals[:2]) == (None, (CORNERS_PX, CORNERS_SHARE))


def test_further_columns_are_kept_as_attributes_and_the_image_s_size_with_the_image(tmp_path: Path) -> None:
    written = read_one(
        tmp_path,
        "image,x1,y1,x2,y2,label,difficult,Occluded,image_width,image_height,iscrowd\n"
        "a.jpg,10,20,50,60,cat,1,,640,480,0\na.jpg,1,2,3,4,cat,0,yes,640,480,1\n",
    )
    assert written.attributes == {0: {"difficult": "1"}, 1: {"difficult": "0", "Occluded": "yes"}}
    assert written.crowd == {1}
    [entry] = written.entries
    assert (entry.width, entry.height) == (640, 480)


def test_a_column_of_splits_gives_each_image_its_split(tmp_path: Path) -> None:
    written = read_one(
        tmp_path, "image,x1,y1,x2,y2,label,subset\na.jpg,1,2,3,4,cat,train\nb.jpg,1,2,3,4,cat,Validation\n"
    )
    assert [entry.split for entry in written.entries] == ["train", "Validation"]
    assert written.attributes == {}


def test_an_image_in_two_splits_has_two_entries(tmp_path: Path) -> None:
    written = read_one(tmp_path, "image,x1,y1,x2,y2,label,split\na.jpg,1,2,3,4,cat,train\na.jpg,1,2,3,4,cat,test\n")
    assert [(entry.image, entry.split) for entry in written.entries] == [("a.jpg", "train"), ("a.jpg", "test")]


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train_labels.csv", "train"),
        ("x/val.csv", "val"),
        ("labels.csv", ""),
        ("train-and-test.csv", ""),
        ("trains.csv", ""),
    ],
)
def test_the_name_of_a_file_may_say_the_split(tmp_path: Path, name: str, split: str) -> None:
    written = read_one(tmp_path, "image,x1,y1,x2,y2,label\na.jpg,1,2,3,4,cat\n", name)
    assert [entry.split for entry in written.entries] == [split]


def test_a_folder_column_and_a_second_image_column_help_to_find_the_image(tmp_path: Path) -> None:
    folder = read_one(tmp_path / "1", "folder,filename,xmin,ymin,xmax,ymax,name\ncats\\,a.jpg,1,2,3,4,cat\n")
    assert folder.entries[0].image == "cats\\/a.jpg".replace("\\", "")
    both = read_one(tmp_path / "2", "filename,path,xmin,ymin,xmax,ymax,name\na.jpg,D:\\x\\a.jpg,1,2,3,4,cat\n")
    assert (both.entries[0].image, both.entries[0].other_images) == ("D:\\x\\a.jpg", ("a.jpg",))


def test_frames_of_a_video_are_looked_for_by_their_padded_number_too(tmp_path: Path) -> None:
    written = read_one(tmp_path, "frame,id,bb_left,bb_top,bb_width,bb_height,class\n7,1,10,20,40,40,car\n")
    assert (written.entries[0].image, written.entries[0].other_images) == ("7", ("000007",))
    assert (boxes(written), written.attributes) == ([(10, 20, 50, 60)], {0: {"id": "1"}})


def test_a_table_for_each_image_belongs_to_the_image_of_its_name(tmp_path: Path) -> None:
    table = "class,x1,y1,x2,y2\ncat,10,20,50,60\n"
    written = read_files(tmp_path, {"l/a.csv": table, "l/b.csv": table, "l/c.csv": "class,x1,y1,x2,y2\n"})
    assert [(entry.file, entry.image) for entry in written.entries] == [("l/a.csv", ""), ("l/b.csv", "")]
    assert [group.key for group in written.groups] == ["l/*.csv"]


def test_four_corners_become_the_upright_box_and_a_mask(tmp_path: Path) -> None:
    written = read_one(tmp_path, "image,x1,y1,x2,y2,x3,y3,x4,y4,label\na.jpg,30,10,50,30,30,50,10,30,cat\n")
    assert boxes(written) == [(10, 10, 50, 50)]
    assert written.polygons == {0: [[30, 10, 50, 30, 30, 50, 10, 30]]}
    assert checks(written) == ["rotated-box"]
    assert written.groups[0].rivals == ()


def test_scores_below_one_may_be_predictions(tmp_path: Path) -> None:
    head = "image,class,score,x1,y1,x2,y2\n"
    found = read_one(tmp_path / "1", head + "a.jpg,cat,0.7,1,2,3,4\nb.jpg,cat,0.5,1,2,3,4\n", "detections.csv")
    assert [(finding.check, finding.severity) for finding in found.findings] == [("scored-labels", Severity.LOOK)]
    sure = read_one(tmp_path / "2", head + "a.jpg,cat,1,1,2,3,4\nb.jpg,cat,1.0,1,2,3,4\n")
    assert checks(sure) == []
    assert found.attributes[0] == {"score": "0.7"}


def test_a_table_without_a_class_says_so(tmp_path: Path) -> None:
    written = read_one(tmp_path, 'image_id,width,height,bbox,source\na,100,100,"[10, 20, 40, 40]",usask\n')
    assert (objects(written), checks(written)) == ([("a", "object")], ["class-column"])
    taken = read_files(tmp_path / "2", {"l.csv": "Bild,Was,xmin,ymin,xmax,ymax\na.jpg,cat,1,2,3,4\n"})
    assert (objects(taken), checks(taken)) == ([("a.jpg", "cat")], ["class-column"])


FAULTS = {
    "text for a number": ("a.jpg,10,20,x,60,cat", "malformed-line", "'x' is not a number"),
    "no number": ("a.jpg,10,20,,60,cat", "malformed-line", "'' is not a number"),
    "not finite": ("a.jpg,10,20,inf,60,cat", "non-finite", "'inf'"),
    "a NaN": ("a.jpg,10,20,nan,60,cat", "non-finite", "'nan'"),
    "far too large": (f"a.jpg,10,20,{'9' * 400},60,cat", "non-finite", "not a finite number"),
    "digits with a line": ("a.jpg,10,20,5_0,60,cat", "malformed-line", "'5_0' is not a number"),
    "other digits": ("a.jpg,10,20,٥٠,60,cat", "malformed-line", "is not a number"),
    "no class": ("a.jpg,10,20,50,60,", "malformed-line", "the box has no class"),
    "no box": ("a.jpg,,,,,cat", "malformed-line", "class 'cat' has no box"),
    "no image": (",10,20,50,60,cat", "malformed-line", "the row names no image"),
    "too few fields": ("a.jpg,10,20,50,60", "malformed-line", "5 fields instead of 6"),
    "too many fields": ("a.jpg,10,20,50,60,cat,x", "malformed-line", "7 fields instead of 6"),
    "a text for a class": (f"a.jpg,10,20,50,60,{'long ' * 300}", "malformed-line", "is no name of a class"),
    "a class over two lines": (
        'a.jpg,10,20,50,60,"cat\nc.jpg,10,20,50,60,dog"',
        "malformed-line",
        "no name of a class",
    ),
    "an open quote": ('a.jpg,10,20,50,60,"cat', "malformed-line", "look for a quote that does not end"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_row_blocks_with_its_line_and_the_rows_around_it_are_read(tmp_path: Path, fault: str) -> None:
    row, check, words = FAULTS[fault]
    written = read_one(tmp_path, f"image,x1,y1,x2,y2,label\na.jpg,1,2,30,40,dog\n{row}\nb.jpg,10,20,50,60,cat\n")
    assert objects(written) == [("a.jpg", "dog"), ("b.jpg", "cat")]
    assert len(written.unreadable) == 1
    [finding] = written.findings
    assert (finding.check, finding.severity, finding.line) == (check, Severity.BLOCKS, 3)
    assert finding.message.startswith("labels.csv, line 3: ")
    assert words in finding.message


def test_a_row_that_names_no_image_makes_no_image_without_objects(tmp_path: Path) -> None:
    written = read_one(tmp_path, "image,x1,y1,x2,y2,label\n,1,2,30,40,dog\na.jpg,1,2,30,40,dog\n")
    assert [(entry.image, entry.is_annotated) for entry in written.entries] == [("a.jpg", True), ("", False)]


def test_a_turned_box_is_refused_and_one_with_the_angle_0_is_read(tmp_path: Path) -> None:
    written = read_one(tmp_path, "image,cx,cy,w,h,angle,label\na.jpg,30,40,40,40,0,cat\nb.jpg,30,40,40,40,0.5,cat\n")
    assert (len(written.token), len(written.unreadable)) == (1, 1)
    assert "turned by an angle" in written.findings[0].message


def test_a_name_over_several_lines_and_with_delimiters_stays_one_field(tmp_path: Path) -> None:
    written = read_one(tmp_path, 'image,x1,y1,x2,y2,label,note\n"a,1.jpg",1,2,3,4,cat,"one\ntwo"\nb.jpg,1,2,3,4,dog,\n')
    assert objects(written) == [("a,1.jpg", "cat"), ("b.jpg", "dog")]
    assert (list(written.line), written.attributes) == ([2, 4], {0: {"note": "one\ntwo"}})


def test_findings_of_one_kind_are_capped_and_the_objects_still_counted(tmp_path: Path) -> None:
    written = read_one(tmp_path, "image,x1,y1,x2,y2,label\n" + "a.jpg,1,2,x,4,cat\n" * 2500)
    assert (len(written.findings), len(written.unreadable)) == (1001, 2500)
    assert "1,500 more lines like these" in written.findings[-1].message


@pytest.mark.parametrize(
    ("text", "limits", "words"),
    [
        ("image,x1,y1,x2,y2,label\na.jpg,1,2,3,4,cat\n", Limits(label_file_bytes=20), "20 are allowed"),
        ("image,x1,y1,x2,y2,label\n" + "a.jpg,1,2,3,4,cat\n" * 9, Limits(csv_lines=5), "5 are allowed"),
        ("image,x1,y1,x2,y2,label,a,b\na.jpg,1,2,3,4,cat,,\n", Limits(csv_columns=7), "8 columns; 7 are allowed"),
        ("image,x1,y1,x2,y2,x1,label\na.jpg,1,2,3,4,5,cat\n", Limits(), "two columns are called 'x1'"),
        ("image,x1,y1,x2,y2,label\n" + '"a\n' * 2000, Limits(), "too many quotes that do not end"),
    ],
    ids=["bytes", "lines", "columns", "repeated", "quotes"],
)
def test_a_file_beyond_a_limit_is_refused_as_a_whole(tmp_path: Path, text: str, limits: Limits, words: str) -> None:
    tree = make_tree(tmp_path, {"labels.csv": text}, limits)
    written = csv_boxes.read(tree, ["labels.csv"])
    assert written.unreadable_files == {"labels.csv"}
    assert any(words in finding.message for finding in written.findings)


def test_a_field_of_megabytes_is_one_bad_row(tmp_path: Path) -> None:
    for quote in ("", '"'):
        huge = quote + "x" * 2_000_000 + quote
        written = read_one(
            tmp_path, f"image,x1,y1,x2,y2,label\na.jpg,1,2,3,4,cat\n{huge},1,2,3,4,{huge}\nb.jpg,1,2,3,4,cat\n"
        )
        assert (objects(written), len(written.unreadable)) == ([("a.jpg", "cat"), ("b.jpg", "cat")], 1)


NO_TABLES = {
    "prices.csv": "item,price\nball,3\n",
    "classes.csv": "cat,0\ndog,1\n",
    "classification.csv": "filename, cat, dog\na.jpg, 1, 0\n",
    "results.csv": "epoch,train/loss,metrics/mAP50\n1,0.5,0.1\n2,0.4,0.2\n",
    "images.csv": "filename,width,height\na.jpg,640,480\n",
    "measure.csv": "a,1,2,3,4,5\nb,1,2,3,4,5\n",
    "empty.csv": "",
    "findings.csv": "check,severity,message,file,line,image,annotation,x1,y1,x2,y2\nx,look,m,f,1,a.jpg,1,1,2,3,4\n",
    "via.csv": "filename,file_size,region_shape_attributes\na.jpg,10,{}\n",
    "train.txt": "images/a.jpg\nimages/b.jpg\n",
    "yolo.txt": "0 0.5 0.5 0.1 0.1\n",
    "reference.txt": "cat,10,20,30,40\n",
    "mot.txt": "1,1,10,20,40,40,1,1,1\n",
    "mixed.txt": "a.jpg,10,20,50,60,cat\nfree words, with commas\n",
    "note.txt": "a.jpg, b.jpg, and c.jpg are dark\n",
}


@pytest.mark.parametrize("name", NO_TABLES)
def test_a_file_without_boxes_is_not_claimed(tmp_path: Path, name: str) -> None:
    assert claimed(make_tree(tmp_path, {name: NO_TABLES[name]})) == []


@pytest.mark.parametrize(
    "text",
    ["a.jpg,10,20,50,60,cat\nsub dir/b.JPG,1,2,3,4,5\nc.png,,,,,\n", "a.jpg 1,2,3,4,0 5,6,7,8,1\nb c.jpg\n"],
    ids=["retinanet", "keras-yolo"],
)
def test_a_text_file_is_claimed_if_each_row_is_a_path_with_boxes(tmp_path: Path, text: str) -> None:
    written = read_one(tmp_path, text, "train.txt")
    assert len(written.token) == 2
    assert {entry.split for entry in written.entries} == {"train"}
    assert written.findings == []


def test_a_long_file_is_claimed_by_its_beginning() -> None:
    head = "image,x1,y1,x2,y2,label\n" + "a.jpg,1,2,3,4,cat\n" * 4000
    assert csv_boxes.claim(Sample(path="a.csv", size=10**9, head=head[: 2**16], tail=""))


def test_numbers_that_change_their_length_over_many_blocks_keep_their_lines(tmp_path: Path) -> None:
    rows = [f"{number:05d}.jpg,{number % 7},2,30.5,40,c{number % 3}\n" for number in range(40_000)]
    rows[30_000] = '"q.jpg",1,2,3,4,"c ""0"""\n'
    written = read_one(tmp_path, "image,x1,y1,x2,y2,label\n" + "".join(rows))
    assert list(written.line) == list(range(2, 40_002))
    assert (written.token[30_000], written.entries[30_000].line, written.values[4 * 39_999]) == ('c "0"', 30_002, 1.0)


_WORDS = st.sampled_from(
    ["a.jpg", "1", "0.5", "nan", "-1e999", "9" * 5000, '"', '""', "\x00", "é", "\u2028", ",", ";", "\t", " ", "\r"]
)
_HEADS = st.sampled_from(
    ["image,x1,y1,x2,y2,label\n", "image;x;y;w;h\n", "a.jpg,1,2,3,4,cat\n", "a.jpg 1,2,3,4,0\n", ""]
)


def _counts_add_up(written: Written) -> bool:
    rows = len(written.token)
    return rows == len(written.entry) == len(written.group) == len(written.line) == len(written.values) / 4


@settings(max_examples=150, deadline=None)
@given(head=_HEADS, body=st.lists(st.lists(_WORDS, max_size=8).map(",".join), max_size=6).map("\n".join))
@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_whatever_a_file_holds_its_rows_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, head: str, body: str
) -> None:
    tree = make_tree(tmp_path_factory.mktemp("t"), {name: (head + body).encode()})
    claimed(tree)
    assert _counts_add_up(csv_boxes.read(tree, [name]))


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    tree = make_tree(tmp_path_factory.mktemp("t"), {"a.csv": content})
    claimed(tree)
    assert _counts_add_up(csv_boxes.read(tree, ["a.csv"]))
