"""Opens the JSON files of label tools, in any encoding, and reads what they have in common."""

from collections.abc import Collection, Iterable
from typing import Any, Final

from core.coco.document import DocumentError, parse, read_json
from core.coco.values import finite, text
from core.labels.formats.base import quoted
from core.labels.formats.written import Written
from core.labels.sources.source_tree import SourceTree
from core.labels.sources.text import decode

# More attributes of one object than any tool writes, and longer texts than anyone filters by.
_ATTRIBUTES: Final = 64
_CHARACTERS: Final = 200
_REMEDY: Final = "Export the labels again."


def load(tree: SourceTree, file: str, written: Written) -> tuple[Any, tuple[str, ...]] | None:
    """The value of a JSON file, and the two likeliest encodings if its encoding is a guess.

    None and a finding for a file that is too large, cannot be read, or is no JSON.
    """
    try:
        return read_json(tree.path(file), file, tree.limits.label_file_bytes, _REMEDY, lambda: tree.read(file)), ()
    except DocumentError as error:
        if isinstance(error.__cause__, UnicodeDecodeError) and (guessed := _guess(tree.read(file))):
            return guessed
        written.refuse_file(file, text(error.message), error.line)
        return None


def _guess(content: bytes) -> tuple[Any, tuple[str, ...]] | None:
    decoded = decode(content)
    if decoded is None:
        return None
    try:
        return parse(decoded.text), decoded.rivals
    except (ValueError, RecursionError):
        return None


def note_guess(written: Written, file: str, rivals: tuple[str, ...], names: Iterable[str]) -> None:
    """Adds a finding for a file whose encoding is a guess; it blocks if the names of classes or images depend on it."""
    if not rivals:
        return
    foreign = [name for name in dict.fromkeys(names) if not name.isascii()]
    if not foreign:
        written.look("encoding-guessed", f"{file}: not UTF-8, read as {rivals[0]}; no name depends on it.", file)
        return
    excerpt = " or ".join(
        f"{', '.join(quoted(_as(name, rivals[0], encoding)) for name in foreign[:3])} in {encoding}"
        for encoding in rivals
    )
    written.refuse_file(file, f"{file}: not UTF-8, so names are {excerpt}.", check="encoding-guessed")


def _as(name: str, read_as: str, encoding: str) -> str:
    return name.encode(read_as, errors="replace").decode(encoding, errors="replace")


def scalars(record: dict[str, Any], earlier: Collection[str]) -> dict[str, str]:
    """The single values of a record beside the known ones, as attributes; those in `attributes` are taken out of it."""
    seen: dict[str, str] = {}
    for name, value in record.items():
        if name in earlier or len(seen) >= _ATTRIBUTES:
            continue
        if name == "attributes" and isinstance(value, dict):
            seen |= scalars(value, ("attributes",))
        elif is_scalar(value):
            seen[text(name[:_CHARACTERS])] = _words(value)
    return seen


def is_scalar(value: Any) -> bool:
    """Whether a JSON value is a text, a finite number, true or false."""
    return isinstance(value, str | bool) or finite(value) is not None


def _words(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else text(value)[:_CHARACTERS]
