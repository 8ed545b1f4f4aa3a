"""One format's part of a source after images, frames and classes are settled."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.labels.formats.written import Written
from core.labels.images.exif import SIDEWAYS
from core.labels.images.header_sizes import ImageSizes
from core.labels.reading.classes import Classified
from core.labels.reading.placing import Placed
from core.labels.reading.settled import Settled


@dataclass(slots=True, kw_only=True)
class Part:
    """What a format's label files say, row by row.

    `is_blocked` (N,) marks objects that are in doubt and not imported, `is_copy` (N,) those that another label file has
    too, `copies` counts these by that file or format. `image_sizes` (width, height) in px and EXIF `orientations` are
    by entry.
    """

    written: Written
    placed: Placed
    settled: Settled
    classified: Classified
    is_blocked: npt.NDArray[np.bool_]
    is_copy: npt.NDArray[np.bool_]
    image_sizes: list[tuple[int, int]]
    orientations: list[int]
    copies: dict[str, int] = field(default_factory=dict)

    @property
    def entry(self) -> npt.NDArray[np.int64]:
        """(N,) the entry of each object."""
        return np.frombuffer(self.written.entry, dtype=np.int64)

    def is_on_its_side(self, row: int) -> bool:
        """Whether the camera stored the object's image turned by 90 degrees."""
        return self.is_sideways(self.written.entry[row])

    def is_sideways(self, entry: int) -> bool:
        """Whether the camera stored the entry's image turned by 90 degrees."""
        return self.orientations[entry] in SIDEWAYS

    @property
    def is_kept(self) -> npt.NDArray[np.bool_]:
        """(N,) whether the object is handed on to the checks."""
        return ~self.is_blocked & ~self.is_copy


def join(written: Written, placed: Placed, settled: Settled, classified: Classified, sizes: ImageSizes) -> Part:
    """A part; objects without a box or a class are blocked, and all of a label file that was refused."""
    is_refused = np.array([entry.file in written.unreadable_files for entry in written.entries], dtype=np.bool_)
    of_refused = is_refused[np.frombuffer(written.entry, dtype=np.int64)] if len(written.token) else False
    return Part(
        written=written,
        placed=placed,
        settled=settled,
        classified=classified,
        is_blocked=~settled.is_placed | (classified.category < 0) | of_refused,
        is_copy=np.zeros(len(written.token), dtype=np.bool_),
        image_sizes=[sizes.upright_wh.get(image, (0, 0)) for image in placed.images],
        orientations=[sizes.orientation.get(image, 1) for image in placed.images],
    )
