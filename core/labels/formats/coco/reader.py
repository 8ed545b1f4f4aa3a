"""COCO JSON: one or more files with images, annotations and categories; classes are joined by name.

Captions, panoptic segments, results and other files of the family are recognised, named and left out.
"""

from typing import Any, Final

from core.coco.columns import without_collector
from core.coco.document import LISTS
from core.labels.formats.coco.file import FileReader
from core.labels.formats.coco.kinds import Kind, is_coco, kind_of
from core.labels.formats.coco.repeats import Repeats
from core.labels.formats.json_file import load, note_guess
from core.labels.formats.written import Written
from core.labels.sources.sample import Sample, take_sample
from core.labels.sources.source_tree import SourceTree

FORMAT_ID: Final = "coco"
SUFFIXES: Final = (".json",)


def claim(sample: Sample) -> bool:
    """Whether a JSON file has COCO's lists, or is a list of COCO results."""
    return is_coco(sample)


@without_collector()
def read(tree: SourceTree, files: list[str]) -> Written:
    """Reads COCO files; faults become findings."""
    written = Written(format=FORMAT_ID, files=list(files))
    repeats = Repeats(written) if len(files) > 1 else None
    for file in _ordered(tree, files):
        if loaded := load(tree, file, written):
            document, rivals = loaded
            first = len(written.entries)
            _read_document(written, file, document, repeats)
            images = [entry.image for entry in written.entries[first:]]
            note_guess(written, file, rivals, [*(name for name, _ in written.classes), *images])
    what = "file" if len(files) == 1 else "files"
    written.evidence = f"{len(files)} {what} with COCO's lists: boxes are corner and size in pixels."
    return written


def _ordered(tree: SourceTree, files: list[str]) -> list[str]:
    """The files with keypoints last: objects that are in two files are taken from the one with their masks."""
    if len(files) == 1:
        return files
    samples = {file: take_sample(tree, file) for file in files}
    return sorted(files, key=lambda file: '"keypoints"' in samples[file].head + samples[file].tail)


def _read_document(written: Written, file: str, document: Any, repeats: Repeats | None) -> None:
    if not isinstance(document, dict | list):
        written.refuse_file(file, f"{file} holds no JSON object.")
        return
    kind = kind_of(document)
    if isinstance(document, list):
        _leave_out(written, file, kind, document)
        return
    needed = LISTS if kind.has_objects else ("images",)
    for key in needed:
        if not isinstance(document.get(key), list):
            written.refuse_file(file, f"{file}: has no `{key}`, expected a list of objects.")
            return
    reader = FileReader(written, file, kind, repeats)
    reader.read_images(document["images"])
    if kind.has_objects:
        reader.read_objects(document["categories"], document["annotations"])
    else:
        _leave_out(written, file, kind, document.get("annotations") or [])


def _leave_out(written: Written, file: str, kind: Kind, records: list[Any]) -> None:
    """Counts the records of a file that holds no objects, and names the file."""
    count = sum(_segments(record) for record in records) if kind is Kind.PANOPTIC else len(records)
    written.left_out_files[file] = kind
    if kind is Kind.IMAGES:
        message = f"{file}: a list of images without annotations; they are not labelled by it."
    else:
        written.left_out[kind] += count
        message = f"{file}: left out, because it holds {count:,} {kind} and no labels of objects."
    written.look("left-out", message, file)


def _segments(record: Any) -> int:
    segments = record.get("segments_info") if isinstance(record, dict) else None
    return len(segments) if isinstance(segments, list) else 1
