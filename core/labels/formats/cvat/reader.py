"""CVAT's XML, for images (<image>) and for videos (<track>): corners in px, as written."""

from collections import Counter
from typing import Final
from xml.etree.ElementTree import Element

from core.coco.masks import MaskFaultError
from core.labels.formats.base import quoted
from core.labels.formats.capped import Capped
from core.labels.formats.cvat.frames import Frames
from core.labels.formats.cvat.meta import NO_SUBSET, Meta, read_meta, whole
from core.labels.formats.cvat.shapes import (
    MOST_PIXELS,
    SHAPES,
    Shape,
    attributes_of,
    coco_run_lengths,
    read_shape,
)
from core.labels.formats.numbers import NumberFaultError, read_size
from core.labels.formats.turned_boxes import say_turned
from core.labels.formats.written import CORNERS_PX, Entry, Group, Written
from core.labels.formats.xml_files import XmlFaultError, XmlText, local_name, open_xml, read_events, root_name
from core.labels.sources.sample import Sample
from core.labels.sources.source_tree import SourceTree

FORMAT_ID: Final = "cvat"
SUFFIXES: Final = (".xml",)
OUTSIDE: Final = "outside the frame"
_PARTS: Final = ("<meta", "<image", "<track", "<version")
_NAME_LENGTH: Final = 200
# Unpacked masks of one file: a minute's work. Files of a few bytes a mask could ask for hours.
_MOST_PIXELS: Final = 10**10


def claim(sample: Sample) -> bool:
    """Whether the root element is <annotations> with one of CVAT's parts; Pascal VOC's is <annotation>."""
    return root_name(sample.head) == "annotations" and any(part in sample.head for part in _PARTS)


def read(tree: SourceTree, files: list[str]) -> Written:
    """Reads XML files of tasks, jobs and projects. An <image> without a shape says that the image is background."""
    written = Written(format=FORMAT_ID, files=list(files))
    frames, parts = Frames(written, tree.limits.unpacked_files), Counter[str]()
    labels: dict[str, None] = {}
    for file in files:
        try:
            xml = open_xml(tree, file, tree.limits.label_file_bytes)
            reader = _FileReader(written, frames, file, xml)
            reader.read()
        except XmlFaultError as fault:
            # Raised before the first element is read: a file is read as a whole or not at all.
            written.refuse_file(file, str(fault), fault.line, fault.check)
            continue
        labels |= dict.fromkeys(reader.meta.labels)
        parts += reader.parts
    # Shapes name their class. There are no ids.
    written.classes = [(name, name) for name in labels]
    written.evidence = _evidence(len(files), parts)
    return written


def _evidence(files: int, parts: "Counter[str]") -> str:
    counts = " and ".join(f"{parts[tag]:,} <{tag}>" for tag in ("image", "track") if parts[tag])
    text = f"{files:,} XML files of CVAT with {counts or 'no image'}: corners in pixels, as written."
    if parts["video"]:
        text += (
            " Frame 7 of a video is the image frame_000007. Frames of the task without a box are background: CVAT "
            "writes only frames with shapes."
        )
    return text


class _FileReader:
    """Reads one file, shape by shape."""

    def __init__(self, written: Written, frames: Frames, file: str, xml: XmlText) -> None:
        self.meta = Meta()
        self.parts: Counter[str] = Counter()
        self._written, self._frames, self._file, self._xml = written, frames, file, xml
        self._faults = Capped(written, file)
        self._group = -1
        self._entry = -1  # of the open <image>, -1 for none that has a name
        self._track: dict[str, str] = {}  # what the open <track> states, and its label
        self._label = ""
        self._seen_in = -1  # the last frame of the open <track> in which its object is in view, -1 for none
        self._counts: Counter[str] = Counter()
        self._pixels = _MOST_PIXELS

    def read(self) -> None:
        """Reads the whole file."""
        self._frames.open(self._file, self.meta)
        for is_start, element, ancestors in read_events(self._xml, self._file):
            tag = local_name(element.tag)
            if len(ancestors) == 1:
                self._read_part(tag, element, is_start)
            elif len(ancestors) == 2 and not is_start:
                self._read_child(local_name(ancestors[1].tag), tag, element)
        if not self.parts["image"]:
            self.parts["video"] = self._frames.add_empty() or self.parts["track"]
        self._close()

    def _close(self) -> None:
        self._faults.close()
        if self._counts["turned"]:
            say_turned(self._written, self._file, self._counts["turned"])
        if self._counts["mask"]:
            message = (
                f"{self._file}: {self._counts['mask']:,} masks were read as boxes only: the file does not give the "
                "size of their images, or there are too many."
            )
            self._written.look("bad-segmentation", message, self._file)

    def _read_part(self, tag: str, element: Element, is_start: bool) -> None:
        """Reads a child of the root: at its start its attributes, at its end <meta> as a whole."""
        if is_start and tag in ("image", "track"):
            self.parts[tag] += 1
            if tag == "image":
                self._open_image(element)
            else:
                self._track = attributes_of(element)
                if number := self._track.pop("id", ""):
                    self._track["track_id"] = number
                self._label = element.get("label", "").strip()
                self._seen_in = -1
        elif not is_start and tag == "meta":
            self.meta = read_meta(element)
            self._frames.open(self._file, self.meta)
        elif not is_start and tag not in ("image", "track", "version"):
            self._written.left_out["elements that are unknown"] += 1

    def _open_image(self, element: Element) -> None:
        name, subset = element.get("name", "").strip(), element.get("subset", "").strip()
        number = self.parts["image"]
        self._entry = self._written.add_entry(
            Entry(
                file=self._file,
                line=number,
                # A project's images lie in a folder for each subset.
                image=f"{subset}/{name}" if subset and name else name or f"<image> {number} without a name",
                other_images=(name,) if subset and name else (),
                width=read_size(element.get("width", "").strip()),
                height=read_size(element.get("height", "").strip()),
                split="" if subset == NO_SUBSET else subset or self._only_split(),
                is_annotated=bool(name),
                attributes={},
            )
        )
        if not name:
            message = f"{self._file}, image {number}: no `name`, so it belongs to no image."
            self._written.look("left-out", message, self._file, number)

    def _only_split(self) -> str:
        return self.meta.tasks[0].split if len(self.meta.tasks) == 1 else ""

    def _read_child(self, parent: str, tag: str, element: Element) -> None:
        if parent == "image" and tag == "tag":
            self._add_tag(element)
        elif parent == "image" and (tag in SHAPES or element.get("label")):
            attributes = attributes_of(element)
            self._read_shape(tag, element, self._entry, element.get("label", "").strip(), attributes)
        elif parent == "track" and element.get("outside", "").strip() == "1":
            self._counts["shapes"] += 1
            self._written.left_out[OUTSIDE] += 1
            self._follow(element, is_in_view=False)
        elif parent == "track" and (tag in SHAPES or "frame" in element.attrib):
            self._follow(element, is_in_view=True)
            attributes = {**self._track, **attributes_of(element)}
            entry = self._frames.entry(self._track, whole(element.get("frame")), element.get("frame", ""))
            self._read_shape(tag, element, entry, self._label, attributes)
        elif parent in ("image", "track") and tag != "attribute":
            self._written.left_out["elements that are unknown"] += 1

    def _follow(self, element: Element, *, is_in_view: bool) -> None:
        """Notes the frames since the last shape of the track: its object was in view in them, but has no shape."""
        number = whole(element.get("frame"))
        if number is None:
            return
        if self._seen_in >= 0:
            self._frames.skip(self._track, range(self._seen_in + 1, number))
        self._seen_in = number if is_in_view else -1

    def _add_tag(self, element: Element) -> None:
        """A label of the whole image: all of them in `tags`, and what they state as `label.attribute`."""
        label = element.get("label", "").strip()[:_NAME_LENGTH]
        attributes = self._written.entries[self._entry].attributes
        attributes["tags"] = f"{attributes['tags']}, {label}" if "tags" in attributes else label
        for child in element:
            if child.get("name") and child.text:
                attributes[f"{label}.{child.get('name', '')[:_NAME_LENGTH]}"] = child.text.strip()[:1_000]

    def _read_shape(self, tag: str, element: Element, entry: int, label: str, attributes: dict[str, str]) -> None:
        self._counts["shapes"] += 1
        number = self._counts["shapes"]
        where = f"{self._file}, object {number} (<{tag[:40]}> of {quoted(self._written.entries[entry].image, 120)})"
        try:
            if not 0 < len(label) <= _NAME_LENGTH:
                raise NumberFaultError(
                    "malformed-line", "no `label`" if not label else "a `label` of over 200 characters"
                )
            shape = read_shape(tag, element)
        except NumberFaultError as fault:
            self._faults.refuse_object(entry, label[:_NAME_LENGTH], fault.check, f"{where}: {fault}.", number)
            return
        if doubt := self._xml.doubt(label):
            self._faults.refuse_object(entry, label, "encoding-guessed", f"{where}: {doubt}.", number)
            return
        if self._group < 0:
            self._group = self._written.add_group(Group(key=self._file, frame=CORNERS_PX, what="CVAT's shapes"))
        row = self._written.add(
            entry, label, shape.box, group=self._group, line=number, polygons=shape.polygons, attributes=attributes
        )
        self._counts["turned"] += shape.is_turned
        if shape.mask is not None:
            self._add_mask(row, shape, entry, where, number)

    def _add_mask(self, row: int, shape: Shape, entry: int, where: str, number: int) -> None:
        image, mask = self._written.entries[entry], shape.mask
        if mask is None:
            return
        self._pixels -= min(mask[3] * mask[4], MOST_PIXELS)
        if not (image.width and image.height) or self._pixels < 0:
            self._counts["mask"] += 1
            return
        try:
            self._written.run_lengths[row] = coco_run_lengths(mask, image.width, image.height)
        except MaskFaultError as fault:
            self._faults.fixed("bad-segmentation", f"{where}: the mask was left out, because {fault}.", number)
