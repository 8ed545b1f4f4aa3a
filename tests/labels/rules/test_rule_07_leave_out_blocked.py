"""Rule 7: `--leave-out blocked` imports nothing of what a block is about: the whole group in doubt stays out."""

import json
from pathlib import Path

import pytest

from core.errors import AppError
from core.services.datasets import ImportOptions, import_dataset
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.progress import silent
from tests.labels.taken import Box, Files, boxes_of, coco, voc, written, yolo

SIZE = (80, 60)
CAT: Box = ("cat", 10, 10, 50, 40)
LINE = yolo("cat", *CAT[1:])
FIRST, SECOND = yolo("0", *CAT[1:]), yolo("1", 5, 5, 40, 30)
SOUND: Files = {"sound/images/s.jpg": SIZE, "sound/labels/s.txt": LINE}
XML = (
    "<annotation><object><name>cat</name><bndbox><xmin>10</xmin><ymin>10</ymin><xmax>50</xmax><ymax>40</ymax></bndbox>"
)
# Far outside of the image, whatever the numbers mean.
LOST = [("cat", 500 + n, 500, 520 + n, 530) for n in range(12)]
TWO = {"x/images/a.jpg": SIZE, "x/images/b.jpg": SIZE}

# For each kind of block: its files below x/, the check, and what of x/ may come in even so.
KEYPOINT = {
    "id": 1,
    "data": {"image": "a.jpg"},
    "annotations": [
        {
            "id": 1,
            "result": [
                {
                    "type": "keypointlabels", "from_name": "label", "to_name": "image", "original_width": 80,
                    "original_height": 60, "value": {"x": 1, "y": 2, "keypointlabels": ["cat"]},
                },
            ],
        },
    ],
}  # fmt: skip

BLOCKS: dict[str, tuple[Files, str, dict[str, list[Box]]]] = {
    "a line": (
        {"x/images/a.jpg": SIZE, "x/labels/a.txt": LINE + "cat 0.5 0.5 wide 0.1\n"}, "malformed-line", {"a": [CAT]},
    ),
    "a number": ({"x/images/a.jpg": SIZE, "x/labels/a.txt": LINE + "cat nan 0.5 0.1 0.1\n"}, "non-finite",
                 {"a": [CAT]}),
    "a file that is cut off": ({"x/a.jpg": SIZE, "x/a.xml": XML}, "malformed-file", {}),
    "a file of nonsense lines": (
        {"x/images/a.jpg": SIZE, "x/labels/a.txt": LINE + "what is this\n" * 2_000}, "malformed-line", {},
    ),
    "JSON that is cut off": (
        {"x/a.jpg": SIZE, "x/c.json": json.dumps(coco(["a.jpg"], [(1, 1, 10, 10, 40, 30)]))[:-9]}, "malformed-file", {},
    ),
    "XML with entities": (
        {"x/a.jpg": SIZE, "x/a.xml": '<!DOCTYPE annotation [<!ENTITY b "c">]>' + voc("a.jpg", CAT)}, "hostile-xml", {},
    ),
    "a class beyond the list": (
        TWO | {"x/labels/a.txt": FIRST, "x/labels/b.txt": yolo("7", *CAT[1:]), "x/classes.txt": "cat\ndog\n"},
        "unknown-class", {"a": [CAT]},
    ),
    "ids from 1": (
        TWO | {"x/labels/a.txt": SECOND, "x/labels/b.txt": yolo("2", *CAT[1:]), "x/classes.txt": "cat\ndog\n"},
        "unknown-class", {},
    ),
    "no list of names": ({"x/images/a.jpg": SIZE, "x/labels/a.txt": FIRST}, "names-missing", {}),
    "lists that disagree": (
        {"x/images/a.jpg": SIZE, "x/labels/a.txt": FIRST, "x/classes.txt": "cat\n", "x/data.yaml": "names: [dog]\n"},
        "names-conflict", {},
    ),
    "a count that disagrees": (
        {"x/images/a.jpg": SIZE, "x/labels/a.txt": FIRST, "x/data.yaml": "nc: 2\nnames: [cat]\n"}, "names-conflict", {},
    ),
    "names in a guessed code page": (
        {"x/images/a.jpg": SIZE, "x/labels/a.txt": FIRST, "x/classes.txt": "k\u00e4fer\ncat\n".encode("cp1252")},
        "encoding-guessed", {},
    ),
    "rows in a guessed code page": (
        {"x/images/a.jpg": SIZE, "x/labels/a.txt": (LINE + yolo("k\u00e4fer", 1, 1, 9, 9)).encode("cp1252")},
        "encoding-guessed", {},
    ),
    "XML in a guessed code page": (
        {"x/a.jpg": SIZE, "x/a.xml": voc("a.jpg", ("k\u00e4fer", 1, 1, 9, 9)).encode("cp1252")}, "encoding-guessed", {},
    ),
    "paths in a guessed code page": (
        {"x/k\u00e4se.jpg": SIZE, "x/b.jpg": SIZE, "x/c.json": json.dumps(
            coco(["k\u00e4se.jpg", "b.jpg"], [(1, 1, 10, 10, 40, 30), (2, 1, 10, 10, 40, 30)]), ensure_ascii=False,
        ).encode("cp1252")},
        "encoding-guessed", {},
    ),
    "two images of a name": (
        {"x/a/1.jpg": SIZE, "x/b/1.jpg": SIZE, "x/labels/1.txt": LINE}, "ambiguous-image", {},
    ),
    "an image that is gone": (
        {"x/a.jpg": SIZE, "x/c.json": coco(["a.jpg", "gone.jpg"], [(1, 1, 10, 10, 40, 30), (2, 1, 10, 10, 40, 30)])},
        "missing-image", {"a": [CAT]},
    ),
    "a label without an image": ({"x/images/a.jpg": SIZE, "x/labels/b.txt": LINE}, "orphan-label", {}),
    "an object of an image that is not listed": (
        {"x/a.jpg": SIZE, "x/c.json": coco(["a.jpg"], [(1, 1, 10, 10, 40, 30), (7, 1, 10, 10, 40, 30)])},
        "unknown-image", {"a": [CAT]},
    ),
    "an id of two classes": (
        {"x/a.jpg": SIZE, "x/c.json": coco(["a.jpg"], [(1, 1, 10, 10, 40, 30)])
         | {"categories": [{"id": 1, "name": "cat"}, {"id": "1", "name": "dog"}]}},
        "ambiguous-id", {},
    ),
    "an image that cannot be read": ({"x/images/a.jpg": b"no image", "x/labels/a.txt": LINE}, "unreadable-image", {}),
    "a reading that nothing settles": ({"x/a.jpg": SIZE, "x/a.xml": voc("a.jpg", CAT, *LOST)}, "doubtful-reading", {}),
    "rows that are boxes or triangles": (
        TWO | {"x/labels/a.txt": "".join(f"cat 0.{n}1 0.2{n} 0.3{n} 0.25 0.35 0.4{n}\n" for n in range(1, 6))},
        "doubtful-reading", {},
    ),
    "a line in another unit": (
        {"x/images/a.jpg": SIZE, "x/labels/a.txt": LINE * 9 + "cat 10 10 50 40\n"}, "mixed-coordinates", {"a": [CAT]},
    ),
    "a shape that is no box": ({"x/a.jpg": SIZE, "x/tasks.json": json.dumps([KEYPOINT])}, "unsupported-shape", {}),
    "label files that differ": (
        {"x/a.jpg": SIZE, "x/a.xml": voc("a.jpg", CAT), "x/a.txt": yolo("dog", *CAT[1:])}, "labels-differ", {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BLOCKS)
def test_nothing_in_doubt_comes_in_and_no_image_in_doubt_is_background(name: str, tmp_path: Path) -> None:
    files, check, may_come = BLOCKS[name]
    settings = Settings(workspace=tmp_path / "workspace")
    source = written(tmp_path / "source", SOUND | files)
    with pytest.raises(AppError):
        import_dataset(settings, source, ImportOptions(name="pets"), silent, actor=ADA)
    assert not (settings.workspace / "datasets").exists()
    options = ImportOptions(name="pets", leave_out_blocked=True)
    imported = import_dataset(settings, source, options, silent, actor=ADA)
    blocks = {finding.check for finding in imported.plan.findings if str(finding.severity) == "blocks"}
    assert check in blocks
    boxes = boxes_of(imported.plan.labels)
    assert boxes.pop("sound/images/s.jpg") == [CAT]
    assert {Path(image).stem: found for image, found in boxes.items()} == may_come
    assert "background" not in set(imported.plan.labels.images["use"])


def test_every_check_that_blocks_in_reading_is_here() -> None:
    from core.labels.checks.check_table import CHECK_TABLE
    from core.labels.checks.entries.entry import Scope
    from core.labels.findings import Severity

    blocking = {check for check, entry in CHECK_TABLE.items()
                if entry.scope is Scope.READING and Severity.BLOCKS in entry.severities}  # fmt: skip
    assert blocking - {check for _, check, _ in BLOCKS.values()} == set()
