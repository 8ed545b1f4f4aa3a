"""Why a run failed, in plain words, and what to do: a table of patterns over exception and log texts. No torch.

The worker asks at its entry, with the exception in hand; readers ask about a lost run, of which only the log is left.
"""

import re
from dataclasses import dataclass
from typing import Final

from core.errors import AppError


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A plain cause and the user's next step, each a sentence or two."""

    key: str  # short id of the kind of failure, e.g. "memory"
    cause: str
    remedy: str


@dataclass(frozen=True, slots=True)
class _Pattern:
    diagnosis: Diagnosis
    text: re.Pattern[str]


def _pattern(key: str, text: str, cause: str, remedy: str) -> _Pattern:
    return _Pattern(Diagnosis(key, cause, remedy), re.compile(text, re.IGNORECASE))


# The first match counts, so the more particular patterns come first. Matched against "ExceptionName: its text".
_PATTERNS: Final = (
    _pattern(
        "gpu memory",
        r"CUDA out of memory|OutOfMemoryError|CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED",
        "The GPU ran out of memory.",
        "Halve the batch (the learning rate follows), or choose a smaller input size or model.",
    ),
    _pattern(
        "memory",
        r"^MemoryError|DefaultCPUAllocator|can't allocate memory|Cannot allocate memory|killed by signal: Killed"
        r"|DataLoader worker .* exited unexpectedly|out of memory",
        "The machine ran out of memory.",
        "Halve the batch, choose a smaller input size, use no data workers, or end other programs.",
    ),
    _pattern(
        "shared memory",
        r"Bus error|unable to (?:open|mmap|write).*shared memory|/dev/shm",
        "The shared memory that data loaders use is full.",
        "Set data workers to 0, or give the container more shared memory (--shm-size).",
    ),
    _pattern(
        "not finite",
        r"FloatingPointError|Loss became infinite or NaN|loss is (?:nan|inf)|Predicted boxes or scores contain Inf/NaN",
        "The training went astray: a loss became infinite or not a number.",
        "Lower the learning rate (a third is a good next try) or lengthen the warm-up, then start again.",
    ),
    _pattern(
        "disk full",
        r"No space left on device|Disk quota exceeded|Errno 28|Errno 122|PytorchStreamWriter failed writing",
        "The disk is full.",
        "Free some disk space, then resume: the run goes on from its last checkpoint.",
    ),
    _pattern(
        "wrong key",
        r"Non-existent config key|KeyError: .*config key|Type mismatch \(|Config .*has no attribute",
        "The expert settings name a key that Detectron2 does not have, or give it a value of the wrong type.",
        "Correct the expert settings and start again; the exception names the key.",
    ),
    _pattern(
        "wrong part",
        r"No object named .* found in .* registry",
        "The expert settings name a part that Detectron2 does not have.",
        "Correct the expert settings and start again; the exception names the part.",
    ),
    _pattern(
        "weights host",
        r"URLError|HTTPError|Failed to download|Name or service not known|Temporary failure in name resolution"
        r"|nodename nor servname|Connection (?:refused|reset|timed out)|Network is unreachable|Max retries exceeded",
        "The model-zoo weights could not be downloaded: their host cannot be reached from here.",
        "Start from an own weights file, from an earlier run, or from random weights.",
    ),
    _pattern(
        "weights file",
        r"UnpicklingError|Weights only load failed|invalid load key|PytorchStreamReader failed"
        r"|not a (?:valid )?checkpoint|FileNotFoundError.*\.(?:pth|pkl)|Checkpoint .* not found",
        "The weights file is missing or cannot be read.",
        "Choose another weights file (.pth or .pkl of Detectron2), an earlier run, or random weights.",
    ),
    _pattern(
        "image",
        r"UnidentifiedImageError|cannot identify image file|image file is truncated|broken data stream"
        r"|SizeMismatchError|Mismatched image shape|DecompressionBomb",
        "A picture of the data set cannot be read, or is not as it was when it was imported.",
        "Import the data set again: pictures are checked there one by one. The exception names the file.",
    ),
    _pattern(
        "missing file",
        r"FileNotFoundError|No such file or directory",
        "A file that the run needs is gone.",
        "Was the data set removed or the workspace moved? The exception names the file.",
    ),
    _pattern(
        "permission",
        r"PermissionError|Permission denied|Read-only file system",
        "The worker may not read or write a file that it needs.",
        "Give the user who runs the app the right to write to the workspace; the exception names the file.",
    ),
    _pattern(
        "gpu driver",
        r"CUDA driver version is insufficient|no kernel image is available|CUDA error|CUDA initialization|cuDNN error"
        r"|NVML|AcceleratorError",
        "The GPU or its driver does not work with this installation of PyTorch.",
        "Update the driver, or start the app with CUDA_VISIBLE_DEVICES= (empty) to train on the CPU.",
    ),
    _pattern(
        "installation",
        r"ModuleNotFoundError|ImportError",
        "A part of the installation is missing.",
        "Run `make setup` again.",
    ),
)
_UNKNOWN: Final = Diagnosis(
    "unknown",
    "The run ended with an error that is not known here.",
    "The last lines of the log say more; after the cause is mended, resume.",
)
_SILENT: Final = Diagnosis(
    "killed",
    "The worker ended without a word: it was killed, most often because the machine ran out of memory.",
    "Resume: the run goes on from its last checkpoint. If it happens again, halve the batch or the input size.",
)
_REBOOT: Final = Diagnosis(
    "restart",
    "The machine was restarted while the run was going on.",
    "Resume: the run goes on from its last checkpoint.",
)
# The last line of a traceback: a dotted exception name, then its text.
_LAST_LINE: Final = re.compile(r"^(?:[A-Za-z_][\w.]*\.)?(\w*(?:Error|Exception|Interrupt|Bomb\w*))(?::.*)?$")


def exception_text(error: BaseException) -> str:
    """The exception as the last line of its traceback has it, without the module: `ValueError: bad value`."""
    text = str(error).strip()
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def diagnose(error: BaseException) -> Diagnosis:
    """The cause of an exception, in plain words. An AppError speaks for itself."""
    if isinstance(error, AppError):
        return Diagnosis("mistake", error.message, error.remedy)
    return diagnose_text(exception_text(error))


def diagnose_text(text: str) -> Diagnosis:
    """The cause behind an exception's text, or `unknown`."""
    for pattern in _PATTERNS:
        if pattern.text.search(text):
            return pattern.diagnosis
    return _UNKNOWN


def diagnose_lost(log_tail: str, last_sign: float, booted: float) -> tuple[Diagnosis, str]:
    """Why a worker vanished without writing a last status, and the exception's text ("" for none).

    Args: log_tail, the last lines of its output; last_sign and booted in Unix seconds: its last status, and when this
    machine was started.
    """
    if booted > last_sign:
        return _REBOOT, ""
    lines = [line.strip() for line in log_tail.splitlines() if line.strip()]
    # Only the very end: an earlier traceback may have been dealt with, or belong to the worker before a resume.
    for line in reversed(lines[-3:]):
        if _LAST_LINE.match(line):
            return diagnose_text(line), line
    return _SILENT, ""
