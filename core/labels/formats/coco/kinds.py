"""Tells the JSON files of the COCO family apart: objects, keypoints, captions, classes, panoptic segments, results."""

import re
from collections.abc import Collection
from enum import StrEnum
from typing import Any, Final

from core.labels.sources.sample import Sample

# Datumaro's `categories` are an object, and so not COCO's.
_LISTS: Final = tuple(
    re.compile(pattern) for pattern in (r'"images"\s*:', r'"annotations"\s*:', r'"categories"\s*:\s*[^{\s]')
)
# Where long lists lie between two keys, both ends may show only one of them.
_RECORDS: Final = re.compile(
    r'"image_id"\s*:[^{}]{0,2000}"(category_id|bbox|caption|segmentation|segments_info)"\s*:'
    r'|"(category_id|bbox|caption|segmentation|segments_info)"\s*:[^{}]{0,2000}"image_id"\s*:'
)
_IMAGES: Final = re.compile(r'"images"\s*:\s*\[\s*\{[^{}]{0,2000}"(file_name|coco_url)"\s*:')
_RESULT_KEYS: Final = ('"image_id"', '"category_id"', '"score"')


class Kind(StrEnum):
    """What a file of the family holds; the value names what is left out of it."""

    OBJECTS = "objects"
    KEYPOINTS = "keypoints"
    CAPTIONS = "captions"
    CLASSES = "classes of images"
    PANOPTIC = "panoptic segments"
    RESULTS = "predictions"
    IMAGES = "image lists"

    @property
    def has_objects(self) -> bool:
        """Whether the file's annotations are objects with boxes or masks."""
        return self in (Kind.OBJECTS, Kind.KEYPOINTS)


def is_coco(sample: Sample) -> bool:
    """Whether a file looks like one of the family."""
    start, ends = sample.head.lstrip(), f"{sample.head}\n{sample.tail}"
    if start.startswith("["):
        is_result = all(key in start for key in _RESULT_KEYS) or ('"image_id"' in start and '"caption"' in start)
        return is_result and '"annotations"' not in start and '"file_name"' not in start
    if not start.startswith("{"):
        return False
    count = sum(pattern.search(ends) is not None for pattern in _LISTS)
    return count >= 2 or (count == 1 and bool(_RECORDS.search(ends) or _IMAGES.search(ends)))


def kind_of(document: Any) -> Kind:
    """The kind of a document, by the fields of its annotations."""
    if isinstance(document, list):
        return Kind.RESULTS
    values = document.get("annotations")
    if values is None and isinstance(document.get("images"), list):
        return Kind.IMAGES
    records = [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
    if not records:
        return Kind.OBJECTS
    if all("segments_info" in record for record in records):
        return Kind.PANOPTIC
    if _all_lack(records, ("bbox", "segmentation", "keypoints")):
        if all("caption" in record for record in records):
            return Kind.CAPTIONS
        if all(record.get("category_id") is not None for record in records):
            return Kind.CLASSES
    return Kind.KEYPOINTS if any("keypoints" in record for record in records) else Kind.OBJECTS


def _all_lack(records: Collection[dict[str, Any]], names: Collection[str]) -> bool:
    return not any(name in record for record in records for name in names)
