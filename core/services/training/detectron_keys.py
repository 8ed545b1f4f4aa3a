"""Lists Detectron2's configuration keys without importing it: the worker writes the list."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from core.errors import DamagedFileError
from core.records import put_aside, read_record
from core.settings import REPOSITORY, Settings
from core.storage_errors import can_write, spare_folder
from core.training.launch.worker_verb import run_worker_verb
from core.training.recipe.overrides import ConfigKey, keys_from_json
from core.workspace.layout import Layout

# Decides which keys can be set: if it is newer, a workspace's list is outdated.
_SOURCE: Final = REPOSITORY / "core" / "worker" / "model" / "config_keys.py"
# Importing torch and Detectron2 takes 4 s on a quiet machine.
_TIMEOUT_S: Final = 120.0


def config_keys(settings: Settings) -> dict[str, ConfigKey]:
    """Every key with its type and default. The worker writes a missing or outdated list first (some seconds).

    Raises AppError if the worker cannot start: then the installation is incomplete.
    """
    path = Layout(settings.workspace).config_keys
    if not _is_current(path) and not can_write(_existing(path.parent)):
        path = spare_folder("cache") / path.name
    if not _is_current(path):
        _write(path)
    try:
        return _read(path, path.stat().st_mtime_ns)
    except DamagedFileError:
        _write(path)
        return _read(path, path.stat().st_mtime_ns)


def _is_current(path: Path) -> bool:
    return path.is_file() and path.stat().st_mtime >= _SOURCE.stat().st_mtime


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.is_dir())


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int) -> dict[str, ConfigKey]:
    return read_record(path, keys_from_json)


def _write(path: Path) -> None:
    if path.exists() and not path.is_file():
        put_aside(path)
    run_worker_verb(
        "schema",
        path,
        writes=path,
        timeout_s=_TIMEOUT_S,
        failure="Detectron2's settings could not be listed",
        remedy="Run `make setup` again.",
    )
