"""One COCO file of a source: what core.coco reads of it, as rows and findings of a builder."""

from collections.abc import Callable, Collection
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from core.coco.faults import Fault, Faults, Kind
from core.coco.records import Annotations, read_annotations
from core.coco.sections import NAME_LENGTH, Categories, ImageEntry, Images, read_categories, read_images
from core.coco.values import id_key
from core.labels.formats.base import shown
from core.labels.formats.builder import Builder
from core.labels.formats.class_names import ClassTable
from core.labels.formats.source_tree import SourceTree
from core.labels.formats.splits import split_of_folders, split_of_name
from core.labels.images.image_header import ImageHeaderError, read_header

# EXIF orientations that swap width and height.
_SWAPPED: Final = (5, 6, 7, 8)
# What a user has to look at; any other mended fault needs nobody.
_LOOK_AT: Final = (Kind.BAD_MASK, Kind.REPEATED_NAME)


def split_of(file: str) -> str:
    """The split that a file's name or folder means, "" for none."""
    return split_of_name(PurePosixPath(file).stem) or split_of_folders(file)


class FileReader:
    """One COCO file on its way into a builder."""

    def __init__(self, tree: SourceTree, file: str, table: ClassTable, builder: Builder) -> None:
        """Take the file's path in the tree, and where classes and objects go."""
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
        split = split_of(self.file)
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
            # Nobody knows whether anything is on it: it must not pass for background.
            self.builder.mark_labelled(self.builder.image(image))
        note = self._note(fault.kind, fault.is_mended)
        note(str(fault.kind), self.faults.words_of(fault), self.file, fault.number, image)

    def _note(self, kind: Kind, is_mended: bool) -> Callable[..., None]:
        if not is_mended:
            return self.builder.blocked
        return self.builder.look if kind in _LOOK_AT else self.builder.fixed
