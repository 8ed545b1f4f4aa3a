"""job.json: the folders of a run's data, slots and weights. Written by the launcher, read by the worker."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from core.actor import KnownActor, actor_json
from core.files import write_json
from core.records import read_as
from core.settings import ZOO_HOST
from core.training.run.folder import RunFolder
from core.training.run.groups import GroupPart


class JobFile(TypedDict):
    """The content of job.json: the fields of `Job`, with paths as text."""

    run: str
    name: str
    dataset: str
    version: str
    data: str
    slots: str
    weights_cache: str
    weights_file: str | None
    classes: list[str]
    zoo: NotRequired[str]
    group: NotRequired[GroupPart | None]
    splits_note: NotRequired[str]
    actor: NotRequired[KnownActor]


_PATHS = ("data", "slots", "weights_cache", "weights_file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker needs besides the recipe. Paths are absolute here and relative in the file."""

    run: str  # the run's id
    name: str
    dataset: str  # ids
    version: str
    data: Path  # the data set version's folder
    slots: Path
    weights_cache: Path  # downloaded model-zoo weights
    weights_file: Path | None  # where training starts, for weights of kind `file` and `run`
    classes: tuple[str, ...]  # names by class index
    zoo: str = ZOO_HOST  # the model zoo's base address
    group: GroupPart | None = None  # the runs that this one belongs to
    splits_note: str = ""  # why its splits are not those of its data version
    actor: KnownActor = None  # who started it


def write_job(folder: RunFolder, job: Job) -> None:
    """Replaces job.json. Paths inside the workspace become relative to the run, so that it can be moved."""
    document: dict[str, Any] = {
        name: _outward(folder, path) if name in _PATHS else path
        for name, path in ((name, getattr(job, name)) for name in Job.__slots__)
    }
    document["group"] = job.group.as_dict() if job.group else None
    document["actor"] = actor_json(job.actor)
    write_json(folder.job, document)


def read_job(folder: RunFolder) -> Job:
    """The job on disk, with absolute paths. Raises FileNotFoundError, DamagedFileError."""
    document = read_job_file(folder)
    fields: dict[str, Any] = {name: value for name, value in document.items() if name in Job.__slots__}
    fields.update({name: _inward(folder, fields[name]) for name in _PATHS})
    return Job(**{**fields, "classes": tuple(document["classes"])})


def read_job_file(folder: RunFolder) -> JobFile:
    """The job on disk with relative paths. Raises FileNotFoundError, DamagedFileError."""
    return read_as(folder.job, JobFile)


def _outward(folder: RunFolder, path: Path | None) -> str | None:
    if path is None:
        return None
    root, target = folder.root.resolve(), path.resolve()
    # runs/<run>/ is two levels below the workspace. Files outside the workspace do not move with it.
    return os.path.relpath(target, root) if target.is_relative_to(root.parent.parent) else str(target)


def _inward(folder: RunFolder, path: str | None) -> Path | None:
    return None if path is None else Path(os.path.normpath(folder.root.resolve() / path))
