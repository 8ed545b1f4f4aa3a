"""Says which reader reads which file of a source. More than one format in a source is usual."""

from dataclasses import dataclass, field
from typing import Final

from core.errors import UploadError
from core.labels.formats import READERS
from core.labels.formats.base import Reader
from core.labels.formats.rows.reader import FORMAT_ID as ROWS
from core.labels.reading.class_lists import is_class_list
from core.labels.reading.split_lists import split_files
from core.labels.sources.file_kinds import stem_of
from core.labels.sources.image_index import fold, has_image_suffix
from core.labels.sources.sample import take_sample
from core.labels.sources.source_tree import SourceTree

# The row formats share one reader: what the numbers are is settled after reading.
_ROW_FORMATS: Final = ("text", "yolo", "kitti")
_DOCUMENTS: Final = ("readme", "license", "licence", "notes", "source", "sources", "about", "requirements", "changelog")


@dataclass(slots=True, kw_only=True)
class Claims:
    """The label files of each reader, and files that look like labels and belong to none."""

    files_of: dict[str, list[str]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def add(self, format_id: str, path: str) -> None:
        """Gives a file to a reader."""
        self.files_of.setdefault(format_id, []).append(path)


def format_ids() -> tuple[str, ...]:
    """What `--format` may say, besides `auto`."""
    others = tuple(reader.FORMAT_ID for reader in READERS if reader.FORMAT_ID != ROWS)
    return (*_ROW_FORMATS, *others)


def reader_of(format_id: str) -> Reader:
    """The reader of a format. Raises UploadError for an unknown one."""
    wanted = ROWS if format_id in _ROW_FORMATS else format_id
    for reader in READERS:
        if wanted == reader.FORMAT_ID:
            return reader
    raise UploadError(f"There is no format {format_id!r}.", f"Known: {', '.join(format_ids())}.")


def claim_files(tree: SourceTree, forced: str = "auto") -> Claims:
    """Which reader reads which file; with a forced format all files of its suffixes that are no lists."""
    claims = Claims()
    lists = set(split_files(tree))
    if forced != "auto":
        reader = reader_of(forced)
        for path in tree.with_suffix(*reader.SUFFIXES):
            if path not in lists and not (is_class_list(path) and not _has_image(tree, path)):
                claims.add(reader.FORMAT_ID, path)
        return claims
    for path in tree.with_suffix(*{suffix for reader in READERS for suffix in reader.SUFFIXES}):
        if path not in lists:
            _claim(tree, path, claims)
    return claims


def _claim(tree: SourceTree, path: str, claims: Claims) -> None:
    is_text = path.lower().endswith(".txt")
    if is_text and _has_image(tree, path):
        claims.add(ROWS, path)
        return
    if is_text and (is_class_list(path) or _is_document(path)):
        return
    sample = take_sample(tree, path)
    suffix = "." + path.rpartition(".")[2].lower()
    for reader in READERS:
        if suffix in reader.SUFFIXES and _claims(reader, sample):
            claims.add(reader.FORMAT_ID, path)
            return
    if is_text and "labels" in fold(path).split("/")[:-1]:
        claims.add(ROWS, path)
    elif not is_text:
        claims.unknown.append(path)


def _claims(reader: Reader, sample: object) -> bool:
    try:
        return reader.claim(sample)  # type: ignore[arg-type]
    except Exception:
        # A bug in a reader must not end the import; the file is then named as unknown.
        return False


def _has_image(tree: SourceTree, path: str) -> bool:
    """Whether an image has the name of a text file: `a.txt` or `a.jpg.txt` for `a.jpg`."""
    stem = stem_of(path)
    return bool(tree.images_of_stem(stem)) or (has_image_suffix(stem) and bool(tree.images_of_stem(stem_of(stem))))


def _is_document(path: str) -> bool:
    return fold(path.rpartition("/")[2]).startswith(_DOCUMENTS)
