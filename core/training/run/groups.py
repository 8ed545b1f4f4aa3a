"""Groups of runs: one recipe with several seeds, on several folds or shares of the data, or the trials of a sweep."""

import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

# Groups whose runs differ on purpose: their spread is no measure of chance.
IMAGES: Final = "images"  # a learning curve
SWEEP: Final = "sweep"
# Of a learning curve: without a range there is no estimate, and more than these take longer than labelling.
CURVE_SEEDS: Final = range(2, 6)
USUAL_CURVE_SEEDS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPart:
    """A run's place in its group. job.json holds it, so that groups can be read from the runs alone."""

    group: str  # id, as g-7hk2mq
    name: str
    kind: str  # "seeds", "folds", IMAGES or SWEEP
    place: int  # from 1
    of: int  # 0 where nobody can say beforehand (SWEEP)
    label: str  # what differs in this run: "seed 3", "fold 2"
    origin: str = ""  # the run that a learning curve or a sweep began with
    share: float | None = None  # IMAGES: of the training images, 0 to 1
    seed: int | None = None  # IMAGES: of the run, and of the choice of its images

    def as_dict(self) -> dict[str, Any]:
        """The value in job.json and on the command line."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A figure over the runs of a group. `values` in the runs' order, None where a run has none (yet)."""

    values: tuple[float | None, ...]
    mean: float | None  # of the values that are not None
    deviation: float | None  # standard deviation of the sample (n - 1); None for fewer than two values


def spread(values: Iterable[float | None]) -> Spread:
    """Mean and standard deviation of the values that are not None."""
    every = tuple(values)
    present = [value for value in every if value is not None]
    return Spread(
        values=every,
        mean=statistics.fmean(present) if present else None,
        deviation=statistics.stdev(present) if len(present) > 1 else None,
    )
