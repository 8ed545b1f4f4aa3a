"""Counts what comes out of an archive while it is read, because its headers can lie."""

from dataclasses import dataclass
from typing import Final

from core.errors import UploadError
from core.settings import Limits

# Small archives of empty label files exceed any ratio and do no harm.
_RATIO_FROM_BYTES: Final = 64 * 2**20
_SPLIT_IT: Final = "Split it into several archives, or give a folder on the server."


class LimitError(UploadError):
    """The whole upload is refused. (An archive inside it that is refused otherwise is left packed.)"""


@dataclass(slots=True, kw_only=True)
class Meter:
    """Counts entries and bytes of an archive and of those inside it, and compares them with the limits."""

    packed_bytes: int
    limits: Limits
    written: int = 0
    entries: int = 0

    def count_entry(self) -> None:
        """Counts a file, a folder or a link. Raises LimitError beyond the limit."""
        self.entries += 1
        if self.entries > self.limits.unpacked_files:
            raise too_many_entries(self.limits)

    def add(self, count: int) -> None:
        """Counts unpacked bytes. Raises LimitError beyond the limits."""
        self.written += count
        if self.written > self.limits.unpacked_bytes:
            raise LimitError(
                f"The archive unpacks to more than {self.limits.unpacked_bytes / 2**30:.0f} GiB.", _SPLIT_IT
            )
        if self.written > max(self.packed_bytes * self.limits.unpacked_ratio, _RATIO_FROM_BYTES):
            raise LimitError(
                f"The archive unpacks to more than {self.limits.unpacked_ratio} times its size, as a bomb does.",
                "Pack the images as JPEG or PNG files, or give a folder on the server.",
            )


def too_many_entries(limits: Limits) -> LimitError:
    """The error for an archive with more entries than the limit."""
    return LimitError(f"The archive holds more than {limits.unpacked_files:,} files and folders.", _SPLIT_IT)
