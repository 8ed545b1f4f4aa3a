"""Records what a run was made with, so that it can be repeated: environment.json."""

import os
import platform
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import torch

from core.errors import DamagedFileError
from core.files import write_json
from core.records import read_document
from core.settings import REPOSITORY
from core.training.run.folder import RunFolder
from core.training.run.job import Job
from core.version import app_version
from core.worker.model.detectron import CfgNode

# Packages whose version changes what a training computes.
_PACKAGES: Final = ("detectron2", "torch", "torchvision", "fvcore", "numpy", "pillow", "pandas", "pyarrow", "hotcoco")
# Enough for a run that is stopped and resumed every night for a year.
_MOST_STARTS: Final = 400


def note_environment(folder: RunFolder, cfg: CfgNode, job: Job, device: str, iteration: int) -> None:
    """Adds this start to environment.json, unless only time and iteration differ from the start before.

    `{"starts": [{"time", "iteration", "device", "seed", "data_hash", "version", "git", "python", "platform", "cuda",
    "threads", "mixed_precision", "packages": {name: version}}]}`
    """
    path = folder.environment
    starts = _read(path)
    now = _environment(cfg, job, device)
    if not starts or {**starts[-1], "time": 0, "iteration": 0} != {**now, "time": 0, "iteration": 0}:
        starts = [*starts, {"time": time.time(), "iteration": iteration, **now}][-_MOST_STARTS:]
        write_json(path, {"starts": starts})


def _read(path: Path) -> list[dict[str, Any]]:
    """The starts so far; none if the file is missing or damaged."""
    try:
        document = read_document(path)
    except (FileNotFoundError, DamagedFileError):
        return []
    starts = document.get("starts")
    return [start for start in starts if isinstance(start, dict)] if isinstance(starts, list) else []


def _environment(cfg: CfgNode, job: Job, device: str) -> dict[str, Any]:
    return {
        "device": device,
        "seed": cfg.SEED,
        "data_hash": _data_hash(job.data),
        "version": app_version(),
        "git": git_revision(REPOSITORY),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cuda": torch.version.cuda if torch.cuda.is_available() else None,
        "threads": torch.get_num_threads(),
        "mixed_precision": bool(cfg.SOLVER.AMP.ENABLED),
        "packages": {name: number for name in _PACKAGES if (number := _version(name))},
    }


def git_revision(folder: Path) -> str:
    """The revision of a clone, with `-dirty` if tracked files differ from it; "" if it is no clone."""
    if not (folder / ".git").exists():
        return ""
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        # No prompt and no lock: a training must not disturb work in the clone.
        environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False, env=environment)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _data_hash(data: Path) -> str:
    """The content hash of the data set version."""
    try:
        return str(read_document(data / "version.json").get("content_hash", ""))
    except (FileNotFoundError, DamagedFileError):
        return ""
