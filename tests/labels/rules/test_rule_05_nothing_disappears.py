"""Rule 5: everything in a source is imported, blocked, or left out with a reason; parts that agree are one."""

from pathlib import Path

import pytest

from tests.labels.taken import Box, Files, Taken, coco, take, voc, yolo

SIZE = (80, 60)
CAT: Box = ("cat", 10, 10, 50, 40)
DOG: Box = ("dog", 20, 10, 60, 50)
LINE = yolo("cat", *CAT[1:])
HEADER = "filename,width,height,class,xmin,ymin,xmax,ymax\n"


def pairs(*stems: str) -> Files:
    """Images with a label file of one cat each."""
    return {f"images/{stem}.jpg": SIZE for stem in stems} | {f"labels/{stem}.txt": LINE for stem in stems}


def left_out(taken: Taken, kind: str) -> dict[str, int]:
    return dict(taken.accounts[f"{kind} before"].left_out)


MIXED: dict[str, tuple[Files, dict[str, list[Box]], str]] = {
    "XML and text, each for some images": (
        {"a.jpg": SIZE, "a.xml": voc("a.jpg", CAT), "b.jpg": SIZE, "b.txt": LINE},
        {"a.jpg": [CAT], "b.jpg": [CAT]}, "voc and yolo",
    ),
    "COCO and CSV": (
        {"a.jpg": SIZE, "x.json": coco(["a.jpg"], [(1, 1, 10, 10, 40, 30)]), "b.jpg": SIZE,
         "y.csv": HEADER + "b.jpg,80,60,dog,20,10,60,50\n"},
        {"a.jpg": [CAT], "b.jpg": [DOG]}, "coco and csv",
    ),
}  # fmt: skip

AGREEING: dict[str, tuple[Files, dict[str, list[Box]]]] = {
    "XML and text": (
        {"a.jpg": SIZE, "a.xml": voc("a.jpg", CAT, DOG), "a.txt": LINE + yolo("dog", *DOG[1:])}, {"a.jpg": [CAT, DOG]},
    ),
    "XML from 1 and text from 0": (
        {"a.jpg": SIZE, "a.xml": voc("a.jpg", ("cat", 11, 11, 50, 40)), "a.txt": LINE},
        {"a.jpg": [("cat", 11, 11, 50, 40)]},
    ),
    "XML and a CSV of a part": (
        {"a.jpg": SIZE, "b.jpg": SIZE, "a.xml": voc("a.jpg", CAT), "b.xml": voc("b.jpg", DOG),
         "x.csv": HEADER + "a.jpg,80,60,cat,10,10,50,40\n"},
        {"a.jpg": [CAT], "b.jpg": [DOG]},
    ),
    "the same in another order": (
        {"a.jpg": SIZE, "a.xml": voc("a.jpg", DOG, CAT), "x.csv": HEADER + "a.jpg,80,60,cat,10,10,50,40\n"
         "a.jpg,80,60,dog,20,10,60,50\n"},
        {"a.jpg": [DOG, CAT]},
    ),
    "both empty": ({"a.jpg": SIZE, "a.xml": voc("a.jpg"), "a.txt": ""} | pairs("b"), {"images/b.jpg": [CAT]}),
}  # fmt: skip

DIFFERING: dict[str, Files] = {
    "one object more": {"a.xml": voc("a.jpg", CAT, DOG), "a.txt": LINE},
    "another class": {"a.xml": voc("a.jpg", ("dog", *CAT[1:])), "a.txt": LINE},
    "a box 3 px away": {"a.xml": voc("a.jpg", ("cat", 13, 10, 50, 40)), "a.txt": LINE},
    "one says that nothing is there": {"a.xml": voc("a.jpg"), "a.txt": LINE},
    "text beside the image and in a folder": {"a.txt": LINE, "labels/a.txt": yolo("dog", *CAT[1:])},
}

# Images, and what each of those that are left out is.
COMPANIONS: dict[str, tuple[list[str], dict[str, int]]] = {
    "masks of VOC": (["SegmentationClass/a.png", "SegmentationObject/a.png"], {"masks": 2}),
    "a folder of masks": (["masks/a.png", "masks/b.png"], {"masks": 2}),
    "masks by suffix": (["train_masks/a_mask.png"], {"masks": 1}),
    "depth": (["depth/a.png", "disparity/b.png"], {"depth images": 2}),
    "crops": (["crops/cat/a_1.jpg", "crops/cat/a_2.jpg"], {"crops": 2}),
    "drawn boxes": (["visualizations/a.jpg"], {"visualisations": 1}),
    "images of other names in a folder called masks": (["masks/face1.jpg", "masks/face2.jpg"], {}),
}


@pytest.mark.parametrize("name", MIXED)
def test_each_part_is_read_by_its_own_reader(name: str, tmp_path: Path) -> None:
    files, boxes, words = MIXED[name]
    taken = take(tmp_path, files)
    assert (taken.boxes, taken.blocks, taken.examination.reading.format) == (boxes, [], words)


@pytest.mark.parametrize("name", AGREEING)
def test_parts_that_agree_to_one_pixel_count_once(name: str, tmp_path: Path) -> None:
    files, boxes = AGREEING[name]
    taken = take(tmp_path, files)
    assert (taken.boxes, taken.blocks) == (boxes, [])
    copies = taken.examination.reading.accounts.objects.left_out
    assert sum(copies.values()) == sum(len(found) for found in boxes.values()) - (
        1 if name in ("XML and a CSV of a part", "both empty") else 0
    )
    assert bool(taken.said("same-labels")) is bool(copies)


def test_the_richer_of_two_parts_is_kept(tmp_path: Path) -> None:
    polygon = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 40, 30],
               "segmentation": [[10, 10, 50, 10, 50, 40, 10, 40]]}  # fmt: skip
    taken = take(tmp_path, {"a.jpg": SIZE, "a.xml": voc("a.jpg", CAT), "x.json": coco(["a.jpg"], [polygon])})
    assert taken.boxes == {"a.jpg": [CAT]}
    assert taken.labels.annotations["source_file"].tolist() == ["x.json"]
    assert taken.labels.annotations["segmentation"].tolist() != [""]


@pytest.mark.parametrize("name", DIFFERING)
def test_parts_that_differ_block_the_image_and_no_other(name: str, tmp_path: Path) -> None:
    taken = take(tmp_path, {"a.jpg": SIZE} | DIFFERING[name] | pairs("b"))
    assert {check for check, _ in taken.blocks} == {"labels-differ"}
    assert taken.boxes == {"images/b.jpg": [CAT]}
    assert taken.uses["a.jpg"] == "unlabelled"


@pytest.mark.parametrize(
    ("second", "boxes"),
    [
        pytest.param((1, 2, 1, 1, 20, 20), [CAT, ("dog", 1, 1, 21, 21)], id="another object"),
        pytest.param((1, 1, 10, 10, 40, 30), [CAT], id="the same object"),
        pytest.param((1, 1, 13, 10, 40, 30), None, id="another box of the same object"),
    ],
)
def test_two_files_that_name_an_image_add_up_unless_they_are_two_states_of_it(
    second: tuple[float, ...], boxes: list[Box] | None, tmp_path: Path
) -> None:
    files = {"one.json": coco(["a.jpg"], [(1, 1, 10, 10, 40, 30)]), "two.json": coco(["a.jpg"], [second])}
    taken = take(tmp_path, {"a.jpg": SIZE} | files | pairs("b"))
    assert taken.boxes.get("a.jpg") == boxes
    assert [check for check, _ in taken.blocks] == ([] if boxes else ["labels-differ"])


COPIES: dict[str, tuple[Files, list[Box]]] = {
    "a COCO file and its backup": (
        dict.fromkeys(("x.json", "backup/x.json"), coco(["a.jpg"], [(1, 1, 10, 10, 40, 30)])), [CAT],
    ),
    "a CSV file and its backup": (
        dict.fromkeys(("x.csv", "backup/x.csv"), HEADER + "a.jpg,80,60,cat,10,10,50,40\n"), [CAT],
    ),
    "files of two folders that differ": (
        {"one/x.json": coco(["a.jpg"], [(1, 1, 10, 10, 40, 30)]), "two/x.json": coco(["a.jpg"], [])}, [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COPIES)
def test_files_of_two_folders_that_name_an_image_count_once_if_they_are_copies(name: str, tmp_path: Path) -> None:
    files, boxes = COPIES[name]
    taken = take(tmp_path, {"images/a.jpg": SIZE} | files | pairs("b"))
    assert taken.boxes.get("images/a.jpg", []) == boxes
    assert bool(taken.blocks) is not bool(boxes)


@pytest.mark.parametrize("name", COMPANIONS)
def test_images_that_accompany_others_are_left_out_and_said(name: str, tmp_path: Path) -> None:
    paths, counts = COMPANIONS[name]
    taken = take(tmp_path, pairs("a", "b") | dict.fromkeys(paths, SIZE))
    assert left_out(taken, "images") == counts
    assert all(kind in taken.said("left-out") for kind in counts)
    assert len(taken.labels.images) == 2 + (0 if counts else len(paths))


def test_files_of_no_known_format_are_named(tmp_path: Path) -> None:
    files = pairs("a") | {"config.json": {"a": 1}, "settings.xml": "<settings/>", "README.txt": "Read me first."}
    taken = take(tmp_path, files)
    assert left_out(taken, "label_files") == {"no label file of a known format": 2}
    assert all(name in taken.said("left-out") for name in ("config.json", "settings.xml"))


def test_lists_of_other_tasks_are_counted_and_say_nothing_about_splits(tmp_path: Path) -> None:
    taken = take(tmp_path, {
        **{f"JPEGImages/{name}.jpg": SIZE for name in "123"},
        **{f"Annotations/{name}.xml": voc(f"{name}.jpg", CAT) for name in "123"},
        "ImageSets/Main/train.txt": "1\n3\n", "ImageSets/Main/val.txt": "2\r\n \r\n\r\n",
        "ImageSets/Main/cat_train.txt": "1  1\n3 -1\n", "ImageSets/Main/trainval.txt": "1\n2\n3\n",
        "ImageSets/Segmentation/val.txt": "1\n",
    })  # fmt: skip
    assert taken.splits == {"JPEGImages/1.jpg": "train", "JPEGImages/2.jpg": "val", "JPEGImages/3.jpg": "train"}
    assert taken.findings == [] or not taken.said("two-splits")
    entries = taken.accounts["split_entries before"]
    assert (entries.found, entries.imported) == (9, 3)
    assert left_out(taken, "split_entries") == {"in a list of one class or another task": 6}


def test_two_roots_of_voc_have_their_own_lists(tmp_path: Path) -> None:
    files: Files = {}
    for year, train, val in (("2007", "1", "2"), ("2012", "2", "1")):
        files |= {f"VOC{year}/JPEGImages/{name}.jpg": SIZE for name in "12"}
        files |= {f"VOC{year}/Annotations/{name}.xml": voc(f"{name}.jpg", CAT) for name in "12"}
        files |= {f"VOC{year}/ImageSets/Main/train.txt": train, f"VOC{year}/ImageSets/Main/val.txt": val}
    assert take(tmp_path, files).splits == {
        "VOC2007/JPEGImages/1.jpg": "train", "VOC2007/JPEGImages/2.jpg": "val",
        "VOC2012/JPEGImages/1.jpg": "val", "VOC2012/JPEGImages/2.jpg": "train",
    }  # fmt: skip


LISTS: dict[str, tuple[Files, dict[str, str], str, str]] = {
    # lists, splits, the check that says it, and what it names
    "an entry twice": (
        {"train.txt": "images/a.jpg\n\nimages/a.jpg\n", "val.txt": "images/b.jpg\nimages/c.jpg\n"},
        {"a": "train", "b": "val", "c": "val"}, "", "",
    ),
    "switches in the settings of a run": (
        {"train.txt": "images/a.jpg\nimages/c.jpg\n", "val.txt": "images/b.jpg\n", "args.yaml": "val: true\n"},
        {"a": "train", "b": "val", "c": "train"}, "", "",
    ),
    "an image in two lists": (
        {"train.txt": "images/a.jpg\nimages/c.jpg\n", "val.txt": "images/b.jpg\nimages/a.jpg\n"},
        {"a": "train", "b": "val", "c": "train"}, "two-splits", "images/a.jpg",
    ),
    "an entry without an image": (
        {"train.txt": "images/a.jpg\nimages/c.jpg\nimages/gone.jpg\n", "val.txt": "images/b.jpg\n"},
        {"a": "train", "b": "val", "c": "train"}, "orphan-entry", "images/gone.jpg",
    ),
    "an image in no list": (
        {"Train.TXT": "images/a.jpg\n", "VAL.txt": "images/b.jpg\n"},
        {"a": "train", "b": "val"}, "in-no-split", "images/c.jpg",
    ),
    "foreign paths": (
        {"train.txt": "/content/drive/My Drive/images/a.jpg\nC:\\set\\images\\c.jpg\n", "val.txt": "./images/b.jpg\n"},
        {"a": "train", "b": "val", "c": "train"}, "", "",
    ),
    "stems, and a code page that the names settle": (
        {"train.txt": "a\nc\n", "val.txt": "b\n", "images/k\u00e4se.jpg": SIZE, "labels/k\u00e4se.txt": LINE,
         "test.txt": "k\u00e4se\n".encode("cp1252")},
        {"a": "train", "b": "val", "c": "train", "k\u00e4se": "test"}, "", "",
    ),
    "a description with a folder that is not there": (
        {"data.yaml": "train: lists/one.txt\nval: [lists/two.txt]\ntest: images/test\nnames: [cat]\n",
         "lists/one.txt": "../images/a.jpg\n../images/c.jpg\n", "lists/two.txt": "images/b.jpg\n"},
        {"a": "train", "b": "val", "c": "train"}, "in-no-split", "images/test",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_every_entry_of_a_list_is_followed_or_said(name: str, tmp_path: Path) -> None:
    lists, splits, check, named = LISTS[name]
    taken = take(tmp_path, pairs("a", "b", "c") | lists)
    assert taken.splits == {f"images/{stem}.jpg": split for stem, split in splits.items()}
    assert not check or named in taken.said(check)
    assert {finding.check for finding in taken.findings} & {"two-splits", "orphan-entry", "in-no-split"} == {check} - {
        ""
    }


def test_images_that_no_label_file_names_are_in_a_finding(tmp_path: Path) -> None:
    taken = take(tmp_path, pairs("a", "b") | {"images/c.jpg": SIZE})
    assert "images/c.jpg" in taken.said("image-without-label")
