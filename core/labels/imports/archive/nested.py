"""Archives inside an archive: unpacked one level if they hold what the outer one lacks."""

import filecmp
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.errors import UploadError
from core.labels.imports.archive.meter import LimitError
from core.labels.imports.archive.notes import GuessedNames, LeftPacked
from core.labels.sources.file_kinds import (
    IMAGE_SUFFIXES,
    LABEL_SUFFIXES,
    PACKED_ENDINGS,
    UNREAD_IMAGE_SUFFIXES,
    is_junk_name,
    name_of,
    suffix_of,
)

# Data sets come in ten parts or so; each costs a listing.
_MOST_ARCHIVES: Final = 100
_OF_USE: Final = IMAGE_SUFFIXES | LABEL_SUFFIXES | UNREAD_IMAGE_SUFFIXES


@dataclass(slots=True, kw_only=True)
class Level:
    """What one archive held: the number of its files, the archives among them, links, and guessed names."""

    files: int = 0
    archives: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    link_count: int = 0
    guessed: GuessedNames | None = None


@dataclass(slots=True)
class Nested:
    """The archives inside an archive, after unpacking: path, folder and content of the unpacked ones; the others."""

    unpacked: list[tuple[str, str, Level]] = field(default_factory=list)
    left: list[LeftPacked] = field(default_factory=list)

    def leave(self, path: str, reason: str) -> None:
        """Notes an archive that stays packed."""
        self.left.append(LeftPacked(path=path, reason=reason))


def unpack_nested(root: Path, archives: list[str], unpack_level: Callable[[str, str], Level]) -> Nested:
    """Unpacks those of the `archives` (paths below `root`) that hold an image or label file that is missing outside.

    Each comes to lie in a folder of its name without suffix, and is removed. `unpack_level(path, folder)` unpacks one.
    One that cannot be unpacked is left. Raises LimitError beyond the limits.
    """
    done = Nested()
    if not archives:
        return done
    outside, tried = _Outside(root), 0
    for path in sorted(archives):
        if not path.lower().endswith(PACKED_ENDINGS):
            done.leave(path, "only zip and tar archives are unpacked")
            continue
        tried += 1
        if tried > _MOST_ARCHIVES:
            done.leave(path, f"there are more than {_MOST_ARCHIVES} archives")
        else:
            _unpack_one(root, path, unpack_level, outside, done)
    return done


def _unpack_one(
    root: Path, path: str, unpack_level: Callable[[str, str], Level], outside: "_Outside", done: Nested
) -> None:
    folder = _free_folder(root, path)
    try:
        level = unpack_level(path, folder)
    except LimitError:
        raise
    except UploadError as error:
        shutil.rmtree(root / folder, ignore_errors=True)
        done.leave(path, error.message.rstrip("."))
        return
    files = list(_files_below(root / folder))
    if not any(outside.lacks(file) for file in files if _is_of_use(root / folder, file)):
        shutil.rmtree(root / folder, ignore_errors=True)
        done.leave(path, "it holds no image or label file that is not outside it, too")
        return
    (root / path).unlink()
    _flatten(root / folder)
    files = list(_files_below(root / folder))
    outside.add(files)
    level.files = len(files)
    done.unpacked.append((path, folder, level))
    for inner in level.archives:
        done.leave(f"{folder}/{inner}", "it is an archive in an archive in an archive")


class _Outside:
    """The files that are unpacked already, by name and size."""

    def __init__(self, root: Path) -> None:
        self._paths: dict[tuple[str, int], list[str]] = defaultdict(list)
        self.add(list(_files_below(root)))

    def add(self, files: list[str]) -> None:
        for file in files:
            self._paths[name_of(file).casefold(), Path(file).stat().st_size].append(file)

    def lacks(self, file: str) -> bool:
        """Whether no known file has this file's name and content."""
        same = self._paths.get((name_of(file).casefold(), Path(file).stat().st_size), [])
        return not any(filecmp.cmp(file, other, shallow=False) for other in same)


def _free_folder(root: Path, path: str) -> str:
    ending = next(ending for ending in PACKED_ENDINGS if path.lower().endswith(ending))
    stem = path[: -len(ending)]
    if not stem.rpartition("/")[2].strip("."):
        stem = f"{stem}archive"
    folder, number = stem, 1
    while os.path.lexists(root / folder):
        number += 1
        folder = f"{stem}-{number}"
    return folder


def _flatten(folder: Path) -> None:
    """Turns `labels/labels/…` into `labels/…`: many programs pack the folder itself."""
    inner = [entry for entry in folder.iterdir() if not is_junk_name(entry.name)]
    if len(inner) != 1 or not inner[0].is_dir() or inner[0].name != folder.name:
        return
    moved = folder.with_name(f".{folder.name}.flat")
    inner[0].rename(moved)
    shutil.rmtree(folder)
    moved.rename(folder)


def _files_below(folder: Path) -> Iterator[str]:
    for parent, _, names in os.walk(folder):
        for name in names:
            yield f"{parent}/{name}"


def _is_of_use(folder: Path, file: str) -> bool:
    parts = file[len(str(folder)) + 1 :].split("/")
    return suffix_of(file) in _OF_USE and not any(is_junk_name(part) for part in parts)
