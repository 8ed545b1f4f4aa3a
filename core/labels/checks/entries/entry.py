"""One check as it is described to users."""

from dataclasses import dataclass
from enum import StrEnum

from core.labels.findings import Severity


class Scope(StrEnum):
    """What a check looks at; also the part of docs/checks.md that describes it."""

    READING = "reading"
    IMAGES = "images"
    OBJECTS = "objects"
    CLASSES = "classes and splits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A check: its id, which is stored with findings and never changes, and its texts.

    `aliases` are other names under which the id is read. `title` is a heading for several findings. `what`, `why` and
    `remedy` are sentences. `thresholds` are names as in options (core.labels.checks.thresholds).
    """

    id: str
    scope: Scope
    severities: tuple[Severity, ...]
    title: str
    what: str
    why: str
    remedy: str
    aliases: tuple[str, ...] = ()
    thresholds: tuple[str, ...] = ()
