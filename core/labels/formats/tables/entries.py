"""The images of one table: one entry for each name, and for each split that a name stands in."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from core.labels.formats.numbers import read_size
from core.labels.formats.tables.plan import Plan
from core.labels.formats.tables.values import is_blank
from core.labels.formats.written import Entry, Written

_NONE: Mapping[str, str] = MappingProxyType({})


class Entries:
    """Finds or adds the entry of a row's image.

    `split` is what the file's name says, `split_of` what another file says by image; a column of the table goes first.
    """

    def __init__(
        self, written: Written, file: str, plan: Plan, *, split: str = "", split_of: Mapping[str, str] = _NONE
    ) -> None:
        self._written, self._file, self._plan = written, file, plan
        self._split, self._split_of = split, split_of
        self._entry_of: dict[str | tuple[str, str], int] = {}  # by image, or by image and split
        self._nameless: int | None = None

    def of_rows(self, columns: Sequence[Sequence[str]], lines: Sequence[int]) -> list[int]:
        """The entry of each row, -1 for a row without an image."""
        images, splits = self._images(columns, len(lines)), self._splits(columns)
        keys: Sequence[str | tuple[str, str]] = images if splits is None else list(zip(images, splits, strict=True))
        entry_of = self._entry_of
        for row, key in enumerate(keys):
            if key not in entry_of:
                entry_of[key] = self._add(images[row], splits[row] if splits else "", columns, row, lines[row])
        return list(map(entry_of.__getitem__, keys))

    def nameless(self, line: int) -> int:
        """The entry of rows that name no image. It is no image without objects."""
        if self._nameless is None:
            self._nameless = self._written.add_entry(Entry(file=self._file, line=line, is_annotated=False))
        return self._nameless

    def _images(self, columns: Sequence[Sequence[str]], rows: int) -> list[str]:
        plan = self._plan
        if plan.image is None:
            return [""] * rows
        images = [text.strip() for text in columns[plan.image]]
        if plan.folder is None:
            return images
        folders = [text.strip().rstrip("/\\") for text in columns[plan.folder]]
        return [
            f"{folder}/{image}" if folder and image and not image.startswith(folder) else image
            for folder, image in zip(folders, images, strict=True)
        ]

    def _splits(self, columns: Sequence[Sequence[str]]) -> list[str] | None:
        if self._plan.split is None:
            return None
        return ["" if is_blank(text) else text.strip() for text in columns[self._plan.split]]

    def _add(self, image: str, split: str, columns: Sequence[Sequence[str]], row: int, line: int) -> int:
        plan = self._plan
        if not image and plan.image is not None:
            return -1
        others = []
        if plan.other_image is not None and (other := columns[plan.other_image][row].strip()) not in ("", image):
            others.append(other)
        if image.isdecimal() and len(image) < 6:
            # The frames of a video as MOT names their files.
            others.append(image.zfill(6))
        return self._written.add_entry(
            Entry(
                file=self._file,
                line=line,
                image=image,
                other_images=tuple(others),
                width=0 if plan.width is None else read_size(columns[plan.width][row].strip()),
                height=0 if plan.height is None else read_size(columns[plan.height][row].strip()),
                split=split or self._split_of.get(image, "") or self._split,
            )
        )
