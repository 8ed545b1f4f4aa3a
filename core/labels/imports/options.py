"""The user's options of an import."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import AppError
from core.labels.checks.thresholds import Thresholds
from core.labels.formats.rows.kinds import CHOICES as ROW_KINDS
from core.labels.images.bit_range import parse_bit_range
from core.labels.images.duplicates import GROUPINGS
from core.labels.reading.frames import FRAME_NAMES
from core.labels.reading.options import ReadOptions
from core.labels.sources.text import text_codec

_ENCODINGS = "Give a name such as cp1251, cp1252, cp932, gb18030 or koi8-r."
USES_WITHOUT_OBJECTS = ("unlabelled", "background")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """The options of `inspect` and `import` (docs/cli.md); "" means: as the source suggests.

    `no_label` is the use of an image that no label file speaks of; an explicitly empty one is background. `empty`, if
    given, is the use of both (for one version more). `readings`, `first_id`, `annotator`, `class_lists` and `encodings`
    are as in ReadOptions.
    `class_map` maps class names to new names: two classes with one new name are merged, an empty new name drops the
    class. `ignore` holds attributes (name, value): objects with one of them are imported as crowd regions of their
    class. Raises AppError for a value that is not allowed.
    """

    name: str = ""
    format: str = "auto"
    coordinates: str = "auto"
    names: tuple[str, ...] | None = None
    split: str = ""  # "", "source", or a ratio such as 70/15/15
    seed: int = 0
    group: str = "none"
    no_label: str = "unlabelled"
    empty: str = ""
    readings: Mapping[str, str] = field(default_factory=dict)
    first_id: int = 0
    annotator: str = ""
    class_lists: tuple[str, ...] = ()
    encodings: Mapping[str, str] = field(default_factory=dict)
    bit_range: str = ""  # "" or LOW,HIGH: the values of deep images that become 0 and 255
    class_map: Mapping[str, str] = field(default_factory=dict)
    ignore: tuple[tuple[str, str], ...] = ()
    leave_out_blocked: bool = False
    thresholds: Thresholds = field(default_factory=Thresholds)

    def __post_init__(self) -> None:
        _one_of("coordinates", self.coordinates, ("auto", *FRAME_NAMES))
        for group, reading in self.readings.items():
            _one_of(f"The reading of {group[:80]}", reading, (*FRAME_NAMES, *ROW_KINDS))
        for path, encoding in self.encodings.items():
            if not text_codec(encoding):
                raise AppError(f"The encoding of {path[:80]} is {encoding[:40]!r}, which is not known.", _ENCODINGS)
        _one_of("group", self.group, GROUPINGS)
        _one_of("no_label", self.no_label, USES_WITHOUT_OBJECTS)
        _one_of("empty", self.empty, ("", *USES_WITHOUT_OBJECTS))
        if self.first_id not in (0, 1):
            raise AppError(f"The first class id is {self.first_id}.", "Give 0, or 1 where ids start at 1.")
        parse_bit_range(self.bit_range)
        if self.seed < 0:
            raise AppError(f"The seed {self.seed} is negative.", "Give a whole number from 0.")

    @property
    def empty_use(self) -> str:
        """The use of an image that a label file says is empty."""
        return self.empty or "background"

    @property
    def no_label_use(self) -> str:
        """The use of an image that no label file speaks of."""
        return self.empty or self.no_label

    @property
    def reading(self) -> ReadOptions:
        """How the source is read."""
        return ReadOptions(
            format=self.format,
            coordinates=self.coordinates,
            readings=tuple(sorted(self.readings.items())),
            names=self.names,
            first_id=self.first_id,
            annotator=self.annotator,
            class_lists=tuple(sorted(self.class_lists)),
            encodings=tuple(sorted((_plain(path), encoding) for path, encoding in self.encodings.items())),
        )

    @property
    def inspecting(self) -> tuple[ReadOptions, Thresholds, str]:
        """The options that decide what an inspection says; with equal ones, two have the same result."""
        return self.reading, self.thresholds, self.bit_range

    def to_json(self) -> dict[str, Any]:
        """The options as JSON values."""
        return {
            "name": self.name,
            "format": self.format,
            "coordinates": self.coordinates,
            "names": list(self.names) if self.names else None,
            "split": self.split,
            "seed": self.seed,
            "group": self.group,
            "no_label": self.no_label,
            "empty": self.empty,
            "readings": dict(self.readings),
            "first_id": self.first_id,
            "annotator": self.annotator,
            "class_lists": list(self.class_lists),
            "encodings": dict(self.encodings),
            "range": self.bit_range,
            "class_map": dict(self.class_map),
            "ignore": [f"{name}={value}" for name, value in self.ignore],
            "leave_out_blocked": self.leave_out_blocked,
            "thresholds": self.thresholds.changed(),
        }


def _plain(path: str) -> str:
    """A path below the source as its files are listed: without `./` and a slash at its end."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return "/".join(parts) or "."


def _one_of(what: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise AppError(f"{what} is {value[:40]!r}.", f"Choose one of: {', '.join(allowed)}.")
