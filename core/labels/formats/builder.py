"""Builds a LabelSet from a reader's objects, row by row."""

from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from core.labels.findings import Finding, Severity
from core.labels.formats.base import Reading
from core.labels.label_set import LabelSet
from core.tables import ANNOTATIONS, CATEGORIES, IMAGES, from_columns

Box = tuple[float, float, float, float]


@dataclass(slots=True, kw_only=True)
class Builder:
    """Collects images, objects and findings while a reader reads; `reading` returns the result."""

    findings: list[Finding] = field(default_factory=list)
    written: int = 0
    written_per_class: Counter[str] = field(default_factory=Counter)
    unmatched_images: list[str] = field(default_factory=list)
    unmatched_labels: list[str] = field(default_factory=list)
    label_files: int = 0
    _images: dict[str, int] = field(default_factory=dict)
    _sizes: list[tuple[int, int]] = field(default_factory=list)
    _splits: list[str] = field(default_factory=list)
    _labelled: set[int] = field(default_factory=set)
    _objects: list[tuple[int, int, Box, float, bool, str, str, int]] = field(default_factory=list)

    def image(self, source: str, width: int = 0, height: int = 0, split: str = "") -> int:
        """The id of an image, which is added if it is new; size and split as the labels state them."""
        image_id = self._images.get(source)
        if image_id is None:
            image_id = self._images[source] = len(self._images) + 1
            self._sizes.append((width, height))
            self._splits.append(split)
        return image_id

    def count(self, class_name: str, image_id: int = 0) -> None:
        """Counts an object of the source, usable or not; `image_id` is its image, 0 if unknown."""
        self.written += 1
        if class_name:
            self.written_per_class[class_name] += 1
        if image_id:
            self._labelled.add(image_id)

    def mark_labelled(self, image_id: int) -> None:
        """Notes that an image has labels that cannot be read, so that it does not count as background."""
        self._labelled.add(image_id)

    def claim_size(self, image_id: int, width: int, height: int) -> None:
        """Notes the size in px that the labels state for an image; 0 for none."""
        self._sizes[image_id - 1] = (width, height)

    def claim_split(self, image_id: int, split: str) -> str:
        """Puts an image into a split unless it has one already, and returns its split."""
        self._splits[image_id - 1] = self._splits[image_id - 1] or split
        return self._splits[image_id - 1]

    def add(
        self, image_id: int, category_id: int, box_xyxy: Box, file: str, line: int,
        area: float | None = None, is_crowd: bool = False, segmentation: str = "",
    ) -> int:  # fmt: skip
        """Adds an object, corners in px as written, and returns its annotation id. The default area is the box's."""
        if area is None:
            x1, y1, x2, y2 = box_xyxy
            area = max(x2 - x1, 0.0) * max(y2 - y1, 0.0)
        self._objects.append((image_id, category_id, box_xyxy, area, is_crowd, segmentation, file, line))
        return len(self._objects)

    def blocked(self, check: str, message: str, file: str, line: int = 0, image: str = "") -> None:
        """Adds a finding that blocks training."""
        self.findings.append(
            Finding(check=check, severity=Severity.BLOCKS, message=message, file=file, line=line, image=image)
        )

    def fixed(self, check: str, message: str, file: str, line: int = 0, image: str = "") -> None:
        """Adds a finding that the import repairs."""
        self.findings.append(
            Finding(check=check, severity=Severity.FIXED, message=message, file=file, line=line, image=image)
        )

    def look(self, check: str, message: str, file: str = "", line: int = 0, image: str = "") -> None:
        """Adds a finding that the user should check."""
        self.findings.append(
            Finding(check=check, severity=Severity.LOOK, message=message, file=file, line=line, image=image)
        )

    def reading(self, format_id: str, categories: list[tuple[str, str]], evidence: str) -> Reading:
        """The finished reading; categories are (name, id in the source) by class index."""
        # A `test` folder alone, or a list of only the training part, is no split.
        if not {"train"} < set(self._splits) - {""}:
            self._splits = [""] * len(self._splits)
        return Reading(
            format=format_id,
            label_set=LabelSet(
                images=self._image_table(), annotations=self._annotation_table(), categories=_category_table(categories)
            ),
            findings=self.findings,
            evidence=evidence,
            unmatched_images=self.unmatched_images,
            unmatched_labels=self.unmatched_labels,
            has_splits=any(self._splits),
            label_files=self.label_files,
            written=self.written,
            written_per_class=self.written_per_class,
        )

    def _image_table(self) -> pd.DataFrame:
        ids = list(self._images.values())
        columns = {
            "image_id": ids,
            "file_name": list(self._images),
            "width": [width for width, _ in self._sizes],
            "height": [height for _, height in self._sizes],
            "split": self._splits,
            "use": ["labelled" if image_id in self._labelled else "background" for image_id in ids],
            "source": list(self._images),
            "content_hash": [""] * len(ids),
        }
        return from_columns(IMAGES, columns)

    def _annotation_table(self) -> pd.DataFrame:
        objects = self._objects
        columns = {
            "annotation_id": range(1, len(objects) + 1),
            "image_id": [row[0] for row in objects],
            "category_id": [row[1] for row in objects],
            **{name: [row[2][side] for row in objects] for side, name in enumerate(("x1", "y1", "x2", "y2"))},
            "area": [row[3] for row in objects],
            "is_crowd": [row[4] for row in objects],
            "segmentation": [row[5] for row in objects],
            "source_file": [row[6] for row in objects],
            "source_line": [row[7] for row in objects],
        }
        return from_columns(ANNOTATIONS, columns)


def _category_table(categories: list[tuple[str, str]]) -> pd.DataFrame:
    columns = {
        "category_id": range(len(categories)),
        "name": [name for name, _ in categories],
        "source_id": [source_id for _, source_id in categories],
    }
    return from_columns(CATEGORIES, columns)
