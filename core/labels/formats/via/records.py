"""What a VIA file holds, the same for versions 1 to 3 and for JSON and CSV."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from core.coco.values import quoted
from core.labels.formats.json_records import text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A region as written: its shape (an object, or VIA 3's list), its attributes by name, and its 1-based number.

    `fault` says why it is no object on an image, whatever its shape.
    """

    shape: Any
    attributes: Any
    line: int
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViaImage:
    """An image of a VIA file and its regions. `fault` says why the regions cannot be read."""

    image: str
    line: int
    other_images: tuple[str, ...] = ()
    size_bytes: int = 0
    is_annotated: bool = True
    regions: tuple[Region, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """How a project declares an attribute of regions: its kind of input, and its options as (key, description)."""

    kind: str = "text"
    options: tuple[tuple[str, str], ...] = ()

    @property
    def is_choice(self) -> bool:
        """Whether one or some of a list of options are chosen."""
        return self.kind in ("dropdown", "radio", "checkbox", "select")


@dataclass(slots=True, kw_only=True)
class ViaFile:
    """The content of one VIA file. `passed_over` counts files that are no images, by kind, `broken` broken records."""

    file: str
    images: list[ViaImage] = field(default_factory=list)
    declared: dict[str, Declared] = field(default_factory=dict)
    passed_over: dict[str, int] = field(default_factory=dict)
    broken: int = 0
    first_broken: str = ""

    def note_broken(self, what: str, record: Any) -> None:
        """Counts a record that describes no image."""
        self.broken += 1
        if self.broken == 1:
            self.first_broken = f"{what}, {quoted(record)}"

    def regions(self) -> Iterator[Region]:
        """All regions that may be objects."""
        return (region for image in self.images for region in image.regions if not region.fault)


def declared(kind: Any, options: Any) -> Declared:
    """An attribute's declaration, from its kind's name and its options {key: description}."""
    pairs = options.items() if isinstance(options, dict) else ()
    return Declared(kind=text_of(kind) or "text", options=tuple((text_of(key), text_of(value)) for key, value in pairs))
