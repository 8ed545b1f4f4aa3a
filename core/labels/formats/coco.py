"""COCO JSON: one or more files with images, annotations and categories; ids of any kind, joined by class name."""

from collections.abc import Callable, Collection
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from core.coco.columns import without_collector
from core.coco.document import LISTS, DocumentError, read_coco
from core.coco.faults import Fault, Faults, Kind
from core.coco.records import Annotations, read_annotations
from core.coco.sections import NAME_LENGTH, Categories, ImageEntry, Images, read_categories, read_images
from core.coco.values import id_key
from core.errors import UploadError
from core.labels.formats.base import Reading, ReadOptions, Sniff, shown
from core.labels.formats.builder import Builder
from core.labels.formats.class_names import ClassTable
from core.labels.formats.source_tree import SourceTree
from core.labels.formats.splits import split_of_folders, split_of_name
from core.labels.images.image_header import ImageHeaderError, read_header

FORMAT_ID: Final = "coco"
_KEYS: Final = tuple(f'"{key}"'.encode() for key in LISTS)
_PEEK: Final = 2**20
_REMEDY: Final = "Export the labels as COCO JSON again, with `images`, `annotations` and `categories`."
# EXIF orientations that swap width and height.
_SWAPPED: Final = (5, 6, 7, 8)
# What a user has to look at; any other mended fault needs nobody.
_LOOK_AT: Final = (Kind.BAD_MASK, Kind.REPEATED_NAME)


def sniff(tree: SourceTree) -> Sniff:
    """High where a JSON file has COCO's keys."""
    files = _candidates(tree)
    return Sniff(0.95 if files else 0.0, f"{len(files)} JSON files with COCO's keys.")


def read(tree: SourceTree, options: ReadOptions) -> Reading:
    """All JSON files with COCO's keys. Raises UploadError where none of them can be read at all."""
    builder = Builder()
    files = _candidates(tree) or tree.with_suffix(".json")
    table, used, parsed = ClassTable(), set[str](), 0
    for image in tree.images:
        builder.image(image)
    for file in files:
        document = _load(tree, file, builder)
        if document is not None:
            parsed += 1
            used |= _FileReader(tree, file, table, builder).read(document)
    if not parsed:
        why = builder.findings[0].message if builder.findings else "There is no JSON file in this."
        raise UploadError(why, _REMEDY)
    builder.label_files = len(files)
    builder.unmatched_images = [image for image in tree.images if image not in used]
    splits = "; splits from the file names" if len({_split(file) for file in files}) > 1 else ""
    evidence = (
        f"{len(files)} JSON files with COCO's images, annotations and categories: corner and size in pixels{splits}."
    )
    return builder.reading(FORMAT_ID, table.categories, evidence)


def _candidates(tree: SourceTree) -> list[str]:
    """JSON files with at least two of COCO's three keys in their first or last MiB."""
    return [file for file in tree.with_suffix(".json") if sum(key in _ends(tree, file) for key in _KEYS) >= 2]


def _ends(tree: SourceTree, file: str) -> bytes:
    try:
        with tree.path(file).open("rb") as handle:
            start = handle.read(_PEEK)
            handle.seek(max(tree.sizes[file] - _PEEK, 0))
            return start + handle.read(_PEEK)
    except OSError:
        return b""


def _load(tree: SourceTree, file: str, builder: Builder) -> dict[str, list[Any]] | None:
    """The document; None, with a finding, for a file that cannot be read or lacks one of COCO's lists."""
    try:
        with without_collector():
            return read_coco(tree.path(file), file, tree.limits.label_file_bytes, _REMEDY)
    except DocumentError as error:
        builder.blocked("malformed-file", error.message, file, error.line)
        return None


def _split(file: str) -> str:
    return split_of_name(PurePosixPath(file).stem) or split_of_folders(file)


class _FileReader:
    """One COCO file on its way into a builder."""

    def __init__(self, tree: SourceTree, file: str, table: ClassTable, builder: Builder) -> None:
        self.tree, self.file, self.table, self.builder = tree, file, table, builder
        self.faults = Faults(file, is_strict=False)
        self.sources: list[str | None] = []  # of each entry, its image's path; None where it is not in the tree

    def read(self, document: dict[str, list[Any]]) -> set[str]:
        """Add the file's objects; the images that it names."""
        images = read_images(document["images"], self.faults)
        self.sources = [self._find(entry) for entry in images.entries]
        self._report(image_of={e.number: s or "" for e, s in zip(images.entries, self.sources, strict=True)})
        categories = read_categories(document["categories"], self.faults)
        self._report(image_of={})
        for category in categories.entries:
            self.table.add(category.name, category.key)
        values = document["annotations"]
        has_masks = any(isinstance(value, dict) and value.get("segmentation") for value in values)
        sizes = self._sizes(images) if has_masks else images.sizes()
        annotations = read_annotations(values, images.ids, categories.ids, sizes, self.faults)
        self._add(images, categories, annotations)
        return {source for source in self.sources if source}

    def _find(self, entry: ImageEntry) -> str | None:
        """The entry's image in the tree, with the size and split that the file claims for it."""
        place = f"{self.file}, images {entry.number}"
        if not entry.name:
            self.builder.blocked("malformed-line", f"{place}: no usable `file_name`.", self.file, entry.number)
            return None
        source = self.tree.find_image(entry.name, beside=self.file)
        if source is None:
            message = f"{place}: {shown(entry.name, 120)} is not here."
            self.builder.blocked("missing-image", message, self.file, entry.number)
            self.builder.unmatched_labels.append(entry.name[:NAME_LENGTH])
            return None
        image_id = self.builder.image(source)
        self.builder.claim_size(image_id, entry.width, entry.height)
        split = _split(self.file)
        if split and self.builder.claim_split(image_id, split) != split:
            message = f"{source} is in another split's file too; the first one holds."
            self.builder.look("two-splits", message, self.file, entry.number, source)
        return source

    def _sizes(self, images: Images) -> npt.NDArray[np.int64]:
        """(N, 2) width and height in px of the image that each entry's masks are drawn on.

        The image itself says how large it is; what the file claims decides whether an image that its camera turned is
        meant as stored or upright.
        """
        sizes = images.sizes()
        for place, source in enumerate(self.sources):
            if source is not None:
                sizes[place] = self._size(source, tuple(sizes[place].tolist()))
        return sizes

    def _size(self, source: str, claimed_wh: tuple[int, ...]) -> tuple[int, ...]:
        try:
            header = read_header(self.tree.path(source), self.tree.limits)
        except ImageHeaderError:
            return claimed_wh
        upright = (header.width, header.height)
        is_stored_turned = header.exif_orientation in _SWAPPED and claimed_wh == upright[::-1]
        return claimed_wh if is_stored_turned else upright

    def _add(self, images: Images, categories: Categories, found: Annotations) -> None:
        lost = {place: 0 for place, source in enumerate(self.sources) if source is None}
        rows = zip(found.images.tolist(), found.categories.tolist(), found.is_sound.tolist(), strict=True)
        for place, (image, category, is_sound) in enumerate(rows):
            source = self.sources[image] if image >= 0 else None
            image_id = self.builder.image(source) if source else 0
            self.builder.count(self._class_name(found.records[place], categories, category), image_id)
            if image in lost:
                lost[image] += 1
            elif is_sound:
                index = self.table.by_name(categories.entries[category].name)
                area = float(found.areas[place])
                self.builder.add(
                    image_id, index, tuple(found.boxes_xyxy[place].tolist()), self.file, int(found.numbers[place]),
                    None if np.isnan(area) else area, bool(found.is_crowd[place]), found.masks[place],
                )  # fmt: skip
        self._report(image_of={}, lost=lost)
        for place, objects in lost.items():
            named = shown(images.entries[place].key)
            message = f"{self.file}: {objects} objects of image {named}, which is not here."
            self.builder.blocked("missing-image", message, self.file)

    def _class_name(self, record: dict[str, Any], categories: Categories, category: int) -> str:
        """The class's name, or its id where that means no class."""
        return categories.entries[category].name if category >= 0 else id_key(record.get("category_id")) or ""

    def _report(self, *, image_of: dict[int, str], lost: Collection[int] = ()) -> None:
        """Make findings of the faults, but for objects of images that are not here, and forget them.

        `image_of` gives an image's path by the number of the entry at fault.
        """
        for fault in sorted(self.faults.found, key=lambda fault: fault.number):
            if fault.image not in lost:
                self._finding(fault, self._source(fault, image_of))
        for kind, is_mended, count in self.faults.more():
            self._note(kind, is_mended)(str(kind), f"{self.file}: {count:,} more records like these.", self.file)
        self.faults = Faults(self.file, is_strict=False)

    def _source(self, fault: Fault, image_of: dict[int, str]) -> str:
        return self.sources[fault.image] or "" if fault.image >= 0 else image_of.get(fault.number, "")

    def _finding(self, fault: Fault, image: str) -> None:
        if fault.kind is Kind.AMBIGUOUS_ID and image:
            # Nobody knows whether anything is on it: it must not pass for background.
            self.builder.mark_labelled(self.builder.image(image))
        note = self._note(fault.kind, fault.is_mended)
        note(str(fault.kind), self.faults.words_of(fault), self.file, fault.number, image)

    def _note(self, kind: Kind, is_mended: bool) -> Callable[..., None]:
        if not is_mended:
            return self.builder.blocked
        return self.builder.look if kind in _LOOK_AT else self.builder.fixed
