"""Writes images that several files of one format may state: a project, and exports of it.

What they state alike is counted once. Where one file has objects and another has none, those objects hold. Where both
have objects, and they differ, nothing tells which are right: all of them are blocked.
"""

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Final

from core.labels.formats.alike import MOST_ALIKE
from core.labels.formats.base import quoted
from core.labels.formats.json_records import FileFindings, RecordFaultError
from core.labels.formats.numbers import NumberFaultError
from core.labels.formats.written import Entry, Group, Written

# px. Boxes that differ by less are the same, written with other digits.
_AGREE: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedObject:
    """An object as one file states it: four numbers in the frame of its `group`, or a `fault` if it is unreadable.

    `further` are class names beside the first. `is_thin` says that its polygon has fewer than 3 points.
    """

    line: int
    token: str = ""
    group: str = ""
    values: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    polygon: list[float] | None = None
    further: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    is_thin: bool = False
    fault: NumberFaultError | None = None


class FaultyObjects:
    """Makes the objects that cannot be read. From MOST_ALIKE on, those without a class are one value per kind of fault.

    A list of millions of empty records then takes no more memory than its JSON.
    """

    def __init__(self) -> None:
        """Starts with none."""
        self._counts = Counter[tuple[str, str]]()
        self._shared: dict[tuple[str, str], StatedObject] = {}

    def make(self, line: int, token: str, fault: NumberFaultError) -> StatedObject:
        """An object that cannot be read."""
        # It holds the frames of the functions that raised it.
        fault.__traceback__ = None
        made = StatedObject(line=line, token=token, fault=fault)
        if token:
            return made
        kind = fault.check, getattr(fault, "kind", "")
        self._counts[kind] += 1
        return made if self._counts[kind] <= MOST_ALIKE else self._shared.setdefault(kind, made)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedImage:
    """An image and its objects as one file states them. `fault` says why its list of objects cannot be read."""

    entry: Entry
    objects: list[StatedObject]
    fault: str = ""


class ImageWriter:
    """Writes stated images; `group_of` makes the group for a file and an object's `group`."""

    def __init__(self, written: Written, what: str, group_of: Callable[[str, str], Group]) -> None:
        """`what` names an object in messages: "region"."""
        self._written, self._what, self._group_of = written, what, group_of
        self._images: dict[Hashable, list[StatedImage]] = {}
        self._groups: dict[tuple[str, str], int] = {}
        self._by_key: dict[str, int] = {}
        self._findings: dict[str, FileFindings] = {}
        self._several, self._thin, self._emptied = Counter[str](), Counter[str](), Counter[tuple[str, str]]()

    def add(self, key: Hashable, image: StatedImage) -> None:
        """Takes an image; those with the same key are the same image."""
        self._images.setdefault(key, []).append(image)

    def write(self) -> None:
        """Writes all images that were added, and their findings."""
        for images in self._images.values():
            self._settle(images)
        for findings in self._findings.values():
            findings.close()
        self._say()

    def _settle(self, images: list[StatedImage]) -> None:
        files = {image.entry.file for image in images}
        if len(files) < len(images) or len(images) == 1:
            # One file that states an image twice means two images of one name, and core.labels.reading asks.
            for image in images:
                self._write(image)
            return
        full = [image for image in images if image.objects or image.fault] or images[:1]
        first = full[0]
        if all(_agree(first, other) for other in full[1:]):
            self._write(first)
            for other in full[1:]:
                self._written.left_out[f"the same {self._what} in another file"] += len(other.objects)
            for image in images:
                if first.objects and not image.objects:
                    self._emptied[image.entry.file, first.entry.file] += 1
            return
        self._block(full)

    def _block(self, images: list[StatedImage]) -> None:
        entry = images[0].entry
        index = self._written.add_entry(entry)
        counts = ", ".join(f"{image.entry.file} has {len(image.objects)}" for image in images)
        fault = RecordFaultError("doubtful-reading", f"its {self._what}s differ: {counts}", "differing files")
        seen = [item for image in images for item in image.objects]
        self._refuse(index, entry, seen[0].token if seen else "", fault, f"image {quoted(entry.image, 120)}", 0)
        self._written.unreadable += [(index, item.token) for item in seen[1:]]

    def _write(self, image: StatedImage) -> None:
        entry = image.entry
        index = self._written.add_entry(entry)
        place = f"image {quoted(entry.image, 120)}"
        if image.fault:
            fault = RecordFaultError("malformed-line", image.fault, "image")
            self._refuse(index, entry, "", fault, place, entry.line)
        for item in image.objects:
            if item.fault is not None:
                self._refuse(index, entry, item.token, item.fault, f"{place}, {self._what} {item.line}", item.line)
                continue
            self._several[entry.file] += bool(item.further)
            self._thin[entry.file] += item.is_thin
            self._written.add(
                index, item.token, item.values, group=self._group(entry.file, item.group), line=item.line,
                polygons=[item.polygon] if item.polygon else None, attributes=item.attributes,
            )  # fmt: skip

    def _refuse(self, index: int, entry: Entry, token: str, fault: NumberFaultError, place: str, line: int) -> None:
        if entry.file not in self._findings:
            self._findings[entry.file] = FileFindings(self._written, entry.file)
        self._findings[entry.file].refuse(index, token, fault, place, line)

    def _group(self, file: str, name: str) -> int:
        if (file, name) not in self._groups:
            group = self._group_of(file, name)
            if group.key not in self._by_key:
                self._by_key[group.key] = self._written.add_group(group)
            self._groups[file, name] = self._by_key[group.key]
        return self._groups[file, name]

    def _say(self) -> None:
        for file, count in self._several.items():
            if count:
                several = f"{count:,} {self._what}s have several classes"
                message = f"{file}: {several}: the first counts, the others are kept as the attribute `tags`."
                self._written.look("several-classes", message, file)
        for file, count in self._thin.items():
            if count:
                message = f"{file}: {count:,} polygons of fewer than 3 points are read as boxes."
                self._written.fixed("bad-segmentation", message, file)
        for (file, other), count in self._emptied.items():
            message = f"{file}: {count:,} images have no {self._what} here, but some in {other}; those are used."
            self._written.look("labels-differ", message, file)


def _agree(left: StatedImage, right: StatedImage) -> bool:
    if left.fault != right.fault or len(left.objects) != len(right.objects):
        return False
    return all(map(_same, sorted(left.objects, key=_order), sorted(right.objects, key=_order)))


def _order(item: StatedObject) -> tuple[str, str, tuple[float, ...]]:
    return item.token, item.group, item.values


def _same(left: StatedObject, right: StatedObject) -> bool:
    if _words(left) != _words(right):
        return False
    return all(abs(a - b) <= _AGREE for a, b in zip(left.values, right.values, strict=True))


def _words(item: StatedObject) -> tuple[str, str, tuple[str, ...], str]:
    return item.token, item.group, item.further, str(item.fault or "")
