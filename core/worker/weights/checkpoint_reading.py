"""Reads a checkpoint for a resume, or says what is wrong with it."""

import logging
import pickle
import re
from pathlib import Path
from typing import Any, Final

import torch

from core.errors import AppError, NotFoundError
from core.files import check_regular
from core.training.failures.diagnosis import diagnose, exception_text
from core.worker.weights.nonfinite import check_finite

_LOG = logging.getLogger(__name__)
_MEMORY: Final = ("memory", "gpu memory")


class BrokenCheckpointError(Exception):
    """A checkpoint file exists but training cannot resume from it. The text says why."""


def read_checkpoint(path: Path) -> dict[str, Any] | None:
    """The content of a checkpoint on the CPU; None if there is no such file. Raises BrokenCheckpointError."""
    try:
        check_regular(path, "")
        content = torch.load(path, map_location="cpu", weights_only=True)
        check_finite(int(content["iteration"]), {"model": content["model"]})
    except (NotFoundError, FileNotFoundError):
        return None
    # torch raises another exception for a truncated file depending on where it ends.
    except (RuntimeError, EOFError, pickle.UnpicklingError, OSError, ValueError, KeyError, TypeError) as error:
        if diagnose(error).key in _MEMORY:
            raise
        raise BrokenCheckpointError(exception_text(error).splitlines()[0]) from error
    except (AppError, FloatingPointError) as error:
        raise BrokenCheckpointError(str(error)) from error
    checkpoint: dict[str, Any] = content
    return checkpoint


def read_or_set_aside(path: Path) -> tuple[dict[str, Any] | None, str]:
    """The content and what was wrong. Renames a broken file to `….broken`, replacing an earlier one."""
    try:
        return read_checkpoint(path), ""
    except BrokenCheckpointError as error:
        _LOG.warning("Training cannot resume from the checkpoint %s: %s", path.name, error)
        path.replace(path.with_name(f"{path.name}.broken"))
        return None, str(error)


def newest_other(folder: Path, besides: tuple[str, ...]) -> dict[str, Any] | None:
    """The newest readable checkpoint among those kept at intervals, whose names hold their iteration."""
    numbered = {int(matches[0]): path for path in folder.glob("*.pth") if (matches := re.findall(r"\d+", path.stem))}
    for _, path in sorted(numbered.items(), reverse=True):
        if path.name not in besides:
            content, _ = read_or_set_aside(path)
            if content is not None:
                return content
    return None
