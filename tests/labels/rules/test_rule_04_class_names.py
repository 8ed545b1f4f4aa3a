"""Rule 4: names of classes are evidence; lists that differ rule their own folder, or block."""

from pathlib import Path

import pytest

from tests.labels.taken import Files, coco, take, yolo

SIZE = (80, 60)
LINE = {name: yolo(name, 10, 10, 50, 40) for name in ("0", "1", "2", "3", "7", "-1", "0.5", "1.0", "cat", "big cat")}
A: Files = {"images/a.jpg": SIZE}
B: Files = {"images/b.jpg": SIZE}


def labelled(*tokens: str, folder: str = "") -> Files:
    """An image for each token, named for its position."""
    files: Files = {}
    for number, token in enumerate(tokens):
        files |= {f"{folder}images/{number}.jpg": SIZE, f"{folder}labels/{number}.txt": LINE[token]}
    return files


# Files, and the classes of the images in the order of their paths.
NAMED: dict[str, tuple[Files, list[str]]] = {
    "a list": (labelled("0", "1") | {"classes.txt": "cat\ndog\n"}, ["cat", "dog"]),
    "CRLF, a mark and blanks": (labelled("0", "1") | {"classes.txt": "\ufeffcat \r\ndog\r\n\r\n"}, ["cat", "dog"]),
    "old line ends": (labelled("0", "1") | {"classes.txt": "cat\rdog\r"}, ["cat", "dog"]),
    "UTF-16": (labelled("0", "1") | {"classes.txt": "k\u00e4fer\r\ndog\r\n".encode("utf-16")}, ["k\u00e4fer", "dog"]),
    "a list in upper case": (labelled("0", "1") | {"Classes.TXT": "cat\ndog\n"}, ["cat", "dog"]),
    "Darknet's names": (labelled("0", "1") | {"data/obj.names": "cat\ndog\n"}, ["cat", "dog"]),
    "a list that obj.data names": (
        labelled("0", "1") | {"obj.data": "classes = 2\nnames = data/pets.list\n", "pets.list": "cat\ndog\n"},
        ["cat", "dog"],
    ),
    "words that YAML 1.1 takes for values": (
        labelled("0", "1", "2", "3") | {"data.yaml": "names: [no, 007, 2020-01-01, 1.50]\n"},
        ["no", "007", "2020-01-01", "1.50"],
    ),
    "on, off and null": (labelled("0", "1", "2") | {"data.yaml": "names: [on, off, null]\n"}, ["on", "off", "null"]),
    "a table": (labelled("0", "1") | {"data.yaml": "names:\n  0: cat\n  1: dog\n"}, ["cat", "dog"]),
    "a table with keys in quotes": (labelled("1") | {"data.yaml": "names: {'0': cat, '1': dog}\n"}, ["dog"]),
    "a table with a gap": (labelled("0", "3") | {"data.yaml": "names: {0: cat, 3: dog}\n"}, ["cat", "dog"]),
    "a table that counts from 1": (labelled("1", "2") | {"data.yaml": "names: {1: cat, 2: dog}\n"}, ["cat", "dog"]),
    "names in the rows": (labelled("cat", "big cat"), ["cat", "big cat"]),
    "a number with decimals": (labelled("1.0", "0") | {"classes.txt": "cat\ndog\n"}, ["dog", "cat"]),
    "a list with numbers before the names": (labelled("0", "1") | {"classes.txt": "0 cat\n1 dog\n"}, ["cat", "dog"]),
    "a list with numbers in another order": (labelled("0", "1") | {"classes.txt": "1: dog\n0: cat\n"}, ["cat", "dog"]),
    "a list that is numbered from 1": (labelled("1", "2") | {"classes.txt": "1: cat\n2: dog\n"}, ["cat", "dog"]),
    "names that begin with numbers": (
        labelled("0", "1") | {"classes.txt": "1 euro\n2 euro\n"}, ["1 euro", "2 euro"],
    ),
    "names on one line": (labelled("0", "1") | {"classes.txt": "cat, big dog\n"}, ["cat", "big dog"]),
    "words beside numbers that have a list": (
        labelled("cat", folder="x/") | labelled("0", folder="y/") | {"y/classes.txt": "owl\ndog\n"}, ["cat", "owl"],
    ),
    "one list for each folder": (
        labelled("0", folder="x/") | labelled("0", folder="y/")
        | {"x/classes.txt": "cat\ndog\n", "y/classes.txt": "dog\ncat\n"},
        ["cat", "dog"],
    ),
    "one description for each folder": (
        labelled("1", folder="x/") | labelled("1", folder="y/")
        | {"x/data.yaml": "names: [cat, dog]\n", "y/data.yaml": "names: [owl, cow]\n"},
        ["dog", "cow"],
    ),
    "two lists that agree": (
        labelled("0", "1") | {"classes.txt": "cat\ndog\n", "data.yaml": "names: [cat, dog]\n"}, ["cat", "dog"],
    ),
    "a list that goes further than the other": (
        labelled("0", "2") | {"classes.txt": "cat\ndog\n", "data.yaml": "names: [cat, dog, owl]\n"}, ["cat", "owl"],
    ),
    "one name at two ids": (labelled("0", "2") | {"classes.txt": "cat\ndog\ncat\n"}, ["cat", "cat"]),
    "only the second class is used": (labelled("1", "1") | {"classes.txt": "cat\ndog\nowl\n"}, ["dog", "dog"]),
    "COCO ids with a gap": (
        A | {"x.json": {"images": [{"id": 1, "file_name": "a.jpg"}],
                        "annotations": [{"id": 1, "image_id": 1, "category_id": 90, "bbox": [1, 1, 20, 20]}],
                        "categories": [{"id": 0, "name": "cat"}, {"id": 90, "name": "dog"}]}},
        ["dog"],
    ),
    "COCO files with other ids": (
        A | B | {"a.json": coco(["a.jpg"], [(1, 1, 1, 1, 20, 20)], ["cat", "dog"]),
                 "b.json": coco(["b.jpg"], [(1, 1, 1, 1, 20, 20)], ["dog", "cat"])},
        ["cat", "dog"],
    ),
}  # fmt: skip

# Files, the check that blocks, and words of its message.
BLOCKED: dict[str, tuple[Files, str, str]] = {
    "ids from 1": (labelled("1", "2") | {"classes.txt": "cat\ndog\n"}, "unknown-class", "--first-id 1"),
    "ids from 1, the last one unused": (
        labelled("1", "2") | {"classes.txt": "cat\ndog\nowl\n"}, "unknown-class", "1 is 'cat'",
    ),
    "an id beyond the names": (labelled("0", "7") | {"classes.txt": "cat\ndog\n"}, "unknown-class", "from 0 to 1"),
    "an id below 0": (labelled("-1", "1", "0") | {"classes.txt": "cat\ndog\n"}, "unknown-class", "'-1'"),
    "an id with decimals": (labelled("0.5", "1", "0") | {"classes.txt": "cat\ndog\n"}, "unknown-class", "'0.5'"),
    "no list": (labelled("0", "1"), "names-missing", "no file names them"),
    "only a count of classes": (labelled("0") | {"data.yaml": "nc: 2\n" "train: images\n"}, "names-missing", "(0)"),
    "lists in another order": (
        labelled("0", "1") | {"classes.txt": "cat\ndog\n", "data.yaml": "names: [dog, cat]\n"},
        "names-conflict", "'dog' or 'cat'",
    ),
    "fewer names than the count": (
        labelled("0", "1") | {"data.yaml": "nc: 3\nnames: [cat, dog]\n"}, "names-conflict", "`nc` is 3",
    ),
    "a key twice": (labelled("0") | {"data.yaml": "names:\n  0: cat\n  0: dog\n"}, "malformed-file", "stands twice"),
    "names that are one text": (labelled("0") | {"data.yaml": "names: cat\n"}, "malformed-file", "neither a list nor"),
    "a name that is a table": (labelled("0") | {"data.yaml": "names:\n  - a: b\n"}, "malformed-file", "neither a list"),
    "a tab": (labelled("0") | {"data.yaml": "names:\n\t- cat\n"}, "malformed-file", "line 2"),
    "a name that is missing": (
        labelled("0", "1", "2") | {"classes.txt": "cat\n\ndog\n"}, "unknown-class", "no name in classes.txt",
    ),
    "a number in a gap": (
        labelled("0", "1") | {"data.yaml": "names: {0: cat, 3: dog}\n"}, "unknown-class", "no name in data.yaml",
    ),
    "COCO ids one below those of the list": (
        A | B | {"x.json": coco(["a.jpg", "b.jpg"], [(1, 0, 1, 1, 20, 20), (2, 1, 1, 1, 20, 20)])},
        "unknown-class", "one higher",
    ),
    "a list in a guessed code page": (
        labelled("0", "1") | {"classes.txt": "k\u00e4fer\ndog\n".encode("cp1252")}, "encoding-guessed",
        "cp1252: k\u00e4fer",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_a_class_has_the_name_that_its_list_gives_it(name: str, tmp_path: Path) -> None:
    files, classes = NAMED[name]
    taken = take(tmp_path, files)
    assert taken.blocks == []
    assert [boxes[0][0] for _, boxes in sorted(taken.boxes.items())] == classes


@pytest.mark.parametrize("name", BLOCKED)
def test_names_that_cannot_be_right_block(name: str, tmp_path: Path) -> None:
    files, check, words = BLOCKED[name]
    taken = take(tmp_path, files)
    assert check in {blocked for blocked, _ in taken.blocks}
    assert words in taken.said(check)


def test_no_object_of_a_coco_file_with_shifted_ids_comes_in(tmp_path: Path) -> None:
    assert take(tmp_path, BLOCKED["COCO ids one below those of the list"][0]).boxes == {}


def test_an_object_of_a_class_that_coco_does_not_list_blocks_alone(tmp_path: Path) -> None:
    taken = take(tmp_path, A | {"x.json": coco(["a.jpg"], [(1, 1, 1, 1, 20, 20), (1, 7, 1, 1, 9, 9)])})
    assert taken.boxes == {"images/a.jpg": [("cat", 1, 1, 21, 21)]}


def test_the_shifted_reading_is_taken_when_it_is_asked_for(tmp_path: Path) -> None:
    taken = take(tmp_path, BLOCKED["ids from 1"][0], first_id=1)
    assert taken.blocks == []
    assert [boxes[0][0] for _, boxes in sorted(taken.boxes.items())] == ["cat", "dog"]


@pytest.mark.parametrize("name", ["ids from 1", "no list", "lists in another order", "a list in a guessed code page"])
def test_names_that_the_user_gives_settle_it(name: str, tmp_path: Path) -> None:
    taken = take(tmp_path, BLOCKED[name][0], names=("owl", "cow", "hen"))
    assert taken.blocks == []
    assert {box[0] for boxes in taken.boxes.values() for box in boxes} <= {"owl", "cow", "hen"}


@pytest.mark.parametrize("name", ["a list with numbers before the names", "names on one line"])
def test_a_list_in_another_form_is_said(name: str, tmp_path: Path) -> None:
    assert "classes.txt" in take(tmp_path, NAMED[name][0]).said("bad-name")


def test_one_name_at_two_ids_is_joined_and_said(tmp_path: Path) -> None:
    taken = take(tmp_path, NAMED["one name at two ids"][0])
    assert taken.labels.class_names == ["cat", "dog"]
    assert "ids 0 and 2 have one name, 'cat'" in taken.said("repeated-name")


def test_a_list_is_not_said_to_rule_words_that_it_does_not_know(tmp_path: Path) -> None:
    files = labelled("cat", folder="x/") | labelled("0", folder="y/") | {"y/classes.txt": "owl\ndog\n"}
    (scope,) = take(tmp_path, files).examination.reading.class_scopes
    assert (scope.file, scope.folders) == ("y/classes.txt", ("y/labels",))


def test_names_that_differ_in_case_only_stay_two_classes_and_are_said(tmp_path: Path) -> None:
    taken = take(tmp_path, labelled("0", "1") | {"classes.txt": "cat\nCat\n"})
    assert taken.labels.class_names == ["cat", "Cat"]
    assert taken.said("almost-same-class-names")
