"""Datumaro JSON: one file a subset, with categories, and items that hold their annotations."""

import re
from typing import Any, Final

from core.coco.columns import without_collector
from core.labels.formats.datumaro.file import FileReader
from core.labels.formats.json_file import load, note_guess
from core.labels.formats.written import Written
from core.labels.sources.sample import Sample
from core.labels.sources.source_tree import SourceTree

FORMAT_ID: Final = "datumaro"
SUFFIXES: Final = (".json",)
_CATEGORIES: Final = re.compile(r'"categories"\s*:\s*\{')
_ITEMS: Final = re.compile(r'"items"\s*:\s*\[')
# Long lists of labels or items may push the other keys out of both ends of the file.
_ITEM: Final = re.compile(r'"label_id"\s*:|"label_groups"\s*:|"dm_format_version"\s*:|"media_type"\s*:')


def claim(sample: Sample) -> bool:
    """Whether a JSON file has Datumaro's categories and items."""
    ends = f"{sample.head}\n{sample.tail}"
    if not sample.head.lstrip().startswith("{"):
        return False
    keys = sum(pattern.search(ends) is not None for pattern in (_CATEGORIES, _ITEMS))
    return keys == 2 or (keys == 1 and bool(_ITEM.search(ends)))


@without_collector()
def read(tree: SourceTree, files: list[str]) -> Written:
    """Reads Datumaro's files; faults become findings."""
    written = Written(format=FORMAT_ID, files=list(files))
    for file in files:
        if loaded := load(tree, file, written):
            document, rivals = loaded
            first = len(written.entries)
            _read_document(written, file, document)
            images = [entry.image for entry in written.entries[first:]]
            note_guess(written, file, rivals, [*(name for name, _ in written.classes), *images])
    what = "file" if len(files) == 1 else "files"
    written.evidence = f"{len(files)} {what} with Datumaro's categories and items: boxes are corner and size in pixels."
    return written


def _read_document(written: Written, file: str, document: Any) -> None:
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        written.refuse_file(file, f"{file}: has no `items`, expected a list of objects.")
        return
    reader = FileReader(written, file)
    reader.read_classes(document.get("categories"))
    reader.read_items(document["items"])
