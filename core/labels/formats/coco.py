"""COCO JSON: one or more files with images, annotations and categories; classes are joined by name."""

from typing import Any, Final

from core.coco.columns import without_collector
from core.coco.document import LISTS, DocumentError, read_coco
from core.errors import UploadError
from core.labels.formats.base import Reading, ReadOptions, Sniff
from core.labels.formats.builder import Builder
from core.labels.formats.class_names import ClassTable
from core.labels.formats.coco_file import FileReader, split_of
from core.labels.sources.source_tree import SourceTree

FORMAT_ID: Final = "coco"
_KEYS: Final = tuple(f'"{key}"'.encode() for key in LISTS)
_PEEK: Final = 2**20
_REMEDY: Final = "Export the labels as COCO JSON again, with `images`, `annotations` and `categories`."


def sniff(tree: SourceTree) -> Sniff:
    """A high score if a JSON file has COCO's keys."""
    files = _candidates(tree)
    return Sniff(0.95 if files else 0.0, f"{len(files)} JSON files with COCO's keys.")


def read(tree: SourceTree, options: ReadOptions) -> Reading:
    """Reads all JSON files with COCO's keys. Raises UploadError if none of them can be read."""
    builder = Builder()
    files = _candidates(tree) or tree.with_suffix(".json")
    table, used, parsed = ClassTable(), set[str](), 0
    for image in tree.images:
        builder.image(image)
    for file in files:
        document = _load(tree, file, builder)
        if document is not None:
            parsed += 1
            used |= FileReader(tree, file, table, builder).read(document)
    if not parsed:
        why = builder.findings[0].message if builder.findings else "The source holds no JSON file."
        raise UploadError(why, _REMEDY)
    builder.label_files = len(files)
    builder.unmatched_images = [image for image in tree.images if image not in used]
    splits = "; splits from the file names" if len({split_of(file) for file in files}) > 1 else ""
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
    """The document; None and a finding for a file that cannot be read or lacks one of COCO's lists."""
    try:
        with without_collector():
            return read_coco(tree.path(file), file, tree.limits.label_file_bytes, _REMEDY)
    except DocumentError as error:
        builder.blocked("malformed-file", error.message, file, error.line)
        return None
