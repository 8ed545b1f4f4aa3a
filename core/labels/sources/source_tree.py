"""The files of a folder of images and labels, listed once."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from core.errors import UploadError
from core.labels.sources.file_kinds import (
    IMAGE_SUFFIXES,
    LABEL_SUFFIXES,
    UNREAD_IMAGE_SUFFIXES,
    is_archive_name,
    is_junk_name,
    name_of,
    stem_of,
    suffix_of,
)
from core.labels.sources.text import in_utf8
from core.settings import Limits

# Names that are kept of links and of passed-over files; beyond that only their number.
_MOST_NAMES: Final = 1000
_READ_AT_ONCE: Final = 2**20


@dataclass(frozen=True)
class SourceTree:
    """The files below `root`, without links, hidden files and special files.

    `sizes` maps relative POSIX paths to sizes in bytes, `changed_ns` to the file system's time of the last change.
    `overlay` maps paths of files that lie elsewhere to their absolute paths: images taken out of label files.
    `encodings` are those that the user chose for files that do not say theirs, by file or folder ("." for all).
    `links` are the first 1,000 links (relative paths, sorted), which are passed over, and `link_count` all; likewise
    `skipped` for hidden, system and special files. A passed-over folder counts once.
    """

    root: Path
    sizes: dict[str, int]
    limits: Limits = field(default_factory=Limits)
    changed_ns: dict[str, int] = field(default_factory=dict)
    overlay: dict[str, str] = field(default_factory=dict)
    encodings: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    link_count: int = 0
    skipped: tuple[str, ...] = ()
    skipped_count: int = 0

    @classmethod
    def walk(cls, root: Path, limits: Limits | None = None) -> "SourceTree":
        """Lists a folder. Raises UploadError if it is no folder, has too many files, or a name that is not UTF-8."""
        limits = limits or Limits()
        if not root.is_dir():
            raise UploadError(f"{root.name} is not a folder.", "Give a folder, a zip or a tar file.")
        listing = _Listing(root.name, limits)
        folders = [("", str(root))]
        while folders:
            folders += listing.take(*folders.pop())
        return cls(
            root=root,
            sizes={path: listing.sizes[path] for path in sorted(listing.sizes)},
            limits=limits,
            changed_ns=listing.changed_ns,
            links=tuple(sorted(listing.links)),
            link_count=listing.link_count,
            skipped=tuple(sorted(listing.skipped)),
            skipped_count=listing.skipped_count,
        )

    def changed_file(self) -> str:
        """An image or label file that was added, removed or changed since the listing; "" if there is none.

        An image of the same size counts as unchanged: only its bytes would tell, and storing compares them.
        """
        now = SourceTree.walk(self.root, self.limits)
        paths = sorted((self.sizes | now.sizes).keys() - self.overlay.keys())
        return next((path for path in paths if self._differs(now, path)), "")

    def _differs(self, now: "SourceTree", path: str) -> bool:
        suffix = suffix_of(path)
        if suffix not in IMAGE_SUFFIXES | LABEL_SUFFIXES:
            return False
        if self.sizes.get(path) != now.sizes.get(path):
            return True
        return suffix in LABEL_SUFFIXES and self.changed_ns.get(path) != now.changed_ns.get(path)

    def path(self, relative: str) -> Path:
        """The absolute path of a file of the tree."""
        return Path(self.absolute(relative))

    def absolute(self, relative: str) -> str:
        """The absolute path of a file of the tree, as text: a pathlib object per file costs more than reading it."""
        return self.overlay.get(relative) or f"{self._root}/{relative}"

    def encoding_choice(self, relative: str) -> str:
        """The key in `encodings` that counts for a file: itself, or the nearest folder above it; "." for neither."""
        path = relative
        while path and path not in self.encodings:
            path = path.rpartition("/")[0]
        return path or "."

    def encoding_of(self, relative: str) -> str:
        """The encoding that the user chose for a file; "" for none."""
        return self.encodings.get(self.encoding_choice(relative), "") if self.encodings else ""

    def read(self, relative: str) -> bytes:
        """The content of a file: in UTF-8, if an encoding was chosen for it. Raises OSError if it cannot be read."""
        content, chosen = self._read(relative), self.encoding_of(relative)
        return in_utf8(content, chosen) if chosen else content

    def _read(self, relative: str) -> bytes:
        # As text, and by the system's calls: a pathlib object and a file object cost more than reading a label file.
        handle = os.open(self.absolute(relative), os.O_RDONLY)
        try:
            size = self.sizes.get(relative, 0)
            content = os.read(handle, size + 1)
            # A file that has grown since the listing, or of which a file system gives a part only.
            while len(content) != size and (more := os.read(handle, _READ_AT_ONCE)):
                content += more
            return content
        finally:
            os.close(handle)

    def with_suffix(self, *suffixes: str) -> list[str]:
        """Files by lower-case suffix (`.txt`), sorted by path."""
        groups = [self._by_suffix[suffix] for suffix in suffixes if suffix in self._by_suffix]
        return list(groups[0]) if len(groups) == 1 else sorted(path for group in groups for path in group)

    @cached_property
    def _root(self) -> str:
        return str(self.root)

    @cached_property
    def _by_suffix(self) -> dict[str, list[str]]:
        return _grouped(self.sizes, suffix_of)

    @cached_property
    def images(self) -> list[str]:
        """Images by their suffix, sorted by path."""
        return self.with_suffix(*IMAGE_SUFFIXES)

    @cached_property
    def unsupported_images(self) -> list[str]:
        """Images by their suffix of kinds that are not read, such as HEIC, camera raw and SVG; sorted by path."""
        return self.with_suffix(*UNREAD_IMAGE_SUFFIXES)

    @cached_property
    def archives(self) -> list[str]:
        """Archives and compressed files by their suffix, sorted by path."""
        return [path for path in self.sizes if is_archive_name(path)]

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        return _grouped(self.sizes, name_of)

    @cached_property
    def _images_by_stem(self) -> dict[str, list[str]]:
        return _grouped(self.images, stem_of)

    def named(self, name: str) -> list[str]:
        """All files of this name, in any folder, the shallowest first."""
        return sorted(self._by_name.get(name, []), key=lambda path: (path.count("/"), path))

    def images_of_stem(self, stem: str) -> list[str]:
        """All images of this name without its suffix, in any folder."""
        return self._images_by_stem.get(stem, [])


def _grouped(paths: Iterable[str], key: Callable[[str], str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        groups[key(path)].append(path)
    return groups


class _Listing:
    """Files and passed-over entries of a tree, taken folder by folder: a deep tree would end a recursion."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name, self._limits = name, limits
        self.sizes: dict[str, int] = {}
        self.changed_ns: dict[str, int] = {}
        self.links: list[str] = []
        self.skipped: list[str] = []
        self.link_count = self.skipped_count = 0

    def take(self, prefix: str, folder: str) -> list[tuple[str, str]]:
        """Lists one folder. Returns its folders as (prefix of their paths, absolute path)."""
        folders = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    path = prefix + entry.name
                    # The usual case first: there are hundreds of thousands of files.
                    is_file = entry.is_file(follow_symlinks=False)
                    if not is_file and entry.is_symlink():
                        self._pass_link(path)
                    elif is_junk_name(entry.name):
                        self._skip(path)
                    elif is_file:
                        self._add(path, entry.stat(follow_symlinks=False))
                    elif entry.is_dir(follow_symlinks=False):
                        folders.append((f"{path}/", entry.path))
                    else:
                        self._skip(path)
        except (PermissionError, FileNotFoundError, NotADirectoryError) as error:
            where = f"{self._name}/{prefix}".rstrip("/")
            raise UploadError(
                f"{where} cannot be listed: {error.strerror}.",
                "Give the app the right to read it.",
            ) from error
        return folders

    def _add(self, path: str, facts: os.stat_result) -> None:
        if not _is_text(path):
            raise UploadError(
                f"A file name is not UTF-8: {os.fsencode(path)!r}.", "Rename it, or pack the archive with UTF-8 names."
            )
        self.sizes[path], self.changed_ns[path] = facts.st_size, facts.st_mtime_ns
        if len(self.sizes) > self._limits.unpacked_files:
            raise UploadError(
                f"{self._name} holds more than {self._limits.unpacked_files:,} files.", "Import it in several parts."
            )

    def _pass_link(self, path: str) -> None:
        self.link_count += 1
        if len(self.links) < _MOST_NAMES:
            self.links.append(_as_text(path))

    def _skip(self, path: str) -> None:
        self.skipped_count += 1
        if len(self.skipped) < _MOST_NAMES:
            self.skipped.append(_as_text(path))


def _as_text(path: str) -> str:
    return path.encode(errors="surrogateescape").decode(errors="replace")


def _is_text(name: str) -> bool:
    if name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
