"""The ranges by which the deep images of two data set versions were mapped to 8 bits, compared.

A model that was trained under one range sees another brightness under the other.
"""

from typing import Any

from core.errors import AppError
from core.images import BitRange
from core.labels.images.bit_range import parse_bit_range, range_in_words
from core.workspace.datasets import VersionFolder, load_facts


def kept_range(facts: dict[str, Any]) -> BitRange | None:
    """The range in a version's facts; None in those of older ones. Raises AppError for one that cannot be."""
    kept = facts.get("bit_range")
    return parse_bit_range(",".join(str(value) for value in kept)) if isinstance(kept, list) else None


def mapped_range(version: VersionFolder) -> BitRange | None:
    """The range that mapped the deep images of a version; None if it has none, is gone or damaged, or does not say."""
    try:
        facts = load_facts(version)
        # A version may keep the range of an earlier one, and have no deep image itself. Older ones do not say.
        return None if facts.get("deep_images") == 0 else kept_range(facts)
    except (AppError, OSError):
        return None


def range_warning(trained: VersionFolder, seen: VersionFolder, name: str) -> str:
    """A warning with its remedy, if a model trained on one version sees other values in another; else "".

    `name` is that of the data set of the `seen` version.
    """
    learned, other = mapped_range(trained), mapped_range(seen)
    if learned is None or other is None or learned == other:
        return ""
    low, high = (f"{value:.17g}" for value in learned)
    return (
        f"Brightness differs: the model was trained on images mapped to 8 bits from the values {range_in_words(learned)}, "
        f"but those of {name} were mapped from {range_in_words(other)}. Import {name} again with --range {low},{high}."
    )
