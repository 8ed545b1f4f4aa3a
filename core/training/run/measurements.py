"""The measurements of the check before a training: the worker writes them, services read them."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from core.files import write_json
from core.records import read_as
from core.training.recipe.recipe import Recipe
from core.training.run.job import Job

# A batch may take this share of the memory. With more, other programs run short.
MEMORY_SHARE: Final = 0.9
# The linear rule for the learning rate holds up to some tens of images, and an epoch of a small set should have more
# than a handful of steps.
MOST_IMAGES: Final = 64
LEAST_STEPS_AN_EPOCH: Final = 8
# Times on the CPU vary by some per cent. A batch is slower if an image takes this many times as long.
_SLOWER: Final = 1.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The request of a check. `is_auto`: also choose the batch; `began`: Unix seconds when the slot was taken."""

    recipe: Recipe
    job: Job
    is_auto: bool
    began: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Two steps with a batch. `why` says in words what speaks against the batch; "" if nothing does."""

    batch: int  # images an iteration, on one device
    fits: bool
    peak_mib: float
    step_s: float | None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """The result of a check. Memory is that of the process (CPU) or of the GPU; times in seconds."""

    batch: int  # over all devices
    on_gpu: bool
    device: str
    peak_mib: float
    memory_mib: float  # available for training
    step_s: float  # an ordinary iteration with its wait for data
    worst_step_s: float  # one of the largest and the most crowded images
    picture_s: float  # one image in evaluation, validation loss included
    start_s: float  # from the start of the process to the first step
    checkpoint_mib: float
    checkpoint_s: float
    disk_free_mib: float
    trials: tuple[Trial, ...]
    batch_source: str  # why this batch, in words; "" if the recipe sets it


def write_measurements(folder: Path, measured: Measurements) -> None:
    """Stores the measurements in the check's folder."""
    write_json(folder / "result.json", asdict(measured))


def read_measurements(folder: Path) -> Measurements | None:
    """The measurements of a check; None if there are none (yet). Raises DamagedFileError."""
    try:
        return read_as(folder / "result.json", Measurements)
    except FileNotFoundError:
        return None


def largest_candidate(images: int) -> int:
    """The largest power of two to try as a batch for a training split of `images` images."""
    most = max(1, min(MOST_IMAGES, images // LEAST_STEPS_AN_EPOCH))
    return int(1 << (most.bit_length() - 1))


def expected_peak(trials: list[Trial], before_mib: float) -> float:
    """MiB that twice the last batch would take, extrapolated from the peaks so far and `before_mib`."""
    peaks = [before_mib, *(trial.peak_mib for trial in trials)]
    return max(peaks[-1], peaks[-1] + 2 * (peaks[-1] - peaks[-2])) if len(trials) > 1 else 2 * peaks[-1] - before_mib


def choose(trials: list[Trial]) -> Trial | None:
    """The largest batch that fits; None if none does."""
    return next((trial for trial in reversed(trials) if trial.fits), None)


def is_slower(trial: Trial, before: list[Trial]) -> bool:
    """Whether an image takes clearly longer in this batch than in the fastest earlier one."""
    image_s = [other.step_s / other.batch for other in before if other.fits and other.step_s]
    return bool(image_s and trial.step_s and trial.step_s / trial.batch > _SLOWER * min(image_s))
