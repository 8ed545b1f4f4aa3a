"""When those who wait for a device slot will get it, from how long those before them take."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One waiting process: how many slots it needs at once, and for how long in seconds (None: nobody knows)."""

    slots: int
    seconds: float | None


def expected_starts(busy_s: Sequence[float | None], queue: Sequence[Wait]) -> list[float | None]:
    """In how many seconds each of the queue starts, in its order; None where that hangs on something unknown.

    Args: busy_s, for each slot the seconds until it is free (0: it is; None: nobody knows). Nobody is overtaken, as
    core.training.launch.queue has it.
    """
    free_at = sorted(_known(seconds) for seconds in busy_s)
    starts, earliest = [], 0.0
    for wait in queue:
        taken = free_at[: wait.slots]
        earliest = max(earliest, *taken) if len(taken) == wait.slots else math.inf
        starts.append(earliest)
        free_at = sorted([*free_at[wait.slots :], *[earliest + _known(wait.seconds)] * len(taken)])
    return [None if math.isinf(start) else start for start in starts]


def _known(seconds: float | None) -> float:
    return math.inf if seconds is None else seconds
