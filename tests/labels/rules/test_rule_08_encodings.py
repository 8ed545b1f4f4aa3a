"""Rule 8: files are read in the encoding that they declare; where names depend on a guess, it blocks.

Names in archives have their tests in tests/labels/imports/test_archive.py.
"""

import json
from pathlib import Path

import pytest

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


def test_links_are_passed_over(tmp_path: Path) -> None:
    taken_from = tmp_path / "source"
    taken = take(taken_from, {"a.jpg": SIZE, "a.txt": yolo("cat", *BEETLE[1:])})
    (taken_from / "b.jpg").symlink_to(taken_from / "a.jpg")
    again = take(taken_from, {})
    assert again.boxes == taken.boxes
    assert list(again.uses) == ["a.jpg"]
