"""Estimates when waiting processes get their device slots, from the times of those before them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A waiting process: the slots it needs at once, and for how many seconds (None: unknown)."""

    slots: int
    seconds: float | None


def expected_starts(busy_s: Sequence[float | None], queue: Sequence[Wait]) -> list[float | None]:
    """The seconds until each process of the queue starts, in its order; None if unknown.

    Args: busy_s, the seconds until each slot is free (0: now; None: unknown). As in core.training.launch.queue, none is
    overtaken.
    """
    free_at = sorted(_or_never(seconds) for seconds in busy_s)
    starts, earliest = [], 0.0
    for wait in queue:
        taken = free_at[: wait.slots]
        earliest = max(earliest, *taken) if len(taken) == wait.slots else math.inf
        starts.append(earliest)
        free_at = sorted([*free_at[wait.slots :], *[earliest + _or_never(wait.seconds)] * len(taken)])
    return [None if math.isinf(start) else start for start in starts]


def _or_never(seconds: float | None) -> float:
    return math.inf if seconds is None else seconds
