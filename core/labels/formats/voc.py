"""Pascal VOC: one XML file per image, corners in px, splits in ImageSets/Main. Corners stay exactly as written."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from core.labels.formats.base import Reading, ReadOptions, Sniff
from core.labels.formats.builder import Builder
from core.labels.formats.class_names import NAME_LENGTH, ClassTable, table_of
from core.labels.formats.numbers import NumberFaultError, read_number, read_size
from core.labels.formats.pairing import Pairs, pair
from core.labels.formats.voc_splits import read_splits
from core.labels.sources.source_tree import SourceTree

FORMAT_ID: Final = "voc"
_FILE_BYTES: Final = 16 * 2**20
_SAMPLE: Final = 20
_CORNERS: Final = ("xmin", "ymin", "xmax", "ymax")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Object:
    image_id: int
    image: str
    name: str
    box_xyxy: tuple[float, float, float, float]
    file: str
    element: int


def sniff(tree: SourceTree) -> Sniff:
    """A high score if XML files begin with VOC's `annotation` element."""
    files = tree.with_suffix(".xml")
    sample = files[:: max(len(files) // _SAMPLE, 1)]
    if any(b"<annotation" in _start(tree, file) for file in sample):
        return Sniff(0.9, f"{len(files):,} XML files with an <annotation>.")
    return Sniff(0.3 if pair(tree, sample).image_of else 0.0, f"{len(files):,} XML files named like images.")


def read(tree: SourceTree, options: ReadOptions) -> Reading:
    """Reads all XML files. `difficult` is ignored; sizes are as the files state them; classes are sorted by name."""
    builder = Builder()
    files = tree.with_suffix(".xml")
    splits = read_splits(tree, builder)
    pairs = pair(tree, files)
    image_ids = {image: builder.image(image, split=splits.get(image, "")) for image in tree.images}
    objects: list[_Object] = []
    for file in files:
        root = _parse(tree, file, pairs, builder)
        image = _image_of(tree, file, root, pairs)
        if root is None:
            if image:
                builder.mark_labelled(image_ids[image])
            continue
        objects += _read_file(root, file, image, image_ids, builder)
    table = table_of(options.names or sorted({labelled.name for labelled in objects}))
    _add(objects, table, builder)
    builder.label_files = len(files)
    matched = set(pairs.image_of.values())
    builder.unmatched_images = [image for image in tree.images if image not in matched]
    evidence = f"{len(files):,} XML files with VOC's <annotation>: corners in pixels, as written."
    return builder.reading(FORMAT_ID, table.categories, evidence)


def _start(tree: SourceTree, file: str) -> bytes:
    try:
        with tree.path(file).open("rb") as handle:
            return handle.read(4096)
    except OSError:
        return b""


def _parse(tree: SourceTree, file: str, pairs: Pairs, builder: Builder) -> Element | None:
    """The root element; None and a finding for a file that cannot or must not be read."""
    image = pairs.image_of.get(file, "")
    if tree.sizes[file] > _FILE_BYTES:
        builder.blocked("malformed-file", f"{file}: larger than {_FILE_BYTES // 2**20} MiB.", file, 0, image)
        return None
    try:
        root: Element = fromstring(tree.read(file), forbid_dtd=True)
    except DefusedXmlException:
        message = f"{file}: declares a document type or entities, which no label file needs; it was not read."
        builder.blocked("hostile-xml", message, file, 0, image)
        return None
    except ParseError as error:
        line = error.position[0]
        builder.blocked("malformed-file", f"{file}, line {line}: broken XML ({error}).", file, line, image)
        return None
    except (OSError, ValueError, LookupError) as error:
        builder.blocked("malformed-file", f"{file}: cannot be read ({error}).", file, 0, image)
        return None
    if root.tag != "annotation":
        builder.blocked("malformed-file", f"{file}: <{root.tag[:40]}>, expected <annotation>.", file, 0, image)
        return None
    return root


def _image_of(tree: SourceTree, file: str, root: Element | None, pairs: Pairs) -> str:
    """The image paired by name, else the one that the file names, which is added to the pairs; "" for none."""
    image = pairs.image_of.get(file)
    if image is None and root is not None and file in pairs.orphans:
        image = tree.find_image((root.findtext("filename") or "").strip(), beside=file)
        if image is not None and image not in pairs.image_of.values():
            pairs.image_of[file] = image
    return image or ""


def _read_file(root: Element, file: str, image: str, image_ids: dict[str, int], builder: Builder) -> list[_Object]:
    elements = root.findall("object")
    if not image:
        named = (root.findtext("filename") or PurePosixPath(file).stem).strip()[:NAME_LENGTH]
        builder.blocked("orphan-label", f"{file}: {len(elements)} objects, but no image {named!r}.", file)
        builder.unmatched_labels.append(file)
    else:
        width, height = (read_size(root.findtext(f"size/{side}")) for side in ("width", "height"))
        builder.claim_size(image_ids[image], width, height)
    objects = []
    for number, element in enumerate(elements, 1):
        name = (element.findtext("name") or "").strip()[:NAME_LENGTH]
        builder.count(name, image_ids.get(image, 0))
        where = f"{file}, object {number}"
        try:
            x1, y1, x2, y2 = (_corner(element, side) for side in _CORNERS)
        except NumberFaultError as fault:
            builder.blocked(fault.check, f"{where}: {fault}.", file, number, image)
            continue
        if not name:
            builder.blocked("malformed-line", f"{where}: no <name>, expected the class.", file, number, image)
        elif image:
            objects.append(
                _Object(
                    image_id=image_ids[image],
                    image=image,
                    name=name,
                    box_xyxy=(x1, y1, x2, y2),
                    file=file,
                    element=number,
                )
            )
    return objects


def _corner(element: Element, side: str) -> float:
    text = element.findtext(f"bndbox/{side}")
    if text is None:
        raise NumberFaultError("malformed-line", f"no <{side}> in <bndbox>")
    try:
        return read_number(text.strip())
    except NumberFaultError as fault:
        raise NumberFaultError(fault.check, f"<{side}>: {fault}") from None


def _add(objects: list[_Object], table: ClassTable, builder: Builder) -> None:
    for item in objects:
        category = table.index(item.name)
        if category is None:
            message = f"{item.file}, object {item.element}: class {item.name!r} is not among the given names."
            builder.blocked("unknown-class", message, item.file, item.element, item.image)
        else:
            builder.add(item.image_id, category, item.box_xyxy, item.file, item.element)
