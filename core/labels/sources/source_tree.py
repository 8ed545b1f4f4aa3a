"""The files of a folder of images and labels, listed once."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

from core.errors import UploadError
from core.settings import Limits

IMAGE_SUFFIXES: Final = frozenset(
    {
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".png",
        ".bmp",
        ".gif",
        ".webp",
        ".tif",
        ".tiff",
        ".ppm",
        ".pgm",
        ".jp2",
        ".avif",
    }
)
_LABEL_SUFFIXES: Final = frozenset({".txt", ".xml", ".json", ".yaml", ".yml", ".csv"})
# Left behind by macOS and Windows; never part of a data set.
_JUNK: Final = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class SourceTree:
    """The files below `root`, without links and hidden files.

    `sizes` maps relative POSIX paths to sizes in bytes, `changed_ns` to the file system's time of the last change.
    """

    root: Path
    sizes: dict[str, int]
    limits: Limits = field(default_factory=Limits)
    changed_ns: dict[str, int] = field(default_factory=dict)

    @classmethod
    def walk(cls, root: Path, limits: Limits | None = None) -> "SourceTree":
        """Lists a folder. Raises UploadError if it is no folder, has too many files, or a name that is not UTF-8."""
        limits = limits or Limits()
        if not root.is_dir():
            raise UploadError(f"{root.name} is not a folder.", "Give a folder, a zip or a tar file.")
        sizes, changed_ns = dict[str, int](), dict[str, int]()
        for path, facts in _walk(root, ""):
            sizes[path], changed_ns[path] = facts.st_size, facts.st_mtime_ns
            if len(sizes) > limits.unpacked_files:
                raise UploadError(
                    f"{root.name} holds more than {limits.unpacked_files:,} files.", "Import it in several parts."
                )
        return cls(root, dict(sorted(sizes.items())), limits, changed_ns)

    def changed_file(self) -> str:
        """An image or label file that was added, removed or changed since the listing; "" if there is none.

        An image of the same size counts as unchanged: only its bytes would tell, and storing compares them.
        """
        now = SourceTree.walk(self.root, self.limits)
        return next((path for path in sorted(self.sizes | now.sizes) if self._differs(now, path)), "")

    def _differs(self, now: "SourceTree", path: str) -> bool:
        suffix = PurePosixPath(path).suffix.lower()
        if suffix not in IMAGE_SUFFIXES | _LABEL_SUFFIXES:
            return False
        if self.sizes.get(path) != now.sizes.get(path):
            return True
        return suffix in _LABEL_SUFFIXES and self.changed_ns.get(path) != now.changed_ns.get(path)

    def path(self, relative: str) -> Path:
        """The absolute path of a file of the tree."""
        return self.root / relative

    def read(self, relative: str) -> bytes:
        """The content of a file. Raises OSError if it cannot be read."""
        return self.path(relative).read_bytes()

    def with_suffix(self, *suffixes: str) -> list[str]:
        """Files by lower-case suffix (`.txt`), sorted by path."""
        return [path for path in self.sizes if PurePosixPath(path).suffix.lower() in suffixes]

    @cached_property
    def images(self) -> list[str]:
        """Images by their suffix, sorted by path."""
        return self.with_suffix(*IMAGE_SUFFIXES)

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        return _grouped(self.sizes, lambda path: path.name)

    @cached_property
    def _images_by_stem(self) -> dict[str, list[str]]:
        return _grouped(self.images, lambda path: path.stem)

    def named(self, name: str) -> list[str]:
        """All files of this name, in any folder, the shallowest first."""
        return sorted(self._by_name.get(name, []), key=lambda path: (path.count("/"), path))

    def images_of_stem(self, stem: str) -> list[str]:
        """All images of this name without its suffix, in any folder."""
        return self._images_by_stem.get(stem, [])

    def find_image(self, reference: str, beside: str = "") -> str | None:
        """The image that a label file names by `reference` (a relative or foreign absolute path, or a file name).

        The longest matching end of the path wins; between equals, the image that shares most folders with `beside`
        (the label file). None if no image fits, or several fit equally well.
        """
        wanted = PurePosixPath(reference.replace("\\", "/")).parts
        candidates = [path for path in self._by_name.get(wanted[-1], []) if path in self._image_set] if wanted else []
        if len(candidates) <= 1:
            return candidates[0] if candidates else None
        folder = PurePosixPath(beside).parent.parts

        def closeness(path: str) -> tuple[int, int]:
            parts = PurePosixPath(path).parts
            return _shared(parts[::-1], wanted[::-1]), _shared(parts, folder)

        ranked = sorted(candidates, key=closeness, reverse=True)
        return ranked[0] if closeness(ranked[0]) > closeness(ranked[1]) else None

    @cached_property
    def _image_set(self) -> frozenset[str]:
        return frozenset(self.images)


def _shared(left: tuple[str, ...], right: tuple[str, ...]) -> int:
    count = 0
    for left_part, right_part in zip(left, right, strict=False):
        if left_part != right_part:
            break
        count += 1
    return count


def _grouped(paths: Iterable[str], key: Callable[[PurePosixPath], str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        groups[key(PurePosixPath(path))].append(path)
    return groups


def _walk(folder: Path | str, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name in _JUNK or entry.is_symlink():
                continue
            path = prefix + entry.name
            if not _is_text(path):
                raise UploadError(
                    f"A file name is not UTF-8: {os.fsencode(path)!r}.",
                    "Rename it, or pack the archive with UTF-8 names.",
                )
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path, path + "/")
            elif entry.is_file(follow_symlinks=False):
                yield path, entry.stat(follow_symlinks=False)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
