"""Names choices of the user that change nothing: a mistyped group would pass for a reading that was chosen."""

from collections.abc import Iterator

from core.labels.findings import Finding, Severity
from core.labels.formats.base import quoted
from core.labels.formats.rows.kinds import CHOICES
from core.labels.reading.options import ReadOptions
from core.labels.reading.part import Part

_NAME_SHOWN = 120


def unused_choices(options: ReadOptions, parts: list[Part]) -> Iterator[Finding]:
    """A finding for each choice of a reading, a list of names or an annotator that rules nothing."""
    keys = {reading.key for part in parts for reading in part.settled.readings}
    for group, reading in options.readings:
        is_kind = reading in CHOICES
        if (f"{group}:{reading}" if is_kind else group) in keys:
            continue
        if is_kind and group in keys:
            yield _look(f"The rows of {quoted(group, _NAME_SHOWN)} cannot be read as {reading}.")
        else:
            some = ", ".join(sorted(keys)[:6])
            yield _look(f"No group of labels is called {quoted(group, _NAME_SHOWN)}; the groups are {some}.")
    ruling = {scope.file for part in parts for scope in part.classified.scopes}
    in_conflict = any(scope.is_conflict for part in parts for scope in part.classified.scopes)
    for file in options.class_lists:
        if file not in ruling and not in_conflict:
            yield _look(f"{file} was chosen as the list of class names, but no label file goes by it.")
    if options.annotator and all(options.annotator not in part.written.annotators for part in parts):
        yield _look(f"No label is by the annotator {quoted(options.annotator, _NAME_SHOWN)}.")


def _look(message: str) -> Finding:
    return Finding(check="unused-choice", severity=Severity.LOOK, message=message)
