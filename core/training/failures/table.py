"""The table of failures: how to recognise one, its cause in plain words, and what makes the run work again.

The first matching row counts, so more specific rows come first. Patterns are matched against "ExceptionName: text"; a
cause may use groups of its pattern. `PictureError` is in the logs of earlier versions.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from core.training.failures.recipe_changes import (
    Repairing,
    as_it_is,
    gentler,
    half_batch,
    other_weights,
    smaller_input,
    without_data_workers,
    without_refused_overrides,
)

_MEMORY_REPAIRS: Final = (half_batch, smaller_input)


GoesOn = Literal["last", "best", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One row. The first of `repairs` that applies counts; without any, only the user can act."""

    key: str  # short id of the kind of failure, e.g. "memory"
    text: re.Pattern[str]
    cause: str
    remedy: str
    repairs: tuple[Repairing, ...] = ()
    goes_on: GoesOn = "last"  # the checkpoint that a repaired run starts from; "": none
    retry: Repairing | None = None  # the repair of an automatic retry; None: a retry is not safe
    retries: int = 0  # the most of them
    wait_s: float = 0.0  # before a retry


def _row(
    key: str,
    text: str,
    cause: str,
    remedy: str,
    *repairs: Repairing,
    goes_on: GoesOn = "last",
    retry: Repairing | None = None,
    retries: int = 0,
    wait_s: float = 0.0,
) -> Failure:
    return Failure(
        key=key,
        text=re.compile(text, re.IGNORECASE),
        cause=cause,
        remedy=remedy,
        repairs=repairs,
        goes_on=goes_on,
        retry=retry,
        retries=retries,
        wait_s=wait_s,
    )


FAILURES: Final = (
    _row(
        "gpu memory",
        r"CUDA out of memory|OutOfMemoryError|CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED",
        "The GPU ran out of memory.",
        "Halve the batch (the learning rate follows), or choose a smaller input size or model.",
        *_MEMORY_REPAIRS,
        retry=half_batch,
        retries=2,
    ),
    _row(
        "hang",
        r"HangError: (?P<what>.+?)\s*$",
        "The run hung: {what}",
        "See whether the disk or network drive with the images answers, then resume.",
        without_data_workers,
        as_it_is,
        retry=without_data_workers,
        retries=1,
    ),
    _row(
        "shared memory",
        r"Bus error|unable to (?:open|mmap|write|allocate).*shared memory|/dev/shm|received 0 items of ancdata",
        "The shared memory that data loaders use is full.",
        "Set data workers to 0, or give the container more shared memory (--shm-size).",
        without_data_workers,
        as_it_is,
        retry=without_data_workers,
        retries=1,
    ),
    _row(
        "memory",
        r"MemoryError|DefaultCPUAllocator|can't allocate memory|Cannot allocate memory|Unable to allocate"
        r"|std::bad_alloc|could not create a (?:primitive|memory)|can't start new thread|Resource temporarily unavail"
        r"|killed by signal: Killed|DataLoader worker .* exited unexpectedly|out of memory",
        "The machine ran out of memory.",
        "Halve the batch, choose a smaller input size, use no data workers, or end other programs.",
        *_MEMORY_REPAIRS,
        retry=half_batch,
        retries=2,
    ),
    _row(
        "not finite",
        r"FloatingPointError|Loss became infinite or NaN|loss is (?:nan|inf)|Predicted boxes or scores contain Inf/NaN",
        "The training diverged: a loss became infinite or not a number.",
        "Lower the learning rate (a third is a good next try) or lengthen the warm-up, then start again.",
        gentler,
        # A checkpoint from shortly before may be bad although its numbers are finite. The best one passed validation.
        goes_on="best",
    ),
    _row(
        "disk full",
        r"No space left on device|Disk quota exceeded|Errno 28|Errno 122|PytorchStreamWriter failed writing"
        r"|enforce fail at inline_container",
        "The disk is full.",
        "Free some disk space, then resume: the run goes on from its last checkpoint.",
        as_it_is,
    ),
    _row(
        "wrong key",
        r"Non-existent config key|KeyError: .*config key|Type mismatch \(|Config .*has no attribute"
        r"|cannot be set as an expert setting|Detectron2 has no setting|it takes a value like",
        "The expert settings name a key that Detectron2 does not have, or give it a value of the wrong type.",
        "Correct the expert settings and start again; the exception names the key.",
        without_refused_overrides,
        goes_on="",
    ),
    _row(
        "wrong part",
        r"No object named .* found in .* registry",
        "The expert settings name a part that Detectron2 does not have.",
        "Correct the expert settings and start again; the exception names the part.",
        without_refused_overrides,
        goes_on="",
    ),
    _row(
        "process lost",
        r"gloo/transport|ncclRemoteError|remote process exited|Dist(?:Network|Store)Error",
        "One of the processes that train together ended, and the others cannot go on without it.",
        "Resume: the run goes on from its last checkpoint. If nobody killed it, check the machine's memory.",
        as_it_is,
    ),
    _row(
        "weights gone",
        r"HTTP Error 4(?!29|08)\d\d",
        "The host of the model-zoo weights does not have the file.",
        "Start from your own weights file, from an earlier run, or from random weights.",
        other_weights,
        goes_on="",
    ),
    _row(
        "weights host",
        r"URLError|HTTPError|IncompleteRead|Failed to download|Name or service not known"
        r"|Temporary failure in name resolution|nodename nor servname|Connection (?:refused|reset|timed out)"
        r"|Network is unreachable|Max retries exceeded",
        "The model-zoo weights could not be downloaded: their host cannot be reached from here.",
        "Start from your own weights file, from an earlier run, or from random weights. Or bring the file by hand: "
        "the page Weights by hand and `python -m core weights` say which file goes where.",
        other_weights,
        goes_on="",
        retry=as_it_is,
        retries=1,
        wait_s=5.0,
    ),
    _row(
        "weights file",
        r"UnpicklingError|Weights only load failed|invalid load key|PytorchStreamReader failed"
        r"|not a (?:valid )?checkpoint|FileNotFoundError.*\.(?:pth|pkl)|Checkpoint .* not found",
        "The weights file is missing or cannot be read.",
        "Choose another weights file (.pth or .pkl of Detectron2), an earlier run, or random weights.",
        other_weights,
        goes_on="",
    ),
    _row(
        "image",
        r"(?:Image|Picture)Error: (?P<image>.+?): ",
        "Image {image} of the data set cannot be read, or is not as it was when it was imported.",
        "Import the data set again: images are checked there one by one, and can be left out. Or put the image "
        "back and resume.",
    ),
    _row(
        "image",
        r"UnidentifiedImageError|cannot identify image file|image file is truncated|broken data stream"
        r"|SizeMismatchError|Mismatched image shape|DecompressionBomb",
        "An image of the data set cannot be read, or is not as it was when it was imported.",
        "Import the data set again: images are checked there one by one, and can be left out.",
    ),
    _row(
        "missing file",
        r"FileNotFoundError|No such file or directory",
        "A file that the run needs is gone.",
        "Was the data set removed or the workspace moved? The exception names the file.",
    ),
    _row(
        "permission",
        r"PermissionError|Permission denied|Read-only file system",
        "The worker may not read or write a file that it needs.",
        "Give the user who runs the app the right to write to the workspace; the exception names the file.",
    ),
    _row(
        "gpu driver",
        r"CUDA driver version is insufficient|no kernel image is available|CUDA error|CUDA initialization|cuDNN error"
        r"|NVML|AcceleratorError",
        "The GPU or its driver does not work with this installation of PyTorch.",
        "Update the driver, or start the app with CUDA_VISIBLE_DEVICES= (empty) to train on the CPU.",
    ),
    _row(
        "installation",
        r"ModuleNotFoundError|ImportError",
        "A part of the installation is missing.",
        "Run `make setup` again.",
    ),
)

# Failures without an exception, recognised by other evidence (core.training.failures.diagnosis).
_NEVER: Final = r"(?!)"
UNKNOWN: Final = _row(
    "unknown",
    _NEVER,
    "The run ended with an unknown error.",
    "The last lines of the log say more; after the cause is mended, resume.",
)
CRASHED: Final = _row(
    "crashed",
    _NEVER,
    "The worker crashed inside a library.",
    "Resume: the run goes on from its last checkpoint. If it happens again, the log shows where.",
    as_it_is,
)
KILLED: Final = _row(
    "killed",
    _NEVER,
    "The worker was killed from outside.",
    "Resume: the run goes on from its last checkpoint. If it happens again, halve the batch or the input size: the "
    "machine may be short of memory.",
    as_it_is,
)
KILLED_FOR_MEMORY: Final = _row(
    "killed for memory",
    _NEVER,
    "The kernel killed the worker because the machine, or its container, ran out of memory.",
    "Start again with half the batch, choose a smaller input size, or end other programs.",
    *_MEMORY_REPAIRS,
)
RESTARTED: Final = _row(
    "restart",
    _NEVER,
    "The machine was restarted while the run was going on.",
    "Resume: the run goes on from its last checkpoint.",
    as_it_is,
)
_BY_KEY: Final = {row.key: row for row in (*reversed(FAILURES), UNKNOWN, CRASHED, KILLED, KILLED_FOR_MEMORY, RESTARTED)}


def find_failure(key: str) -> Failure:
    """The row with this key; UNKNOWN if there is none (a run of another release)."""
    return _BY_KEY.get(key, UNKNOWN)
