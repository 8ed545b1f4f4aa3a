"""Opens XML label files, which are untrusted: no document type, no entities, limits on size, elements and depth.

The encoding is the one that the file's mark or declaration gives. expat knows few encodings, so it gets decoded text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser, XMLPullParser
from xml.parsers.expat import ErrorString

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from core.coco.values import LARGEST_PX
from core.labels.formats.base import quoted
from core.labels.formats.numbers import read_number
from core.labels.sources.source_tree import SourceTree
from core.labels.sources.text import Text, decode, in_utf8, text_codec

# Label files nest six elements deep; a document that is much deeper is made to exhaust its reader.
_DEEPEST: Final = 100
# A tree of this many elements with attributes takes about 300 MB. An image of 20,000 objects has 250,000.
_MOST_ELEMENTS: Final = 500_000
# The element below the root that is read as a whole: CVAT's facts about the task.
_WHOLE: Final = "meta"
_PIECE: Final = 2**16
_DECLARATION: Final = re.compile(r"\ufeff?\s*<\?xml\b[^>]*?\?>")
_ENCODING: Final = re.compile(rb"\s*<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([A-Za-z][A-Za-z0-9._:-]{0,40})[\"']")
# What may stand before the root element: the declaration, other instructions, comments.
_PROLOG: Final = re.compile(r"\ufeff?(?>\s+|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_ROOT: Final = re.compile(r"(?:<|<!DOCTYPE\s+)([A-Za-z_][\w.-]*)(?=[\s/>\[])")
# Programs on Windows write the larger code page under the name of the smaller one; browsers read them the same way.
_WIDER: Final = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-1": "cp1252",
    "big5": "big5hkscs",
}


class XmlFaultError(Exception):
    """An XML file cannot or must not be read. The text begins with the file; `check` is the finding's id."""

    def __init__(self, message: str, line: int = 0, check: str = "malformed-file") -> None:
        super().__init__(message)
        self.line, self.check = line, check


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlText:
    """The text of a document, without its declaration.

    `encoding` and its `rival` are set if the encoding is a guess; then names beyond ASCII are guesses, too.
    """

    text: str
    encoding: str = ""
    rival: str = ""

    def doubt(self, name: str) -> str:
        """Why a class name is not certain, to follow "…, object 3: "; "" for a name that is."""
        if not self.rival or name.isascii():
            return ""
        other = name.encode(self.encoding, errors="replace").decode(self.rival, errors="replace")
        if other == name:
            return ""
        readings = f"{quoted(name)} in {self.encoding}, {quoted(other)} in {self.rival}"
        return f"the file's encoding is not declared, or not the declared one; its class is {readings}"


def root_name(head: str) -> str:
    """The name of the root element of a document of which `head` is the beginning; "" for anything else."""
    prolog = _PROLOG.match(head)
    root = _ROOT.match(head, prolog.end() if prolog else 0)
    return root[1] if root else ""


def open_xml(tree: SourceTree, file: str, largest_bytes: int) -> XmlText:
    """The text of a document, not yet checked. Raises XmlFaultError."""
    if tree.sizes[file] > largest_bytes:
        raise XmlFaultError(f"{file}: larger than {largest_bytes / 2**20:,.0f} MiB, the most for such a file.")
    try:
        # No pathlib: there may be 100,000s of files.
        with FileIO(f"{tree.root}/{file}") as handle:
            data = handle.read(largest_bytes)
    except OSError as error:
        raise XmlFaultError(f"{file}: cannot be read ({error.strerror}).") from None
    # A choice for the file itself overrules what it declares, one for its folder does not.
    chosen = tree.encoding_of(file)
    overruled = in_utf8(data, chosen) if chosen and file in tree.encodings else data
    decoded = decode(overruled) if overruled is not data else _decode(data, file)
    if chosen and decoded and decoded.rivals:
        decoded = decode(in_utf8(data, chosen))
    if decoded is None:
        raise XmlFaultError(f"{file}: is binary data, or text in an encoding that it does not declare.")
    declaration = _DECLARATION.match(decoded.text)
    text = decoded.text[declaration.end() :] if declaration else decoded.text.lstrip("\ufeff")
    # The lines stay numbered as in the file.
    text = "\n" * (declaration[0].count("\n") if declaration else 0) + text
    rival = decoded.rivals[1] if len(decoded.rivals) > 1 else ""
    return XmlText(text=text, encoding=decoded.encoding if rival else "", rival=rival)


def read_root(xml: XmlText, file: str) -> Element:
    """The root element of a small document, its names without namespaces. Raises XmlFaultError."""
    if xml.text.count("<") - xml.text.count("</") > _MOST_ELEMENTS:
        raise XmlFaultError(f"{file}: more than {_MOST_ELEMENTS:,} elements, the most for one file of this kind.")
    root: Element = _parse(xml.text, file, TreeBuilder())
    level, depth = [root], 1
    while level := [child for element in level for child in element]:
        depth += 1
        if depth > _DEEPEST:
            raise _too_deep(file)
    if "xmlns" in xml.text:
        for element in root.iter():
            element.tag = local_name(element.tag)
    return root


def read_events(xml: XmlText, file: str) -> Iterator[tuple[bool, Element, list[Element]]]:
    """Each element at its start and end, for documents of any size: whether it starts, the element, its ancestors.

    Children and grandchildren of the root are dropped from the tree after their end; in <meta> only <meta> itself.
    Raises XmlFaultError, before the first element.
    """
    _parse(xml.text, file, _Bounds(file))
    ancestors: list[Element] = []
    for event, element in _events(xml.text):
        if event == "start":
            yield True, element, ancestors
            ancestors.append(element)
            continue
        ancestors.pop()
        yield False, element, ancestors
        if len(ancestors) == 1 or (len(ancestors) == 2 and local_name(ancestors[1].tag) != _WHOLE):
            del ancestors[-1][:]


def _events(text: str) -> Iterator[Any]:
    parser: Any = XMLPullParser(("start", "end"))
    for start in range(0, len(text), _PIECE):
        parser.feed(text[start : start + _PIECE])
        yield from parser.read_events()
    parser.close()
    yield from parser.read_events()


def local_name(tag: str) -> str:
    """The name of an element or attribute without its namespace."""
    return tag.rpartition("}")[2] if tag[:1] == "{" else tag


def read_coordinate(text: str) -> float:
    """`read_number` of a text, in a third of the time for sound ones. Raises NumberFaultError."""
    try:
        number = float(text)
    except ValueError:
        return read_number(text)
    # Python takes 1_0 for 10.
    return number if -LARGEST_PX <= number <= LARGEST_PX and "_" not in text else read_number(text)


def declares_encoding(data: bytes) -> bool:
    """Whether a document can be read in the encoding that it declares."""
    try:
        return any((text := decode(data, name)) and text.encoding == name for name in _encodings(data, ""))
    except XmlFaultError:
        return False


def _decode(data: bytes, file: str) -> Text | None:
    for encoding in _encodings(data, file):
        text = decode(data, encoding)
        if text is not None and text.encoding == encoding:
            return text
    return decode(data)


def _encodings(data: bytes, file: str) -> list[str]:
    """The encodings to try for the one that the first line declares, none if it declares none or a wrong one."""
    declared = _ENCODING.match(data)
    if not declared:
        return []
    name = declared[1].decode("ascii")
    codec = text_codec(name)
    if codec is None and data.isascii():
        return []
    if not codec:
        raise XmlFaultError(f"{file}, line 1: declares the encoding {quoted(name)}, which is not known.", 1)
    if codec.startswith(("utf-16", "utf-32")):
        # The declaration itself was read as single bytes. .NET writes so what it takes from a string.
        return []
    return [_WIDER[codec], codec] if codec in _WIDER else [codec]


class _Bounds:
    """Holds a document to the limits while it is parsed, without a tree: its depth, and what `read_events` holds."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._depth = self._held = 0
        self._is_whole = False

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        if self._depth == 1:
            self._is_whole = local_name(tag) == _WHOLE
        self._depth += 1
        self._held += 1
        if self._depth > _DEEPEST:
            raise _too_deep(self._file)
        if self._held > _MOST_ELEMENTS:
            raise XmlFaultError(f"{self._file}: a part with more than {_MOST_ELEMENTS:,} elements.")

    def end(self, _tag: str) -> None:
        self._depth -= 1
        if self._depth == 1 or (self._depth == 2 and not self._is_whole):
            self._held = 0

    def close(self) -> None:
        """Ends the document."""


def _too_deep(file: str) -> XmlFaultError:
    return XmlFaultError(f"{file}: elements nested more than {_DEEPEST} deep.", check="hostile-xml")


def _parse(text: str, file: str, target: Any) -> Any:
    """What the target makes of a document. Raises XmlFaultError for a broken one, or one with a document type."""
    # Only a document type can declare entities. Without one, the parser in C is safe, and ten times as fast.
    is_safe = "<!DOCTYPE" not in text
    parser: Any = XMLParser(target=target) if is_safe else DefusedXMLParser(target=target, forbid_dtd=True)
    try:
        for start in range(0, len(text), 2**20):
            parser.feed(text[start : start + 2**20])
        return parser.close()
    except DefusedXmlException:
        message = f"{file}: declares a document type or entities, which no label file needs; it was not read."
        raise XmlFaultError(message, check="hostile-xml") from None
    except ParseError as error:
        line = error.position[0]
        raise XmlFaultError(f"{file}, line {line}: broken XML ({ErrorString(error.code)}).", line) from None
