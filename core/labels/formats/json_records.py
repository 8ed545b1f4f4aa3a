"""Reads records of the JSON files of annotation tools, whose values may be of any type, and caps their findings."""

import json
import math
from collections.abc import Iterable
from re import Pattern
from typing import Any

from core.coco.document import DocumentError, read_json
from core.coco.sections import NAME_LENGTH
from core.coco.values import LARGEST_PX, quoted, text
from core.labels.findings import Severity
from core.labels.formats.alike import Alike
from core.labels.formats.numbers import NumberFaultError, read_number
from core.labels.formats.written import Written
from core.labels.sources.sample import Sample
from core.labels.sources.source_tree import SourceTree
from core.labels.sources.text import decode


class RecordFaultError(NumberFaultError):
    """A record is no usable object.

    `kind` groups faults that are alike, so that only some of them are listed. `is_said` is for a fault that a finding
    about the whole file names.
    """

    def __init__(self, check: str, what: str, kind: str = "", *, is_said: bool = False) -> None:
        """Keeps the kind beside the check."""
        super().__init__(check, what)
        self.kind, self.is_said = kind, is_said


class FileFindings:
    """Adds the findings of one label file, at most MOST_ALIKE of a kind; `close` counts the others."""

    def __init__(self, written: Written, file: str) -> None:
        """Takes the target of the findings and the file's path."""
        self._written, self._file = written, file
        self._alike: Alike[tuple[str, str]] = Alike()
        # Millions of broken records share one value.
        self._last = -1, ""

    def refuse(self, entry: int, token: str, fault: NumberFaultError, place: str, line: int = 0) -> None:
        """Counts an object as unreadable. `place` follows the file's path in the message: "object 3"."""
        if getattr(fault, "is_said", False):
            self._count(entry, token)
            return
        kind = fault.check, getattr(fault, "kind", "")
        if self._alike.is_worth_a_finding(kind):
            message = f"{self._file}, {place}: {fault}."
            self._written.refuse_object(entry, token, fault.check, message, line)
        else:
            self._count(entry, token)

    def _count(self, entry: int, token: str) -> None:
        if self._last != (entry, token):
            self._last = entry, token
        self._written.unreadable.append(self._last)

    def close(self) -> None:
        """Adds a finding for each kind of which more were counted than listed."""
        for (check, kind), more in self._alike.more():
            what = f" ({kind})" if kind else ""
            message = f"{self._file}: {more:,} more objects like these{what}."
            self._written.add_finding(check, Severity.BLOCKS, message, self._file)


def keys_in(sample: Sample, pattern: Pattern[str]) -> set[str]:
    """The keys at both ends of a file, of those in the pattern's first group."""
    return {*pattern.findall(sample.head), *pattern.findall(sample.tail)}


def open_json(
    written: Written, tree: SourceTree, file: str, *, kinds: tuple[type, ...], limit_bytes: int, remedy: str
) -> Any:
    """The content of a JSON file; None, with the file refused, if it cannot be read or is none of these types."""
    try:
        document = read_json(tree.path(file), file, limit_bytes, remedy, lambda: tree.read(file))
    except DocumentError as error:
        guessed = guessed_encoding(tree, file, limit_bytes) if not error.line else ""
        if guessed:
            written.refuse_file(file, guessed, check="encoding-guessed")
        else:
            written.refuse_file(file, error.message, error.line)
        return None
    if isinstance(document, kinds):
        return document
    written.refuse_file(file, f"{file}: the JSON is {quoted(document)}, expected an object.")
    return None


def guessed_encoding(tree: SourceTree, file: str, limit_bytes: int) -> str:
    """A message for a text in an unknown code page, with its first words in the two likeliest; else ""."""
    if tree.sizes.get(file, 0) > limit_bytes:
        return ""
    try:
        data = tree.read(file)
    except OSError:
        return ""
    seen = decode(data)
    if seen is None or not seen.rivals:
        return ""
    at = next(number for number, byte in enumerate(data) if byte > 127)
    part = data[max(at - 12, 0) : at + 12]
    readings = " or ".join(f"{part.decode(page, errors='replace')!r} ({page})" for page in seen.rivals)
    return f"{file}: is not UTF-8, and its encoding is a guess: {readings}."


def class_name(value: Any) -> str:
    """A class's name as written, without spaces around it. Raises RecordFaultError if there is none."""
    name = value.strip() if isinstance(value, str) else _scalar(value)
    if not name:
        raise RecordFaultError("malformed-line", "it has no class", "no class")
    if len(name) > NAME_LENGTH:
        seen = f"{quoted(name)} has {len(name):,} characters; a class's name has at most {NAME_LENGTH}"
        raise RecordFaultError("malformed-line", seen, "long class")
    if text(name) != name:
        raise RecordFaultError("malformed-line", f"the class {quoted(name)} holds half a character", "class")
    return name


def _scalar(value: Any) -> str:
    """A number, true or false as JSON writes it; "" for null. Raises RecordFaultError for lists and objects."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return json.dumps(value)
    raise RecordFaultError("malformed-line", f"the class is {quoted(value)}, expected a text", "class")


def token_of(value: Any) -> str:
    """The class's name for a count of objects that cannot be read; "" if it has none."""
    try:
        return class_name(value)
    except RecordFaultError:
        return ""


def attributes_of(values: Any) -> dict[str, str]:
    """The values of a JSON object as text; null and empty ones are left out. Empty for anything but an object."""
    if not isinstance(values, dict):
        return {}
    return {text(name): _attribute(value) for name, value in values.items() if value not in (None, "", [], {})}


def _attribute(value: Any) -> str:
    if isinstance(value, str):
        return text(value)
    try:
        return text(json.dumps(value, ensure_ascii=False))
    except RecursionError:
        return quoted(value)


def number(value: Any) -> float:
    """A finite number of at most LARGEST_PX. Raises NumberFaultError."""
    if (type(value) is float or type(value) is int) and -LARGEST_PX <= value <= LARGEST_PX:
        return float(value)
    if isinstance(value, str | int | float):
        return read_number(value)
    raise RecordFaultError("malformed-line", f"{quoted(value)} is not a number", "number")


def number_list(values: list[Any]) -> list[float]:
    """Finite numbers of at most LARGEST_PX. Raises NumberFaultError for the first value that is none."""
    if set(map(type, values)) <= {int, float}:
        try:
            seen = list(map(float, values))
        except OverflowError:
            seen = [math.inf]
        if all(map(math.isfinite, seen)) and max(map(abs, seen), default=0.0) <= LARGEST_PX:
            return seen
    return [number(value) for value in values]


def numbers(record: Any, names: Iterable[str]) -> list[float]:
    """The numbers in these fields of a JSON object. Raises NumberFaultError, naming the field."""
    seen = []
    for name in names:
        if name not in record:
            raise RecordFaultError("malformed-line", f"it has no `{name}`", "field")
        try:
            seen.append(number(record[name]))
        except NumberFaultError as fault:
            raise RecordFaultError(fault.check, f"`{name}`: {fault}", "field") from None
    return seen


def text_of(value: Any) -> str:
    """A text that can be stored; "" for any other value."""
    return text(value) if isinstance(value, str) else ""
