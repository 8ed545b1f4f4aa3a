"""An entry of an archive, whatever its kind."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

REPACK: Final = "Pack the folder again, with plain relative names."
CHECK_WHOLE: Final = "Copy or download it again, check that it is whole, and upload it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file or a link. `content` gives a file's bytes once, while the archive is read; that of a link is empty.

    `share` is the part of the archive before this entry, 0 to 1, roughly.
    """

    name: str
    content: Iterable[bytes] = ()
    is_link: bool = False
    share: float = 0.0
