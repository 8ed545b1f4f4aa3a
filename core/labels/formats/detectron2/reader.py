"""Detectron2 dataset dicts as JSON: a list of records with file_name, height, width and annotations.

Classes are numbers; Detectron2 keeps their names in its metadata, not in the records.
"""

import re
from typing import Any, Final

from core.coco.columns import without_collector
from core.labels.formats.detectron2.file import FileReader
from core.labels.formats.json_file import load, note_guess
from core.labels.formats.written import Written
from core.labels.sources.sample import Sample
from core.labels.sources.source_tree import SourceTree

FORMAT_ID: Final = "detectron2"
SUFFIXES: Final = (".json",)
_LIST_OF_OBJECTS: Final = re.compile(r"\s*\[\s*\{")
_FILE_NAME: Final = re.compile(r'"file_name"\s*:')
_ANNOTATIONS: Final = re.compile(r'"annotations"\s*:\s*\[')
_OWN: Final = re.compile(r'"(bbox_mode|image_id|sem_seg_file_name|category_id)"\s*:')


def claim(sample: Sample) -> bool:
    """Whether a JSON file is a list of records with Detectron2's fields."""
    head = sample.head
    return all(pattern.search(head) for pattern in (_FILE_NAME, _ANNOTATIONS, _OWN)) and bool(
        _LIST_OF_OBJECTS.match(head)
    )


@without_collector()
def read(tree: SourceTree, files: list[str]) -> Written:
    """Reads files of dataset dicts; faults become findings."""
    written = Written(format=FORMAT_ID, files=list(files), is_indexed=True)
    for file in files:
        if loaded := load(tree, file, written):
            document, rivals = loaded
            first = len(written.entries)
            _read_document(written, file, document)
            note_guess(written, file, rivals, [entry.image for entry in written.entries[first:]])
    modes = dict.fromkeys(group.what for group in written.groups)
    written.evidence = f"Lists of records with file_name and annotations; {', '.join(modes) or 'no boxes'}."
    return written


def _read_document(written: Written, file: str, document: Any) -> None:
    if not isinstance(document, list):
        written.refuse_file(file, f"{file}: expected a list of records with `file_name` and `annotations`.")
        return
    FileReader(written, file).read(document)
