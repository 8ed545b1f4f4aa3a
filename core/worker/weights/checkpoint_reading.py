"""Reads a checkpoint to go on from, or says what is wrong with it."""

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
    """A checkpoint file is there but cannot be gone on from; the text says why."""


def read_checkpoint(path: Path) -> dict[str, Any] | None:
    """The content of a checkpoint on the CPU; None where there is no such file. Raises BrokenCheckpointError."""
    try:
        check_regular(path, "")
        content = torch.load(path, map_location="cpu", weights_only=True)
        check_finite(int(content["iteration"]), {"model": content["model"]})
    except (NotFoundError, FileNotFoundError):
        return None
    # What torch raises for a file that was cut short depends on where it was cut.
    except (RuntimeError, EOFError, pickle.UnpicklingError, OSError, ValueError, KeyError, TypeError) as error:
        if diagnose(error).key in _MEMORY:
            raise
        raise BrokenCheckpointError(exception_text(error).splitlines()[0]) from error
    except (AppError, FloatingPointError) as error:
        raise BrokenCheckpointError(str(error)) from error
    found: dict[str, Any] = content
    return found


def read_or_set_aside(path: Path) -> tuple[dict[str, Any] | None, str]:
    """The content, and what was wrong: a broken file is renamed to `….broken`, which replaces an earlier one."""
    try:
        return read_checkpoint(path), ""
    except BrokenCheckpointError as error:
        _LOG.warning("The checkpoint %s cannot be gone on from: %s", path.name, error)
        path.replace(path.with_name(f"{path.name}.broken"))
        return None, str(error)


def newest_other(folder: Path, besides: tuple[str, ...]) -> dict[str, Any] | None:
    """The newest checkpoint that can be read of those kept on the way, whose names hold their iteration."""
    numbered = {int(matches[0]): path for path in folder.glob("*.pth") if (matches := re.findall(r"\d+", path.stem))}
    for _, path in sorted(numbered.items(), reverse=True):
        if path.name not in besides:
            content, _ = read_or_set_aside(path)
            if content is not None:
                return content
    return None
