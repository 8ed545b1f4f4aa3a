"""CVAT's XML for images: each <image> with its shapes, tags and size; what has no area is refused by name.

The format as published (CVAT documentation, "XML annotation format", version 1.1): <annotations> with <meta> (<task>,
<job> or <project>, with <labels><label><name>) and <image id name width height> elements, in a project also with
`subset` and `task_id`. Shapes, all in px: <box xtl ytl xbr ybr rotation>, <polygon points="x,y;x,y;…">, <polyline>,
<points>, <ellipse cx cy rx ry rotation>, <cuboid>, <skeleton>, <mask rle left top width height>, each with `label`,
`occluded`, `source`, `z_order`, `group_id` and <attribute name>; <tag label> is of the whole image. `rotation` is in
degrees, clockwise. `rle` counts pixels of background and mask in turn, row by row through the mask's box. All images of
a task are written, those without a shape, too.
"""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.labels.formats.cvat import reader as cvat
from core.labels.formats.voc import reader as voc
from core.labels.formats.written import CORNERS_PX, Entry
from core.labels.sources.sample import Sample
from core.labels.sources.source_tree import SourceTree
from tests.factories.app.uploads import folder_of
from tests.labels.formats.written_files import found_in, rows_of, written_of

META = """<version>1.1</version><meta><task><name>t</name><labels>
<label><name>dog</name><attributes><attribute><name>age</name></attribute></attributes></label>
<label><name>cat</name></label><label><name>nose</name><parent>dog</parent></label></labels></task></meta>"""
BOX = 'xtl="1.50" ytl="2" xbr="30" ybr="40"'


def image(*shapes: str, name: str = "a.jpg", more: str = 'width="64" height="48"') -> str:
    """An <image> with shapes."""
    return f'<image id="0" name="{name}" {more}>{"".join(shapes)}</image>'


def document(*parts: str, meta: str = META) -> str:
    """A CVAT file with images or tracks."""
    return f'<?xml version="1.0" encoding="utf-8"?>\n<annotations>{meta}{"".join(parts)}</annotations>'


def test_boxes_are_read_with_their_image_size_and_place(tmp_path: Path) -> None:
    first = image(f'<box label="cat" {BOX}/>', f'<box label="dog" {BOX}></box>')
    second = image(f'<box label="cat" {BOX}/>', name="x/b.jpg", more='width="9" height="8"')
    written = written_of(tmp_path, {"annotations.xml": document(first, second)}, cvat)
    box = [1.5, 2, 30, 40]
    assert rows_of(written) == [("a.jpg", "cat", box), ("a.jpg", "dog", box), ("x/b.jpg", "cat", box)]
    assert written.entries == [
        Entry(file="annotations.xml", line=1, image="a.jpg", width=64, height=48),
        Entry(file="annotations.xml", line=2, image="x/b.jpg", width=9, height=8),
    ]
    assert (list(written.line), written.findings, written.left_out) == ([1, 2, 3], [], {})
    assert [(group.key, group.frame) for group in written.groups] == [("annotations.xml", CORNERS_PX)]


@pytest.mark.parametrize("kind", ["task", "job", "project"])
def test_classes_come_from_meta_in_its_order_without_the_points_of_skeletons(tmp_path: Path, kind: str) -> None:
    meta = META.replace("task>", f"{kind}>")
    files: dict[str, bytes | str] = {
        "a.xml": document(meta=meta),
        "b.xml": document(meta=META.replace("cat", "bus")),
    }
    written = written_of(tmp_path, files, cvat)
    assert written.classes == [("dog", "dog"), ("cat", "cat"), ("bus", "bus")]


def test_an_image_without_a_shape_is_background(tmp_path: Path) -> None:
    written = written_of(tmp_path, {"a.xml": document(image())}, cvat)
    assert [(entry.image, entry.is_annotated) for entry in written.entries] == [("a.jpg", True)]
    assert (written.token, written.findings) == ([], [])


def test_what_a_file_states_of_shapes_and_images_is_kept(tmp_path: Path) -> None:
    box = (
        f'<box label="cat" source="manual" occluded="1" z_order="0" group_id="4" {BOX}>'
        '<attribute name="age">3</attribute><attribute name="label">x</attribute><attribute name="none"/></box>'
    )
    tags = '<tag label="rain" source="manual"><attribute name="hard">true</attribute></tag><tag label="night"/>'
    written = written_of(tmp_path, {"a.xml": document(image(box, tags))}, cvat)
    assert written.token == ["cat"]
    assert written.attributes == {
        0: {"source": "manual", "occluded": "1", "group_id": "4", "age": "3", "label": "x"},
    }
    assert written.entries[0].attributes == {"tags": "rain, night", "rain.hard": "true"}
    assert written.findings == []


@pytest.mark.parametrize(
    ("more", "names", "split"),
    [
        ('subset="Train" task_id="3"', ("Train/a.jpg", "a.jpg"), "Train"),
        ('subset="default" task_id="3"', ("default/a.jpg", "a.jpg"), ""),
        ("", ("a.jpg",), ""),
    ],
)
def test_an_image_of_a_project_lies_in_the_folder_of_its_subset(
    tmp_path: Path, more: str, names: tuple[str, ...], split: str
) -> None:
    entry = written_of(tmp_path, {"a.xml": document(image(more=more))}, cvat).entries[0]
    assert ((entry.image, *entry.other_images), entry.split) == (names, split)


def test_the_subset_of_a_task_is_the_split_of_its_images(tmp_path: Path) -> None:
    meta = "<meta><task><subset>Validation</subset></task></meta>"
    assert written_of(tmp_path, {"a.xml": document(image(), meta=meta)}, cvat).entries[0].split == "Validation"


@pytest.mark.parametrize("shape", ["polyline", "points", "cuboid", "skeleton", "hexagon"])
def test_a_shape_without_an_area_is_refused_by_name_and_counted(tmp_path: Path, shape: str) -> None:
    shapes = f'<box label="dog" {BOX}/>', f'<{shape} label="cat" points="1,2;3,4;5,6"><points label="nose"/></{shape}>'
    written = written_of(tmp_path, {"a.xml": document(image(*shapes))}, cvat)
    assert found_in(written) == [("malformed-line", "blocks", "a.xml", 2)]
    assert written.findings[0].message.startswith(f"a.xml, object 2 (<{shape}> of 'a.jpg'): ")
    assert (written.token, written.unreadable) == (["dog"], [(0, "cat")])


@pytest.mark.parametrize(
    ("shape", "check", "words"),
    [
        ('<box label="cat" xtl="1" ytl="2" xbr="x" ybr="4"/>', "malformed-line", "`xbr`: 'x' is not a number"),
        ('<box label="cat" xtl="1" ytl="2" xbr="3"/>', "malformed-line", "no `ybr`"),
        ('<box label="cat" xtl="1" ytl="2" xbr="nan" ybr="4"/>', "non-finite", "`xbr`"),
        (f'<box label="cat" {BOX} rotation="x"/>', "malformed-line", "`rotation`"),
        (f"<box {BOX} label=''/>", "malformed-line", "no `label`"),
        (f"<box {BOX}/>", "malformed-line", "no `label`"),
        (f"<box label='{'a' * 201}' {BOX}/>", "malformed-line", "over 200 characters"),
        ('<polygon label="cat" points="1,2;3,4"/>', "malformed-line", "three or more"),
        ('<polygon label="cat" points="1,2;3,4;5"/>', "malformed-line", "three or more"),
        ('<polygon label="cat" points="1,2;3,4;5,a"/>', "malformed-line", "`points`: 'a' is not a number"),
        ('<polygon label="cat"/>', "malformed-line", "three or more"),
        ('<ellipse label="cat" cx="1" cy="2" rx="3"/>', "malformed-line", "no `ry`"),
        ('<mask label="cat" rle="1" left="0" top="0" width="0" height="1"/>', "malformed-line", "whole pixels"),
    ],
)
def test_a_shape_that_cannot_be_read_blocks_with_its_place(tmp_path: Path, shape: str, check: str, words: str) -> None:
    written = written_of(tmp_path, {"a.xml": document(image(shape))}, cvat)
    assert found_in(written) == [(check, "blocks", "a.xml", 1)]
    assert words in written.findings[0].message
    assert (written.token, len(written.unreadable)) == ([], 1)


def test_an_image_without_a_name_is_said_and_its_objects_belong_to_no_image(tmp_path: Path) -> None:
    nameless = f'<image id="0" width="64" height="48"><box label="cat" {BOX}/></image>'
    written = written_of(tmp_path, {"a.xml": document(image(), nameless)}, cvat)
    assert found_in(written) == [("left-out", "look", "a.xml", 2)]
    assert [(entry.image, entry.is_annotated) for entry in written.entries][1] == ("<image> 2 without a name", False)
    assert list(written.entry) == [1]


def test_elements_that_nobody_knows_are_counted(tmp_path: Path) -> None:
    written = written_of(tmp_path, {"a.xml": document("<box/>", image("<extra/>"), "<extra/>")}, cvat)
    assert written.left_out == {"elements that are unknown": 3}


@pytest.mark.parametrize(
    "end", ["", "</image>", "<!DOCTYPE annotations>"], ids=["cut off", "root not closed", "document type"]
)
def test_of_a_broken_file_nothing_is_read(tmp_path: Path, end: str) -> None:
    whole = document(image(f'<box label="cat" {BOX}/>'))
    broken = whole.replace("\n", "\n" + end, 1) if "DOC" in end else whole.removesuffix("</image></annotations>") + end
    written = written_of(tmp_path, {"a.xml": broken, "b.xml": whole}, cvat)
    assert [(finding.file, str(finding.severity)) for finding in written.findings] == [("a.xml", "blocks")]
    assert (written.unreadable_files, written.token, written.entries[0].file) == ({"a.xml"}, ["cat"], "b.xml")


def test_labels_in_an_encoding_that_is_guessed_block(tmp_path: Path) -> None:
    shape = f'<box label="собака и кот" {BOX}/>'
    text = f"<annotations><meta/>{image(shape)}</annotations>"
    written = written_of(tmp_path, {"a.xml": text.encode("cp1251")}, cvat)
    assert found_in(written) == [("encoding-guessed", "blocks", "a.xml", 1)]
    assert len(written.unreadable) == 1


def test_the_findings_of_a_file_are_capped_but_every_object_is_counted(tmp_path: Path) -> None:
    written = written_of(tmp_path, {"a.xml": document(image('<points label="a"/>' * 1_003))}, cvat)
    assert (len(written.unreadable), len(written.findings)) == (1_003, 1_001)


@pytest.mark.parametrize(
    ("head", "is_claimed"),
    [
        ("<annotations><version>1.1</version>", True),
        ("<?xml version='1.0'?><!-- x -->\n<annotations>\n<meta>", True),
        ("<annotations><image id='0'", True),
        ("<annotations count='3'><annotation>", False),
        ("<annotation><folder/>", False),
        ("<dataset><annotations><image/>", False),
        ("", False),
    ],
)
def test_only_files_with_annotations_as_root_and_a_part_of_cvat_are_claimed(head: str, is_claimed: bool) -> None:
    sample = Sample(path="a.xml", size=len(head), head=head, tail="")
    assert cvat.claim(sample) is is_claimed
    assert not (cvat.claim(sample) and voc.claim(sample))


_TEXT = st.sampled_from(
    ["", "1", "-3", "nan", "1e999", "9" * 5000, "0", "a", "1,2;3,4;5,6", ";,", "2,1,1", "&#955;", "step=2"]
)
_TAGS = st.sampled_from(
    [
        "image",
        "track",
        "meta",
        "task",
        "labels",
        "label",
        "name",
        "box",
        "polygon",
        "mask",
        "points",
        "ellipse",
        "tag",
        "attribute",
        "stop_frame",
        "size",
        "frame_filter",
        "mode",
    ]
)
_NAMES = st.sampled_from(
    [
        "name",
        "label",
        "frame",
        "outside",
        "xtl",
        "ytl",
        "xbr",
        "ybr",
        "points",
        "rle",
        "left",
        "top",
        "width",
        "height",
        "cx",
        "cy",
        "rx",
        "ry",
        "rotation",
        "id",
        "task_id",
        "subset",
    ]
)
_ELEMENTS = st.recursive(
    _TEXT,
    lambda inner: st.lists(st.tuples(_TAGS, st.dictionaries(_NAMES, _TEXT, max_size=8), inner), max_size=4).map(
        lambda parts: "".join(
            f"<{tag}{''.join(map(' {}={!r}'.format, names, names.values()))}>{content}</{tag}>"
            for tag, names, content in parts
        )
    ),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(content=_ELEMENTS)
def test_any_document_is_read_or_refused_with_a_place(tmp_path_factory: pytest.TempPathFactory, content: str) -> None:
    folder = folder_of(tmp_path_factory.mktemp("fuzz"), {"a.xml": f"<annotations>{content}</annotations>"})
    written = cvat.read(SourceTree.walk(folder), ["a.xml"])
    assert all(finding.file == "a.xml" for finding in written.findings)
    assert bool(written.unreadable_files or written.unreadable) <= bool(written.findings)
    assert len(written.values) == 4 * len(written.token) == 4 * len(written.entry)
