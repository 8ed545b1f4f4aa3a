"""Adds one COCO file of a source, as read by core.coco, to a builder: rows and findings."""

from collections.abc import Callable, Collection
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from core.coco.faults import Fault, Faults, Kind
from core.coco.records import Annotations, read_annotations
from core.coco.sections import NAME_LENGTH, Categories, ImageEntry, Images, read_categories, read_images
from core.coco.values import id_key
from core.labels.formats.base import quoted
from core.labels.formats.builder import Builder
from core.labels.formats.class_names import ClassTable
from core.labels.sources.source_tree import SourceTree
from core.labels.formats.splits import split_of_folders, split_of_name
from core.labels.images.image_header import ImageHeaderError, read_header

# EXIF orientations that swap width and height.
_SWAPPED: Final = (5, 6, 7, 8)
# The mended faults that a user should check.
_LOOK_AT: Final = (Kind.BAD_MASK, Kind.REPEATED_NAME)


def split_of(file: str) -> str:
    """The split named by a file's name or folder, "" for none."""
    return split_of_name(PurePosixPath(file).stem) or split_of_folders(file)


class FileReader:
    """Reads one COCO file into a builder."""

    def __init__(self, tree: SourceTree, file: str, table: ClassTable, builder: Builder) -> None:
        """Takes the file's path in the tree, and the targets for classes and objects."""
        self.tree, self.file, self.table, self.builder = tree, file, table, builder
        self.faults = Faults(file, is_strict=False)
        self.sources: list[str | None] = []  # path of each entry's image; None if it is not in the tree

    def read(self, document: dict[str, list[Any]]) -> set[str]:
        """Adds the file's objects, and returns the paths of the images that it names."""
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
        """Finds the entry's image in the tree, and notes the size and split that the file states for it."""
        where = f"{self.file}, images {entry.number}"
        if not entry.name:
            self.builder.blocked("malformed-line", f"{where}: no usable `file_name`.", self.file, entry.number)
            return None
        source = self.tree.find_image(entry.name, beside=self.file)
        if source is None:
            message = f"{where}: {quoted(entry.name, 120)} is missing."
            self.builder.blocked("missing-image", message, self.file, entry.number)
            self.builder.unmatched_labels.append(entry.name[:NAME_LENGTH])
            return None
        image_id = self.builder.image(source)
        self.builder.claim_size(image_id, entry.width, entry.height)
        split = split_of(self.file)
        if split and self.builder.claim_split(image_id, split) != split:
            message = f"{source} is in another split's file too; the first one was used."
            self.builder.look("two-splits", message, self.file, entry.number, source)
        return source

    def _sizes(self, images: Images) -> npt.NDArray[np.int64]:
        """(N, 2) width and height in px of the image on which each entry's masks are drawn.

        The size comes from the image. For an image that its camera turned, the size in the file decides whether the
        masks refer to the image as stored or upright.
        """
        sizes = images.sizes()
        for index, source in enumerate(self.sources):
            if source is not None:
                sizes[index] = self._size(source, tuple(sizes[index].tolist()))
        return sizes

    def _size(self, source: str, claimed_wh: tuple[int, ...]) -> tuple[int, ...]:
        try:
            header = read_header(self.tree.path(source), self.tree.limits)
        except ImageHeaderError:
            return claimed_wh
        upright = (header.width, header.height)
        is_stored_turned = header.exif_orientation in _SWAPPED and claimed_wh == upright[::-1]
        return claimed_wh if is_stored_turned else upright

    def _add(self, images: Images, categories: Categories, objects: Annotations) -> None:
        lost = {index: 0 for index, source in enumerate(self.sources) if source is None}
        rows = zip(objects.images.tolist(), objects.categories.tolist(), objects.is_sound.tolist(), strict=True)
        for row, (image, category, is_sound) in enumerate(rows):
            source = self.sources[image] if image >= 0 else None
            image_id = self.builder.image(source) if source else 0
            self.builder.count(self._class_name(objects.records[row], categories, category), image_id)
            if image in lost:
                lost[image] += 1
            elif is_sound:
                index = self.table.by_name(categories.entries[category].name)
                area = float(objects.areas[row])
                self.builder.add(
                    image_id, index, tuple(objects.boxes_xyxy[row].tolist()), self.file, int(objects.numbers[row]),
                    None if np.isnan(area) else area, bool(objects.is_crowd[row]), objects.masks[row],
                )  # fmt: skip
        self._report(image_of={}, lost=lost)
        for image, count in lost.items():
            message = f"{self.file}: {count} objects of image {quoted(images.entries[image].key)}, which is missing."
            self.builder.blocked("missing-image", message, self.file)

    def _class_name(self, record: dict[str, Any], categories: Categories, category: int) -> str:
        """The class's name, or its id if that means no class."""
        return categories.entries[category].name if category >= 0 else id_key(record.get("category_id")) or ""

    def _report(self, *, image_of: dict[int, str], lost: Collection[int] = ()) -> None:
        """Turns the faults into findings and clears them; objects of the missing images `lost` are left out.

        `image_of` gives an image's path by the number of the faulty entry.
        """
        for fault in sorted(self.faults.kept, key=lambda fault: fault.number):
            if fault.image not in lost:
                self._finding(fault, self._source(fault, image_of))
        for kind, is_mended, count in self.faults.more():
            self._note(kind, is_mended)(str(kind), f"{self.file}: {count:,} more records like these.", self.file)
        self.faults = Faults(self.file, is_strict=False)

    def _source(self, fault: Fault, image_of: dict[int, str]) -> str:
        return self.sources[fault.image] or "" if fault.image >= 0 else image_of.get(fault.number, "")

    def _finding(self, fault: Fault, image: str) -> None:
        if fault.kind is Kind.AMBIGUOUS_ID and image:
            # The image may hold objects, so it must not count as background.
            self.builder.mark_labelled(self.builder.image(image))
        note = self._note(fault.kind, fault.is_mended)
        note(str(fault.kind), self.faults.words_of(fault), self.file, fault.number, image)

    def _note(self, kind: Kind, is_mended: bool) -> Callable[..., None]:
        if not is_mended:
            return self.builder.blocked
        return self.builder.look if kind in _LOOK_AT else self.builder.fixed
