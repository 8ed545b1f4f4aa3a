"""How the rows of a table are read: which column is what."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from core.labels.formats.written import Layout, Unit

# x1 y1 to x4 y4.
TURNED_COLUMNS: Final = 8


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The columns of a table by their index, and where its rows begin.

    `names` are the columns' names as written, "column 3" without a header. Rows begin at the character `start`, on the
    1-based line `line`. `box` are four columns in the order of the layout, eight (the corners of a turned box: x1 y1 to
    x4 y4), or one that holds all four numbers. `layouts` are what they may be, the likeliest first; `is_stated` says
    that the first is what the header says. `unit` as the header says it. `repeated` is a name that two of the columns
    have that are needed. `taken` is a class column that no name gave away. `image` is None for a table of one image.
    """

    delimiter: str
    names: tuple[str, ...]
    start: int
    line: int
    box: tuple[int, ...]
    layouts: tuple[Layout, ...]
    is_stated: bool
    unit: Unit | None = None
    image: int | None = None
    other_image: int | None = None
    folder: int | None = None
    class_name: int | None = None
    score: int | None = None
    split: int | None = None
    crowd: int | None = None
    angle: int | None = None
    width: int | None = None
    height: int | None = None
    has_header: bool = True
    repeated: str = ""
    taken: str = ""

    @cached_property
    def extra(self) -> tuple[int, ...]:
        """The columns that are kept as attributes: all others that have a name."""
        used = {*self.box, self.image, self.other_image, self.folder, self.class_name, self.split, self.crowd}
        used |= {self.width, self.height}
        return tuple(column for column, name in enumerate(self.names) if column not in used and not _is_index(name))

    @property
    def box_names(self) -> str:
        """The names of the box's columns, for a sentence."""
        return ", ".join(self.names[column] for column in self.box)


def _is_index(name: str) -> bool:
    """Whether a column is the index that pandas writes."""
    return not name.strip() or name.startswith("Unnamed:")
