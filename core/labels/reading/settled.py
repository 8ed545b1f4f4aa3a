"""What settling gives: how each group was read, its rivals, and the objects' corners in px."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from core.boxes import Boxes
from core.labels.findings import Finding
from core.labels.formats.written import Frame
from core.labels.reading.evidence.repairs_needed import Mask
from core.labels.reading.frames import frame_help, frame_name, frame_words

if TYPE_CHECKING:
    from core.labels.reading.examples import Example

Sizes = npt.NDArray[np.float64]

KIND_WORDS: Final = {"box": "box, then other columns", "polygon": "polygon"}
_KIND_HELP: Final = {
    "box": "The first four numbers are a box; those behind it are something else, such as a score and a track.",
    "polygon": "The numbers are the points of a polygon, x and y in turn.",
}


class Named:
    """A reading by its frame, or by the `kind` of row where that is what is in doubt."""

    __slots__ = ()
    frame: Frame
    kind: str

    @property
    def name(self) -> str:
        """The reading's name in options."""
        return self.kind or frame_name(self.frame)

    @property
    def words(self) -> str:
        """The reading in words."""
        return KIND_WORDS[self.kind] if self.kind else frame_words(self.frame)

    @property
    def help(self) -> str:
        """What the numbers of a row are, as a sentence."""
        return _KIND_HELP[self.kind] if self.kind else frame_help(self.frame)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival(Named):
    """Another reading of a group, and how many of its objects would need a repair under it."""

    frame: Frame
    repairs: int
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupReading(Named):
    """How a group was read. `repairs` of its `objects` need a repair; `rivals` are ordered by their repairs.

    `is_chosen` says that the user overruled the reading. `examples` are images of it, for the groups that are shown.
    """

    format: str
    key: str
    what: str
    frame: Frame
    evidence: str
    objects: int
    repairs: int
    rivals: tuple[Rival, ...] = ()
    is_blocked: bool = False
    is_chosen: bool = False
    kind: str = ""
    examples: "tuple[Example, ...]" = ()


@dataclass(slots=True, kw_only=True)
class Settled:
    """The objects of a part with corners in px of the upright image.

    `boxes_xyxy` (N, 4); `is_placed` (N,) False for objects that no image or no settled reading gives a box. `frame_of`
    (N,) is an index into `readings`, -1 for objects without one. `scale` (N, 2) is what the numbers were multiplied
    with because the labels claim another size, `is_raw` (N,) whether they mean the image as stored. `turned` maps
    EXIF-turned images to whether their labels mean the image as stored, and why; `scaled` maps images to the size that
    their labels claim.
    """

    boxes_xyxy: Boxes
    is_placed: Mask
    frame_of: npt.NDArray[np.int64]
    scale: Sizes
    is_raw: Mask
    readings: list[GroupReading] = field(default_factory=list)
    turned: dict[str, tuple[bool, str]] = field(default_factory=dict)
    scaled: dict[str, tuple[int, int]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
