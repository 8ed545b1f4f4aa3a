"""Accounts for everything in a source: imported, blocked, or left out with a reason (rule 5)."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, kw_only=True)
class Account:
    """Of `found` things of a kind some are `imported`, some `blocked`, and the rest `left_out`, by reason."""

    found: int = 0
    imported: int = 0
    blocked: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def adds_up(self) -> bool:
        """Whether nothing disappeared."""
        return self.found == self.imported + self.blocked + self.left_out.total()

    def to_json(self) -> dict[str, Any]:
        """The account as JSON values; reasons with the largest count first."""
        reasons = [{"reason": reason, "count": count} for reason, count in self.left_out.most_common() if count]
        return {"found": self.found, "imported": self.imported, "blocked": self.blocked, "left_out": reasons}


@dataclass(slots=True, kw_only=True)
class Accounts:
    """The accounts of a source."""

    images: Account = field(default_factory=Account)
    label_files: Account = field(default_factory=Account)
    objects: Account = field(default_factory=Account)
    split_entries: Account = field(default_factory=Account)

    def to_json(self) -> dict[str, Any]:
        """The accounts as JSON values."""
        return {
            "images": self.images.to_json(),
            "label_files": self.label_files.to_json(),
            "objects": self.objects.to_json(),
            "split_entries": self.split_entries.to_json(),
        }
