"""XML files are read in any encoding that they declare, and hostile ones are refused with a place."""

import codecs
from pathlib import Path

import pytest

from core.labels.formats import xml_files
from core.labels.formats.xml_files import XmlFaultError, XmlText, open_xml, read_events, read_root, root_name
from core.labels.sources.source_tree import SourceTree
from tests.factories.app.uploads import folder_of

NAME = "a.xml"


def opened(folder: Path, content: bytes | str, largest_bytes: int = 2**20) -> XmlText:
    """The document of a file with this content."""
    return open_xml(SourceTree.walk(folder_of(folder, {NAME: content})), NAME, largest_bytes)


def name_in(folder: Path, content: bytes) -> str:
    """The text of <name> in a file with this content."""
    return read_root(opened(folder, content), NAME).findtext("name") or ""


def document(name: str, declared: str, encoding: str, mark: bytes = b"") -> bytes:
    """A document with one name, in an encoding, that declares one."""
    declaration = f'<?xml version="1.0" encoding="{declared}"?>\n' if declared else ""
    return mark + f"{declaration}<a><name>{name}</name></a>".encode(encoding)


@pytest.mark.parametrize(
    ("name", "declared", "encoding", "mark"),
    [
        pytest.param("猫", "", "utf-8", b"", id="nothing declared"),
        pytest.param("猫", "UTF-8", "utf-8", codecs.BOM_UTF8, id="UTF-8 with mark"),
        pytest.param("кот", "windows-1251", "cp1251", b"", id="windows-1251"),
        pytest.param("кот", "KOI8-R", "koi8-r", b"", id="KOI8-R"),
        pytest.param("猫～①", "Shift_JIS", "cp932", b"", id="Shift_JIS as Windows writes it"),
        pytest.param("猫", "EUC-JP", "euc-jp", b"", id="EUC-JP"),
        pytest.param("猫𠀀", "GB18030", "gb18030", b"", id="GB18030"),
        pytest.param("镕", "gb2312", "gbk", b"", id="GBK under the name of GB2312"),
        pytest.param("貓", "Big5", "big5", b"", id="Big5"),
        pytest.param("고양이", "EUC-KR", "euc-kr", b"", id="EUC-KR"),
        pytest.param("Müller", "ISO-8859-1", "latin-1", b"", id="Latin-1"),
        pytest.param("“Müller”", "ISO-8859-1", "cp1252", b"", id="Windows-1252 under the name of Latin-1"),
        pytest.param("猫", "utf-16", "utf-16", b"", id="UTF-16 with its mark"),
        pytest.param("猫", "utf-16", "utf-16-be", codecs.BOM_UTF16_BE, id="UTF-16, high byte first"),
        pytest.param("猫", "utf-16", "utf-16-le", b"", id="UTF-16 without a mark"),
        pytest.param("猫", "utf-16", "utf-16-be", b"", id="UTF-16 without a mark, high byte first"),
        pytest.param("猫", "utf-32", "utf-32", b"", id="UTF-32 with its mark"),
        pytest.param("猫", "utf-16", "utf-8", b"", id="UTF-8 that declares UTF-16, as .NET writes a string"),
        pytest.param("cat", "no-such-code", "ascii", b"", id="ASCII under an unknown name"),
    ],
)
def test_the_mark_or_the_declaration_gives_the_encoding(
    tmp_path: Path, name: str, declared: str, encoding: str, mark: bytes
) -> None:
    xml = opened(tmp_path, document(name, declared, encoding, mark))
    assert read_root(xml, NAME).findtext("name") == name
    assert xml.doubt(name) == ""


@pytest.mark.parametrize("declared", ["", "utf-8"])
def test_a_name_in_an_encoding_that_nothing_states_is_in_doubt(tmp_path: Path, declared: str) -> None:
    xml = opened(tmp_path, document("кот и собака на крыше", declared, "cp1251"))
    name = read_root(xml, NAME).findtext("name") or ""
    assert xml.doubt("cat") == ""
    assert xml.doubt(name).startswith("the file's encoding is not declared, or not the declared one; its class is")
    assert f"in {xml.encoding}" in xml.doubt(name) and f"in {xml.rival}" in xml.doubt(name)


def test_an_undeclared_encoding_leaves_names_in_ascii_certain(tmp_path: Path) -> None:
    content = "<a><name>cat</name><path>C:/Users/Jürgen</path></a>".encode("cp1252")
    assert name_in(tmp_path, content) == "cat"


ENTITIES = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><a><name>&c;</name></a>'


@pytest.mark.parametrize(
    ("content", "check", "line", "words"),
    [
        pytest.param(ENTITIES, "hostile-xml", 0, "document type or entities", id="entities"),
        pytest.param(ENTITIES.encode("utf-16"), "hostile-xml", 0, "document type or", id="entities in UTF-16"),
        pytest.param(
            '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "hostile-xml", 0, "type", id="outer document type"
        ),
        pytest.param("<a>&b;</a>", "malformed-file", 1, "undefined entity", id="an entity of nowhere"),
        pytest.param("<a>" * 101 + "</a>" * 101, "hostile-xml", 0, "nested more than 100 deep", id="too deep"),
        pytest.param("<a>" * 100_000 + "</a>" * 100_000, "hostile-xml", 0, "nested", id="much too deep"),
        pytest.param("<a>\n<b>\n</a>", "malformed-file", 3, "broken XML (mismatched tag)", id="broken"),
        pytest.param('<?xml version="1.0"?>\n<a>\n<b>', "malformed-file", 3, "no element found", id="cut off"),
        pytest.param("", "malformed-file", 1, "no element found", id="empty"),
        pytest.param("<a>\0</a>", "malformed-file", 0, "binary data", id="a zero byte"),
        pytest.param(bytes(range(256)), "malformed-file", 0, "binary data", id="binary"),
        pytest.param(
            document("кот", "no-such-code", "cp1251"), "malformed-file", 1, "'no-such-code'", id="unknown code"
        ),
        pytest.param(document("a", "zlib", "ascii") + b"\xff", "malformed-file", 1, "'zlib'", id="a codec of bytes"),
        pytest.param(document("a", "utf-7", "ascii"), "malformed-file", 1, "'utf-7'", id="UTF-7"),
        pytest.param("<a>" + "<b/>" * 300_000 + "</a>", "malformed-file", 0, "larger than 1 MiB", id="too large"),
        pytest.param("<a>&#xD800;</a>", "malformed-file", 1, "invalid character number", id="half a character"),
    ],
)
def test_what_must_not_be_read_is_refused_with_a_place(
    tmp_path: Path, content: bytes | str, check: str, line: int, words: str
) -> None:
    for read in (read_root, lambda xml, file: list(read_events(xml, file))):
        with pytest.raises(XmlFaultError) as caught:
            read(opened(tmp_path, content), NAME)
        assert (caught.value.check, caught.value.line) == (check, line)
        assert str(caught.value).startswith(NAME) and words in str(caught.value)


def test_a_comment_about_document_types_is_no_document_type(tmp_path: Path) -> None:
    assert name_in(tmp_path, b"<!-- no <!DOCTYPE here --><a><name>cat</name></a>") == "cat"


def test_a_file_of_too_many_elements_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_files, "_MOST_ELEMENTS", 10)
    many = "<a>" + "<b><c/><c/></b>" * 4 + "</a>"
    with pytest.raises(XmlFaultError, match="more than 10 elements"):
        read_root(opened(tmp_path / "tree", many), NAME)
    assert len(list(read_events(opened(tmp_path / "stream", many), NAME))) == 26, "a stream holds only a part of it"
    with pytest.raises(XmlFaultError, match="a part with more than 10 elements"):
        next(read_events(opened(tmp_path / "part", "<a><b><c>" + "<d/>" * 10 + "</c></b></a>"), NAME))


def test_a_stream_drops_what_was_read_but_keeps_meta_whole(tmp_path: Path) -> None:
    xml = opened(tmp_path, "<a><meta><x/><y><z/></y></meta><image><box/><box><t/></box></image></a>")
    ends = {e.tag: [c.tag for c in e] for is_start, e, _ in read_events(xml, NAME) if not is_start}
    assert ends["meta"] == ["x", "y"] and ends["box"] == ["t"]
    assert ends["image"] == [] and ends["a"] == []


def test_names_lose_their_namespace(tmp_path: Path) -> None:
    assert name_in(tmp_path, b'<a xmlns="http://x.org/a"><name>cat</name></a>') == "cat"


@pytest.mark.parametrize(
    ("head", "root"),
    [
        ("<annotation>", "annotation"),
        ("<annotations>", "annotations"),
        ("<annotation verified='yes'>", "annotation"),
        ("<annotation/>", "annotation"),
        ("\ufeff<?xml version='1.0'?>\n<!-- <annotations> -->\n<?style x?><annotation\n>", "annotation"),
        ("<!DOCTYPE annotation [<!ENTITY a 'b'>]><annotation>", "annotation"),
        ("<annotation-set>", "annotation-set"),
        ("<x:annotation>", ""),
        ("annotation", ""),
        ("<!-- <annotation>", ""),
        ("", ""),
        ("<annotation", ""),
    ],
)
def test_the_root_is_found_behind_declaration_and_comments(head: str, root: str) -> None:
    assert root_name(head) == root
