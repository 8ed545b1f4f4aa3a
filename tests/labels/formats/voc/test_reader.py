"""Pascal VOC: what each file says of its image and objects; nothing broken is taken for background.

The format as published (VOC2012 development kit, "Annotation files"): one <annotation> an image with <folder>,
<filename>, <source>, <size> (<width>, <height>, <depth>, px), <segmented>, and for each object an <object> with <name>,
<pose>, <truncated>, <difficult>, <occluded>, <bndbox> (<xmin>, <ymin>, <xmax>, <ymax>, px) and <part>, each with
<name> and <bndbox>. LabelImg adds <path> and `verified`. A file without an object says that the image has none.
"""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.labels.formats.voc import reader as voc
from core.labels.formats.written import CORNERS_PX, Entry
from core.labels.sources.sample import Sample
from core.labels.sources.source_tree import SourceTree
from tests.factories.app.uploads import folder_of, voc_entity_bomb
from tests.labels.formats.written_files import found_in, read_claimed, rows_of, written_of

DATA = Path(__file__).parents[5] / "shared/data"
SIZE = "<size><width>64</width><height>48</height><depth>3</depth></size>"


def box(*corners: object) -> str:
    """A <bndbox> of xmin, ymin, xmax, ymax."""
    sides = zip(("xmin", "ymin", "xmax", "ymax"), corners, strict=True)
    return "<bndbox>" + "".join(f"<{side}>{value}</{side}>" for side, value in sides) + "</bndbox>"


def thing(name: str, *corners: object, more: str = "") -> str:
    """An <object> with its box, and more elements."""
    return f"<object><name>{name}</name>{more}{box(*corners)}</object>\n"


def annotation(*objects: str, head: str = f"<filename>a.jpg</filename>{SIZE}") -> str:
    """A VOC file, its objects from the third line on."""
    return f"<annotation>\n{head}\n{''.join(objects)}</annotation>"


def test_corners_stay_as_written_with_their_place_and_frame(tmp_path: Path) -> None:
    objects = (thing("cat", 1, 1, 64, 48), thing("dog", "5.5", " 6 ", "5.5", "9e0"))
    written = written_of(tmp_path, {"Annotations/a.xml": annotation(*objects)}, voc)
    assert rows_of(written) == [
        ("Annotations/a.xml", "cat", [1, 1, 64, 48]),
        ("Annotations/a.xml", "dog", [5.5, 6, 5.5, 9]),
    ]
    assert (list(written.line), written.findings, written.files) == ([1, 2], [], ["Annotations/a.xml"])
    assert [(group.key, group.frame) for group in written.groups] == [("Annotations", CORNERS_PX)]
    assert (written.format, written.is_indexed, written.classes) == ("voc", False, [])


def test_each_folder_is_a_group(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        f"{place}a.xml": annotation(thing("cat", 1, 2, 3, 4)) for place in ("", "x/", "x/y/")
    }
    written = written_of(tmp_path, files, voc)
    assert [group.key for group in written.groups] == [".", "x", "x/y"]
    assert list(written.group) == [0, 1, 2]


def test_the_image_is_the_files_own_path_then_the_names_inside(tmp_path: Path) -> None:
    head = f"<folder>images</folder><filename> Ä 1.jpg </filename><path>C:\\x\\Ä 1.jpg</path>{SIZE}"
    written = written_of(tmp_path, {"a.xml": annotation(head=head)}, voc)
    others = ("Ä 1.jpg", "images/Ä 1.jpg", "C:\\x\\Ä 1.jpg")
    assert written.entries == [Entry(file="a.xml", image="", other_images=others, width=64, height=48)]


@pytest.mark.parametrize(
    ("head", "size"),
    [
        ("", (0, 0)),
        ("<size><width>0</width><height>0</height></size>", (0, 0)),
        ("<size><width>x</width><height>-5</height></size>", (0, 0)),
        ("<size><height>48</height><width>64.0</width></size>", (64, 48)),
        ("<imagesize><nrows>48</nrows><ncols>64</ncols></imagesize>", (64, 48)),
    ],
)
def test_the_size_is_what_the_file_claims(tmp_path: Path, head: str, size: tuple[int, int]) -> None:
    entry = written_of(tmp_path, {"a.xml": annotation(head=head)}, voc).entries[0]
    assert (entry.width, entry.height) == size


def test_a_file_without_objects_says_that_the_image_has_none(tmp_path: Path) -> None:
    written = written_of(tmp_path, {"a.xml": annotation()}, voc)
    assert (len(written.entries), written.entries[0].is_annotated, written.token, written.findings) == (1, True, [], [])


def test_parts_are_no_objects_and_kept_as_an_attribute(tmp_path: Path) -> None:
    parts = f"<part><name>head</name>{box(2, 2, 5, 5)}</part><part><name>foot</name>{box(2, 30, 9, 40)}</part>"
    written = written_of(tmp_path, {"a.xml": annotation(thing("person", 1, 2, 30, 40, more=parts))}, voc)
    assert rows_of(written) == [("a.xml", "person", [1, 2, 30, 40])]
    assert (written.findings, written.left_out) == ([], {})
    assert written.attributes == {0: {"parts": "head 2 2 5 5; foot 2 30 9 40"}}


def test_objects_in_an_element_of_objects_are_read(tmp_path: Path) -> None:
    written = written_of(tmp_path, {"a.xml": annotation(f"<objects>{thing('cat', 1, 2, 3, 4)}</objects>")}, voc)
    assert rows_of(written) == [("a.xml", "cat", [1, 2, 3, 4])]


def test_what_a_file_states_of_its_objects_and_image_is_kept(tmp_path: Path) -> None:
    more = (
        "<pose>Left</pose><truncated>1</truncated><difficult>0</difficult><occluded>1</occluded><colour>red</colour>"
        "<actions><running>1</running></actions><empty/>"
        "<attributes><attribute><name>age</name><value>3</value></attribute></attributes>"
    )
    files: dict[str, bytes | str] = {
        "a.xml": annotation(thing("cat", 1, 2, 3, 4, more=more), head="<weather>rain</weather><segmented/>"),
        "b.xml": '<annotation verified="yes"><object><name>x</name><pose>Unspecified</pose>' + box(1, 2, 3, 4)
        + "</object></annotation>",
    }  # fmt: skip
    written = written_of(tmp_path, files, voc)
    kept = {"pose": "Left", "truncated": "1", "difficult": "0", "occluded": "1", "colour": "red"}
    assert written.attributes == {0: kept | {"actions.running": "1", "age": "3"}}
    assert [entry.attributes for entry in written.entries] == [{"weather": "rain"}, {"verified": "yes"}]


@pytest.mark.parametrize(
    ("element", "check", "words"),
    [
        (thing("cat", 1, 2, "x", 4), "malformed-line", "<xmax>: 'x' is not a number"),
        (thing("cat", "1,5", 2, 3, 4), "malformed-line", "<xmin>: '1,5' is not a number"),
        (thing("cat", 1, 2, "", 4), "malformed-line", "no <xmax> in <bndbox>"),
        (thing("cat", 1, 2, "nan", 4), "non-finite", "<xmax>"),
        (thing("cat", 1, 2, "inf", 4), "non-finite", "<xmax>"),
        (thing("cat", 1, 2, "9" * 10_000, 4), "non-finite", "<xmax>"),
        (thing("", 1, 2, 3, 4), "malformed-line", "no <name>"),
        (thing("a" * 201, 1, 2, 3, 4), "malformed-line", "201 characters"),
        ("<object><name>cat</name></object>", "malformed-line", "no <bndbox>"),
        ("<object><name>cat</name><bndbox/></object>", "malformed-line", "no <xmin> in <bndbox>"),
        ("<object><name>cat</name><bndbox>1 2 3 4</bndbox></object>", "malformed-line", "no <xmin> in <bndbox>"),
        (thing("cat", 1, 2, 3, 4, more=box(5, 6, 7, 8)), "malformed-line", "2 <bndbox>, expected one"),
        (thing("cat", 1, 2, 3, 4, more="<name>dog</name>"), "malformed-line", "2 different <name>"),
    ],
)
def test_an_object_that_cannot_be_read_blocks_at_its_place_and_is_counted(
    tmp_path: Path, element: str, check: str, words: str
) -> None:
    written = written_of(tmp_path, {"a.xml": annotation(thing("dog", 1, 2, 3, 4), element)}, voc)
    assert found_in(written) == [(check, "blocks", "a.xml", 2)]
    assert written.findings[0].message.startswith("a.xml, object 2: ") and words in written.findings[0].message
    assert (len(written.token), len(written.unreadable), written.unreadable[0][0]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("<annotation>\n<object>", 2),
        (annotation(thing("cat", 1, 2, 3, 4))[:-20], 3),
        (annotation(thing("cat & dog", 1, 2, 3, 4)), 3),
        ("<annotation>" + "<a>" * 200 + "</a>" * 200 + "</annotation>", 0),
    ],
    ids=["cut off", "cut off in the last tag", "a bare ampersand", "deep"],
)
def test_a_broken_file_blocks_and_its_image_is_no_background(tmp_path: Path, content: str, line: int) -> None:
    written = written_of(tmp_path, {"a.xml": content, "b.xml": annotation(thing("dog", 1, 2, 3, 4))}, voc)
    assert [(severity, file, place) for _, severity, file, place in found_in(written)] == [("blocks", "a.xml", line)]
    assert written.unreadable_files == {"a.xml"}
    assert [entry.file for entry in written.entries] == ["a.xml", "b.xml"]
    assert rows_of(written) == [("b.xml", "dog", [1, 2, 3, 4])], "the other file is read"


def test_an_entity_bomb_is_not_read_and_blocks(tmp_path: Path) -> None:
    written = read_claimed(SourceTree.walk(voc_entity_bomb(tmp_path)), voc)
    assert found_in(written) == [("hostile-xml", "blocks", "annotations/a0.xml", 0)]


def test_classes_in_an_encoding_that_is_guessed_block_and_show_both_readings(tmp_path: Path) -> None:
    text = annotation(thing("кот и собака", 1, 2, 3, 4), thing("dog", 1, 2, 3, 4))
    written = written_of(tmp_path, {"a.xml": text.encode("cp1251")}, voc)
    assert found_in(written) == [("encoding-guessed", "blocks", "a.xml", 1)]
    assert "кот и собака" in written.findings[0].message
    assert rows_of(written) == [("a.xml", "dog", [1, 2, 3, 4])]


def test_the_findings_of_a_file_are_capped_but_every_object_is_counted(tmp_path: Path) -> None:
    written = written_of(tmp_path, {"a.xml": annotation(*[thing("", 1, 2, 3, 4)] * 1_005)}, voc)
    assert (len(written.unreadable), len(written.findings)) == (1_005, 1_001)
    assert written.findings[-1].message == "a.xml: 5 more like these."


@pytest.mark.parametrize(
    ("head", "is_claimed"),
    [
        ("<annotation><folder/>", True),
        ("<?xml version='1.0'?>\n<!-- made by x -->\n<annotation verified='yes'>", True),
        ("<annotations><meta/>", False),
        ("<dataset><annotation>", False),
        ("<!-- <annotation> --><html>", False),
        ("", False),
    ],
)
def test_only_files_with_an_annotation_as_root_are_claimed(head: str, is_claimed: bool) -> None:
    assert voc.claim(Sample(path="a.xml", size=len(head), head=head, tail="")) is is_claimed


@pytest.mark.skipif(not DATA.is_dir(), reason="the real sets are not at hand; the tests above read made files")
@pytest.mark.parametrize(("name", "files", "objects"), [("bccd", 292, 3943), ("raccoon", 200, 217)])
def test_real_sets_are_read_without_a_finding(name: str, files: int, objects: int) -> None:
    written = read_claimed(SourceTree.walk(DATA / name), voc)
    assert (len(written.entries), len(written.token), written.findings) == (files, objects, [])


_TEXT = st.sampled_from(["1", "-3.5", "nan", "1e999", "9" * 5000, "", " ", "cat", "1_0", "é", "&#955;", "&b;", "\x00"])
_TAGS = st.sampled_from(
    [
        "object",
        "name",
        "bndbox",
        "xmin",
        "ymin",
        "xmax",
        "ymax",
        "polygon",
        "pt",
        "x",
        "x1",
        "y1",
        "robndbox",
        "cx",
        "cy",
        "w",
        "h",
        "angle",
        "part",
        "size",
        "width",
        "attributes",
        "attribute",
        "value",
        "deleted",
    ]
)
_NODES = st.recursive(
    _TEXT, lambda inner: st.lists(st.tuples(_TAGS, inner), max_size=6).map(
        lambda parts: "".join(f"<{tag}>{content}</{tag}>" for tag, content in parts)
    ), max_leaves=30,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(content=_NODES, cut=st.integers(0, 40))
def test_any_document_is_read_or_refused_with_a_place(
    tmp_path_factory: pytest.TempPathFactory, content: str, cut: int
) -> None:
    text = f"<annotation>{content}</annotation>"
    folder = tmp_path_factory.mktemp("fuzz")
    whole = text if cut > 20 else text[: len(text) - cut]
    written = voc.read(SourceTree.walk(folder_of(folder, {"a.xml": whole})), ["a.xml"])
    found = 0 if written.unreadable_files else text.count("<object>")
    assert len(written.token) + len(written.unreadable) + sum(written.left_out.values()) == found
    assert all(finding.file == "a.xml" for finding in written.findings)
    assert bool(written.unreadable_files or written.unreadable) <= bool(written.findings)
