"""The user's options of an import."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import AppError
from core.labels.formats.base import COORDINATES
from core.labels.images.bit_range import parse_bit_range
from core.labels.images.duplicates import GROUPINGS

EMPTY_MEANINGS = ("background", "unlabelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """The options of `inspect` and `import` (docs/cli.md); "" means: as the source suggests.

    `class_map` maps class names to new names: two classes with one new name are merged, an empty new name drops the
    class. Raises AppError for a value that is not allowed.
    """

    name: str = ""
    format: str = "auto"
    coordinates: str = "auto"
    names: tuple[str, ...] | None = None
    split: str = ""  # "", "source", or a ratio such as 70/15/15
    seed: int = 0
    group: str = "none"
    empty: str = "background"
    bit_range: str = ""  # "" or LOW,HIGH: the values of deep images that become 0 and 255
    class_map: Mapping[str, str] = field(default_factory=dict)
    leave_out_blocked: bool = False

    def __post_init__(self) -> None:
        _one_of("coordinates", self.coordinates, COORDINATES)
        _one_of("group", self.group, GROUPINGS)
        _one_of("empty", self.empty, EMPTY_MEANINGS)
        parse_bit_range(self.bit_range)
        if self.seed < 0:
            raise AppError(f"The seed {self.seed} is negative.", "Give a whole number from 0.")

    @property
    def reading(self) -> tuple[str, str, tuple[str, ...] | None, str]:
        """The options that decide how a source is read; with equal ones, two inspections have the same result."""
        return self.format, self.coordinates, self.names, self.bit_range

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
            "empty": self.empty,
            "range": self.bit_range,
            "class_map": dict(self.class_map),
            "leave_out_blocked": self.leave_out_blocked,
        }


def _one_of(what: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise AppError(f"{what} is {value[:40]!r}.", f"Choose one of: {', '.join(allowed)}.")
