"""Rule 8: files are read in the encoding that they declare; where names depend on a guess, it blocks.

Names in archives have their tests in tests/labels/imports/test_archive.py.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import AppError
from core.labels.imports.options import ImportOptions
from tests.labels.taken import Box, Files, coco, take, voc, yolo

SIZE = (80, 60)
BEETLE: Box = ("k\u00e4fer", 10, 10, 50, 40)
CAT = "\u732b"
LINE = yolo("0", *BEETLE[1:])
TABLE = "filename,xmin,ymin,xmax,ymax,class,remark\na.jpg,10,10,50,40,k\u00e4fer,sch\u00f6n\n"


def declared(encoding: str, codec: str = "", label: str = "k\u00e4fer") -> bytes:
    text = f'<?xml version="1.0" encoding="{encoding}"?>' + voc("a.jpg", (label, *BEETLE[1:]))
    return text.encode(codec or encoding)


READ: dict[str, tuple[Files, str]] = {
    "a list in UTF-8": ({"a.txt": LINE, "classes.txt": "k\u00e4fer\n"}, "k\u00e4fer"),
    "a list with a mark": ({"a.txt": LINE, "classes.txt": "\ufeffk\u00e4fer\r\n"}, "k\u00e4fer"),
    "a list in UTF-16": ({"a.txt": LINE, "classes.txt": "k\u00e4fer\r\n".encode("utf-16")}, "k\u00e4fer"),
    "rows in UTF-16": ({"a.txt": LINE.encode("utf-16"), "classes.txt": "k\u00e4fer\n"}, "k\u00e4fer"),
    "rows of UTF-16, high byte first": (
        {"a.txt": b"\xfe\xff" + yolo("k\u00e4fer", *BEETLE[1:]).encode("utf-16-be")}, "k\u00e4fer",
    ),
    "a description in UTF-16": ({"a.txt": LINE, "data.yaml": "names: [k\u00e4fer]\n".encode("utf-16")}, "k\u00e4fer"),
    "XML in Latin 1": ({"a.xml": declared("ISO-8859-1")}, "k\u00e4fer"),
    "XML in Windows's page": ({"a.xml": declared("windows-1252", "cp1252")}, "k\u00e4fer"),
    "XML in UTF-16": ({"a.xml": declared("utf-16")}, "k\u00e4fer"),
    "XML in GBK": ({"a.xml": declared("GBK", label=CAT)}, CAT),
    "XML in Shift JIS": ({"a.xml": declared("Shift_JIS", label=CAT)}, CAT),
    "JSON in UTF-16": (
        {"x.json": json.dumps(coco(["a.jpg"], [(1, 1, 10, 10, 40, 30)], ["k\u00e4fer"])).encode("utf-16")},
        "k\u00e4fer",
    ),
    "JSON with a mark": (
        {"x.json": b"\xef\xbb\xbf" + json.dumps(coco(["a.jpg"], [(1, 1, 10, 10, 40, 30)], ["k\u00e4fer"])).encode()},
        "k\u00e4fer",
    ),
    "a table in UTF-8 with a mark": ({"x.csv": "\ufeff" + TABLE}, "k\u00e4fer"),
    "a table in UTF-16": ({"x.csv": TABLE.encode("utf-16")}, "k\u00e4fer"),
    "a guess for remarks only": ({"x.csv": TABLE.replace("k\u00e4fer", "beetle").encode("cp1252")}, "beetle"),
    "a guess for a comment in a list of classes is none": ({"a.txt": LINE, "classes.txt": b"beetle\n"}, "beetle"),
}  # fmt: skip

GUESSED: dict[str, Files] = {
    "a list": {"a.txt": LINE, "classes.txt": "k\u00e4fer\n".encode("cp1252")},
    "rows": {"a.txt": yolo("k\u00e4fer", *BEETLE[1:]).encode("cp1252")},
    "XML that declares nothing": {"a.xml": voc("a.jpg", BEETLE).encode("cp1252")},
    "XML that declares another": {"a.xml": declared("utf-8", "cp1252")},
    "a table": {"x.csv": TABLE.encode("cp1252")},
    "JSON": {"x.json": json.dumps(coco(["a.jpg"], [(1, 1, 10, 10, 40, 30)], ["k\u00e4fer"]), ensure_ascii=False)
             .encode("cp1252")},
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_a_file_is_read_in_its_encoding(name: str, tmp_path: Path) -> None:
    files, label = READ[name]
    taken = take(tmp_path, {"a.jpg": SIZE} | files)
    assert taken.blocks == []
    assert taken.boxes == {"a.jpg": [(label, *BEETLE[1:])]}


@pytest.mark.parametrize("name", GUESSED)
def test_a_guess_on_which_a_name_depends_blocks_and_shows_the_two_likeliest(name: str, tmp_path: Path) -> None:
    taken = take(tmp_path, {"a.jpg": SIZE} | GUESSED[name])
    assert {check for check, _ in taken.blocks} == {"encoding-guessed"}
    assert taken.boxes == {}
    said = taken.said("encoding-guessed")
    assert "cp1252" in said
    assert "k\u00e4fer" in said
    assert sum(page in said for page in ("cp1251", "cp1250", "cp932", "big5", "gb18030", "cp949", "iso8859_15")) == 1


CAT_RU = "\u043a\u043e\u0442"


def in_cp1251(label: str) -> dict[str, Files]:
    """Files of each kind whose one class has this name, in an encoding that nothing says."""
    box = (label, *BEETLE[1:])
    object_of = coco(["a.jpg"], [(1, 1, 10, 10, 40, 30)], [label])
    labelme = {
        "imagePath": "a.jpg",
        "shapes": [{"label": label, "shape_type": "rectangle", "points": [[10, 10], [50, 40]]}],
    }
    files: dict[str, Any] = {
        "classes.txt": f"{label}\r\n", "a.txt": yolo(label, *BEETLE[1:]), "a.xml": voc("a.jpg", box),
        "x.csv": f"filename,xmin,ymin,xmax,ymax,class\na.jpg,10,10,50,40,{label}\n",
        "x.json": json.dumps(object_of, ensure_ascii=False), "a.json": json.dumps(labelme, ensure_ascii=False),
        "data.yaml": f"names: [{label}]\n",
    }  # fmt: skip
    encoded = {name: text.encode("cp1251") for name, text in files.items()}
    return {name: {name: data} | ({"a.txt": LINE} if name in ("classes.txt", "data.yaml") else {})
            for name, data in encoded.items()}  # fmt: skip


@pytest.mark.parametrize("chosen", ["a file", "its folder"])
@pytest.mark.parametrize("name", in_cp1251(CAT_RU))
def test_an_encoding_that_is_chosen_is_used(name: str, chosen: str, tmp_path: Path) -> None:
    files = {f"labels/{path}": content for path, content in in_cp1251(CAT_RU)[name].items()}
    path = f"labels/{name}" if chosen == "a file" else "./labels/"
    taken = take(tmp_path, {"labels/a.jpg": SIZE} | files, encodings={path: "cp1251"})
    assert taken.blocks == []
    assert taken.boxes == {"labels/a.jpg": [(CAT_RU, *BEETLE[1:])]}
    (guessed,) = taken.examination.encodings
    assert (guessed.path, guessed.files, guessed.chosen) == (path.strip("./"), 1, "cp1251")
    assert not taken.said("unused-choice")


def test_a_guess_is_offered_with_the_names_under_each_encoding(tmp_path: Path) -> None:
    names = "\u043a\u043e\u0442\n\u0431\u0435\u043b\u0430\u044f \u0441\u043e\u0431\u0430\u043a\u0430\ncar\n"
    taken = take(tmp_path, {"a.jpg": SIZE, "a.txt": LINE, "classes.txt": names.encode("cp1251")})
    (guessed,) = taken.examination.encodings
    readings = dict(guessed.readings)
    assert (guessed.path, guessed.files, guessed.chosen, len(readings)) == ("classes.txt", 1, "", 2)
    assert readings["cp1251"] == tuple(names.split("\n")[:2])


def test_files_of_one_folder_are_one_question(tmp_path: Path) -> None:
    files = {f"x/{name}.xml": voc(f"{name}.jpg", (CAT_RU, *BEETLE[1:])).encode("cp1251") for name in "ab"}
    declared_one = {"x/c.xml": declared("windows-1252", "cp1252").replace(b"a.jpg", b"c.jpg")}
    source = {f"x/{name}.jpg": SIZE for name in "abc"} | files | declared_one
    (guessed,) = take(tmp_path / "one", source).examination.encodings
    assert (guessed.path, guessed.files) == ("x", 2)
    taken = take(tmp_path / "two", source, encodings={"x": "cp1251"})
    assert {boxes[0][0] for boxes in taken.boxes.values()} == {CAT_RU, "k\u00e4fer"}
    assert taken.examination.encodings[0].files == 2


def test_the_choice_for_a_file_counts_before_its_folder_and_its_declaration(tmp_path: Path) -> None:
    files = {"a.jpg": SIZE, "a.xml": declared("windows-1252", "cp1251", CAT_RU)}
    assert take(tmp_path / "as declared", files, encodings={".": "koi8-r"}).boxes != {}
    chosen = {".": "koi8-r", "a.xml": "cp1251"}
    assert take(tmp_path / "as chosen", files, encodings=chosen).boxes == {"a.jpg": [(CAT_RU, *BEETLE[1:])]}


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"none.txt": "cp1251"}, "No file in 'none.txt' needs the encoding cp1251"),
        ({"a.txt": "cp1251"}, "No file in 'a.txt' needs the encoding cp1251"),
        ({"classes.txt": "ascii"}, "classes.txt cannot be read as ascii."),
    ],
)
def test_a_choice_that_changes_nothing_is_said(choice: dict[str, str], said: str, tmp_path: Path) -> None:
    taken = take(tmp_path, {"a.jpg": SIZE} | GUESSED["a list"], encodings=choice)
    assert said in taken.said("unused-choice")
    assert {check for check, _ in taken.blocks} == {"encoding-guessed"}


@pytest.mark.parametrize("name", ["cp99999", "hex", "", "x\0", "unicode_escape"])
def test_an_encoding_that_is_not_known_is_refused(name: str) -> None:
    with pytest.raises(AppError, match="which is not known") as caught:
        ImportOptions(encodings={"classes.txt": name})
    assert "cp1251" in caught.value.remedy


def test_links_are_passed_over(tmp_path: Path) -> None:
    taken_from = tmp_path / "source"
    taken = take(taken_from, {"a.jpg": SIZE, "a.txt": yolo("cat", *BEETLE[1:])})
    (taken_from / "b.jpg").symlink_to(taken_from / "a.jpg")
    again = take(taken_from, {})
    assert again.boxes == taken.boxes
    assert list(again.uses) == ["a.jpg"]
