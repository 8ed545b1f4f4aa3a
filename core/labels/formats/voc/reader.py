"""Pascal VOC: one XML file per image, corners in px, exactly as written."""

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element

from core.labels.formats.capped import Capped
from core.labels.formats.numbers import NumberFaultError, read_size
from core.labels.formats.turned_boxes import corners_of, say_turned, upright_box
from core.labels.formats.voc.objects import VocObject, name_of, read_attributes, read_object
from core.labels.formats.written import CENTRE_PX, CORNER_SIZE_PX, CORNERS_PX, CORNERS_SHARE, Entry, Group, Written
from core.labels.formats.xml_files import XmlFaultError, XmlText, open_xml, read_root, root_name
from core.labels.sources.sample import Sample
from core.labels.sources.source_tree import SourceTree

FORMAT_ID: Final = "voc"
SUFFIXES: Final = (".xml",)
# One image's labels: 1,000 objects take 300 KB.
_FILE_BYTES: Final = 16 * 2**20
# Read elsewhere, or the same in every file.
_NO_ATTRIBUTES: Final = frozenset(
    {"folder", "filename", "path", "source", "owner", "size", "imagesize", "segmented", "object", "objects"}
)
_IS_TURNED: Final = 2 * math.pi + 0.01


def claim(sample: Sample) -> bool:
    """Whether the root element is <annotation>; CVAT's is <annotations>."""
    return root_name(sample.head) == "annotation"


def read(tree: SourceTree, files: list[str]) -> Written:
    """Reads XML files, each of one image. A file without an object says that its image is background."""
    evidence = f"{len(files):,} XML files with Pascal VOC's <annotation>: corners in pixels, as written."
    reader = _Reader(Written(format=FORMAT_ID, evidence=evidence, files=list(files)))
    for file in files:
        reader.read_file(tree, file)
    reader.close()
    return reader.written


class _Reader:
    def __init__(self, written: Written) -> None:
        self.written = written
        self._groups: dict[str, int] = {}
        # By folder: the turned boxes by row, as in VocObject, and the files with any turned box.
        self._angles: dict[str, dict[int, tuple[float, float, float, float, float]]] = defaultdict(dict)
        self._turned: dict[str, list[str]] = defaultdict(list)

    def read_file(self, tree: SourceTree, file: str) -> None:
        try:
            xml = open_xml(tree, file, _FILE_BYTES)
            root = read_root(xml, file)
            if root.tag != "annotation":
                raise XmlFaultError(f"{file}: <{root.tag[:40]}>, expected <annotation>.")
        except XmlFaultError as fault:
            # The image of the file has labels that nobody can read, so it is no background.
            self.written.add_entry(Entry(file=file))
            self.written.refuse_file(file, str(fault), fault.line, fault.check)
            return
        entry = self.written.add_entry(_entry(root, file))
        faults = Capped(self.written, file)
        # Some tools put the objects into an element <objects>; none may disappear.
        for number, element in enumerate(root.iter("object"), 1):
            self._read_object(element, entry, number, xml, faults)
        faults.close()

    def _read_object(self, element: Element, entry: int, number: int, xml: XmlText, faults: Capped) -> None:
        file = self.written.entries[entry].file
        where = f"{file}, object {number}"
        if (element.findtext("deleted") or "").strip() == "1":
            self.written.left_out["marked as deleted"] += 1
            return
        try:
            labelled = read_object(element)
        except NumberFaultError as fault:
            faults.refuse_object(entry, name_of(element), fault.check, f"{where}: {fault}.", number)
            return
        if doubt := xml.doubt(labelled.name):
            faults.refuse_object(entry, labelled.name, "encoding-guessed", f"{where}: {doubt}.", number)
            return
        if labelled.faulty_mask:
            faults.fixed("bad-segmentation", f"{where}: {labelled.faulty_mask}; the box is kept.", number)
        self._add(labelled, entry, number, file.rpartition("/")[0])

    def _add(self, labelled: VocObject, entry: int, number: int, folder: str) -> None:
        row = self.written.add(
            entry, labelled.name, labelled.box or (0.0, 0.0, 0.0, 0.0), group=self._group(folder), line=number,
            polygons=labelled.polygons, attributes=labelled.attributes,
        )  # fmt: skip
        if labelled.turned is not None:
            self._angles[folder][row] = labelled.turned
        if labelled.is_turned:
            self._turned[folder].append(self.written.entries[entry].file)

    def _group(self, folder: str) -> int:
        if folder not in self._groups:
            group = Group(
                key=folder or ".", frame=CORNERS_PX, rivals=(CORNER_SIZE_PX, CENTRE_PX, CORNERS_SHARE), what="<bndbox>"
            )
            self._groups[folder] = self.written.add_group(group)
        return self._groups[folder]

    def close(self) -> None:
        """Converts the boxes with angles, whose unit shows in a folder as a whole, and says how many are turned."""
        for boxes in self._angles.values():
            # roLabelImg writes radians. An angle of more than a full turn shows degrees.
            in_degrees = any(abs(box[4]) > _IS_TURNED for box in boxes.values())
            for row, (x, y, width, height, angle) in boxes.items():
                corners = corners_of(x, y, width, height, math.radians(angle) if in_degrees else angle)
                self.written.polygons.setdefault(row, [corners])
                self._set_box(row, upright_box(corners))
        for folder, files in self._turned.items():
            count = len(set(files))
            where = files[0] if count == 1 else f"{folder or '.'}: in {count:,} files"
            say_turned(self.written, files[0], len(files), where)

    def _set_box(self, row: int, box: Iterable[float]) -> None:
        for column, value in enumerate(box):
            self.written.values[4 * row + column] = value


def _entry(root: Element, file: str) -> Entry:
    """The image of a file. Its own path comes first: tools rename images, and leave the name inside as it was."""
    name, folder, path = ((root.findtext(tag) or "").strip() for tag in ("filename", "folder", "path"))
    names = (name, f"{folder}/{name}" if folder and name else "", path)
    width = read_size((root.findtext("size/width") or root.findtext("imagesize/ncols") or "").strip())
    height = read_size((root.findtext("size/height") or root.findtext("imagesize/nrows") or "").strip())
    return Entry(
        file=file,
        other_images=tuple(dict.fromkeys(filter(None, names))),
        width=width,
        height=height,
        attributes={
            **{tag: value[:1000] for tag, value in root.attrib.items()},
            **read_attributes(root, _NO_ATTRIBUTES),
        },
    )
