"""Rule 10: what a reader did not expect is a finding with its place; a bug in a reader never ends the import."""

from pathlib import Path
from types import ModuleType

import pytest

from core.labels.formats import READERS
from core.labels.formats.coco import reader as coco_reader
from core.labels.formats.rows import reader as rows_reader
from core.labels.formats.voc import reader as voc_reader
from core.labels.formats.written import Written
from core.labels.sources.source_tree import SourceTree
from tests.labels.taken import Files, coco, take, voc, yolo

SIZE = (80, 60)
LINE = yolo("cat", 10, 10, 50, 40)
CAT = ("cat", 10, 10, 50, 40)
SOURCES: dict[str, tuple[ModuleType, Files]] = {
    "rows": (rows_reader, {"a.txt": LINE, "b.txt": LINE}),
    "voc": (voc_reader, {"a.xml": voc("a.jpg", CAT), "b.xml": voc("b.jpg", CAT)}),
    "coco": (
        coco_reader,
        {"a.json": coco(["a.jpg"], [(1, 1, 10, 10, 40, 30)]), "b.json": coco(["b.jpg"], [(1, 1, 10, 10, 40, 30)])},
    ),
}
IMAGES: Files = {"a.jpg": SIZE, "b.jpg": SIZE}


@pytest.mark.parametrize(
    "error", [KeyError("x"), RecursionError(), MemoryError(), ZeroDivisionError("division by zero")]
)
@pytest.mark.parametrize("name", SOURCES)
def test_a_file_at_which_a_reader_fails_is_named_and_blocks_alone(
    name: str, error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, labels = SOURCES[name]
    first = next(iter(labels))
    read = reader.read

    def fail(tree: SourceTree, files: list[str], *more: object) -> Written:
        if first in files:
            raise error
        return read(tree, files, *more)

    monkeypatch.setattr(reader, "read", fail)
    taken = take(tmp_path, IMAGES | labels)
    assert taken.blocks == [("malformed-file", first)]
    assert type(error).__name__ in taken.said("malformed-file")
    assert taken.boxes == {"b.jpg": [CAT]}
    assert taken.uses["a.jpg"] == "unlabelled"


@pytest.mark.parametrize("name", SOURCES)
def test_a_reader_that_fails_to_tell_whether_a_file_is_its_own_ends_no_import(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(sample: object) -> bool:
        raise IndexError

    for reader in READERS:
        if name != reader.FORMAT_ID:
            monkeypatch.setattr(reader, "claim", fail)
    assert take(tmp_path, IMAGES | SOURCES[name][1]).boxes == {"a.jpg": [CAT], "b.jpg": [CAT]}


ODD: dict[str, tuple[Files, str, str]] = {
    # files, the file, and a place in the message
    "a line of words": ({"a.txt": LINE + "what is this\n"}, "a.txt", "line 2"),
    "a header": ({"a.txt": "# made by a tool\n" + LINE}, "a.txt", "line 1"),
    "an object without a box": (
        {"a.xml": voc("a.jpg", CAT).replace("</annotation>", "<object><name>dog</name></object></annotation>")},
        "a.xml", "object 2",
    ),
    "a record that is a number": (
        {"x.json": coco(["a.jpg"], [(1, 1, 10, 10, 40, 30)]) | {"annotations": [5]}}, "x.json", "annotation 1",
    ),
    "a box of text": (
        {"x.json": coco(["a.jpg"], [{"id": 1, "image_id": 1, "category_id": 1, "bbox": "big"}])}, "x.json",
        "annotation 1",
    ),
    "a row with a field too many": (
        {"x.csv": "filename,xmin,ymin,xmax,ymax,class\na.jpg,10,10,50,40,cat\na.jpg,1,2,3\n"}, "x.csv", "line 3",
    ),
    "a zero byte": ({"a.txt": "cat 0.5\0 0.5 0.1 0.1\n"}, "a.txt", "a.txt"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_what_was_not_expected_is_a_finding_with_its_place(name: str, tmp_path: Path) -> None:
    labels, file, place = ODD[name]
    taken = take(tmp_path, {"a.jpg": SIZE, "b.jpg": SIZE, "b.txt": LINE} | labels)
    messages = [finding.message for finding in taken.findings if finding.file == file]
    assert any(place in message for message in messages), messages
    assert (file in {blocked for _, blocked in taken.blocks}) is True
    assert "b.jpg" in taken.boxes
