"""Text files of rows, one file per image: the reference form, YOLO in all its kinds, KITTI, DOTA's four corners.

Published forms. Reference: `class x1 y1 x2 y2` in px. YOLO: `class cx cy w h` from 0 to 1, or `class x1 y1 x2 y2 …` of
a polygon, or a box with keypoints (Ultralytics' `kpt_shape`). KITTI: `type truncated occluded alpha x1 y1 x2 y2` and
seven numbers of the object in space. DOTA: `x1 y1 … x4 y4 class difficult`.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from core.coco.values import LARGEST_PX
from core.labels.formats.rows.kinds import RowKind, chosen_kind, kind_of
from core.labels.formats.rows.lines import Bucket, Rows, TextLines
from core.labels.formats.written import (
    CENTRE_PX,
    CENTRE_SHARE,
    CORNER_SIZE_PX,
    CORNER_SIZE_SHARE,
    CORNERS_PX,
    CORNERS_SHARE,
    CORNERS_XXYY_PX,
    CORNERS_XXYY_SHARE,
    CORNERS_YXYX_PX,
    CORNERS_YXYX_SHARE,
    Frame,
    Group,
    IgnoredRegion,
    UnclearGroup,
    Written,
)
from core.labels.sources.sample import Sample
from core.labels.sources.source_tree import SourceTree
from core.labels.sources.yaml_description import keypoint_shape

FORMAT_ID: Final = "rows"
FORMAT_WORDS: Final = "text"
SUFFIXES: Final = (".txt",)
# The likeliest first: YOLO's boxes are shares, the reference form's are corners in px.
_BOX_RIVALS: Final = (
    CENTRE_SHARE, CORNERS_SHARE, CORNERS_PX, CENTRE_PX, CORNER_SIZE_PX, CORNER_SIZE_SHARE,
    CORNERS_XXYY_PX, CORNERS_YXYX_PX, CORNERS_XXYY_SHARE, CORNERS_YXYX_SHARE,
)  # fmt: skip
_POINT_RIVALS: Final = (CORNERS_SHARE, CORNERS_PX)
_KITTI_IGNORED: Final = "DontCare"
_SAMPLE_LINES: Final = 20


def claim(sample: Sample) -> bool:
    """Whether a file is empty, or most of its first lines are rows."""
    lines = [line.split() for line in sample.head.split("\n")[:_SAMPLE_LINES] if line.strip()]
    if not lines:
        return not sample.size or bool(sample.head)
    return sum(_is_row(fields) for fields in lines) * 2 >= len(lines)


def read(tree: SourceTree, files: list[str], kinds: Mapping[str, str] | None = None) -> Written:
    """Reads text label files. `format` of the result is "" until the frames are settled.

    `kinds` are what the user says that rows are, by the key of their group: one of CHOICES in kinds.py.
    """
    written = Written(format=FORMAT_ID, is_indexed=True, files=files)
    lines = TextLines(written=written)
    lines.read_files(tree, files)
    keypoints = keypoint_shape(tree)
    polygon_folders = {rows.folder for rows in lines.buckets if rows.numbers > 8 and not rows.numbers % 2}
    for rows, bucket in lines.buckets.items():
        key = _key(rows, lines.buckets)
        chosen = chosen_kind((kinds or {}).get(key, ""), rows.numbers)
        _Emitter(written, key, rows, bucket, keypoints, rows.folder in polygon_folders, chosen).emit()
    return written


def _is_row(fields: list[str]) -> bool:
    numbers = 0
    for value in fields:
        try:
            float(value.replace(",", "."))
            numbers += 1
        except ValueError:
            continue
    return numbers >= 4 and len(fields) >= 5


class _Emitter:
    """Writes the rows of one bucket as objects."""

    def __init__(
        self, written: Written, key: str, rows: Rows, bucket: Bucket, keypoints: tuple[int, int] | None,
        polygons_beside: bool, chosen: RowKind | None,
    ) -> None:  # fmt: skip
        self.key = key
        self.written, self.rows, self.bucket, self.is_chosen = written, rows, bucket, chosen is not None
        self.numbers = self._finite(bucket.matrix())
        self.kind = chosen or (
            kind_of(self.numbers, bucket.token, keypoints, polygons_beside) if len(self.numbers) else RowKind.BOX
        )

    def emit(self) -> None:
        """Adds the objects of the bucket to `written`."""
        if not len(self.numbers):
            return
        if self.kind is RowKind.KITTI:
            self._kitti()
        elif self.kind in (RowKind.POLYGON, RowKind.QUADRILATERAL):
            self._polygons()
        elif self.kind is RowKind.UNCLEAR:
            self._unclear()
        else:
            self._boxes()

    def _finite(self, numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The rows with usable numbers; the others are refused.

        `numbers` (N, M).
        """
        # Not `> LARGEST_PX`: a NaN must fail too.
        sound = np.logical_and.reduce(np.abs(numbers) <= LARGEST_PX, axis=1)
        if sound.all():
            return numbers
        for index in np.flatnonzero(~sound).tolist():
            row = numbers[index]
            value = row[~(np.abs(row) <= LARGEST_PX)][0]
            what = "is too large for an image" if np.isfinite(value) else "is not a finite number"
            message = f"{self._place(index)}: '{value:g}' {what}."
            entry, line = self.bucket.entry[index], self.bucket.line[index]
            self.written.refuse_object(entry, self.bucket.token[index], "non-finite", message, line)
        self.bucket = _picked(self.bucket, sound)
        return numbers[sound]

    def _place(self, index: int) -> str:
        return f"{self.written.entries[self.bucket.entry[index]].file}, line {self.bucket.line[index]}"

    def _group(self, what: str, frame: Frame | None, rivals: tuple[Frame, ...]) -> int:
        # The kind has its own choice, so the frame of rows of a chosen kind has another key.
        kind = "polygon" if self.kind is RowKind.POLYGON else "box"
        key = f"{self.key}:{kind}" if self.is_chosen else self.key
        return self.written.add_group(Group(key=key, frame=frame, rivals=rivals, what=self._what(what)))

    def _what(self, kind: str) -> str:
        return f"rows of {self.rows.numbers + 1} columns: {kind}"

    def _add_all(self, values: npt.NDArray[np.float64], group: int) -> range:
        """Adds an object a row, with (N, 4) values, and returns their rows."""
        first = len(self.written.token)
        self.written.entry.extend(self.bucket.entry)
        self.written.line.extend(self.bucket.line)
        self.written.token.extend(_tokens(self.bucket.token))
        self.written.group.extend([group] * len(values))
        self.written.values.frombytes(np.ascontiguousarray(values, dtype=np.float64).tobytes())
        return range(first, first + len(values))

    def _boxes(self) -> None:
        first = 1 if self.kind is RowKind.SCORE_FIRST else 0
        self._add_all(self.numbers[:, first : first + 4], self._group(str(self.kind), None, _BOX_RIVALS))
        if self.kind is RowKind.BOX:
            return
        if self.kind is RowKind.POSE:
            message = f"{self.rows.folder or 'the source'}: the keypoints of {len(self.numbers):,} rows are left out."
            file, line = self.written.entries[self.bucket.entry[0]].file, self.bucket.line[0]
            self.written.look("left-out", message, file, line)
            return
        more = self.rows.numbers - 4
        which = "the column before the box" if first else f"{more} column{'s'[: more > 1]} behind the box"
        message = (
            f"{self.rows.folder or 'the source'}: {len(self.numbers):,} rows have {which}, such as a score or a track. "
            "Only the boxes are read."
        )
        self.written.look(
            "extra-columns", message, self.written.entries[self.bucket.entry[0]].file, self.bucket.line[0]
        )

    def _polygons(self) -> None:
        points = self.numbers[:, : self.rows.numbers - self.rows.numbers % 2]
        rows = self._add_all(_extents(points), self._group(str(self.kind), None, _POINT_RIVALS))
        for row, polygon in zip(rows, points.tolist(), strict=True):
            self.written.polygons[row] = [polygon]
        if self.kind is RowKind.QUADRILATERAL and not _are_upright(points):
            file = self.written.entries[self.bucket.entry[0]].file
            message = (
                f"{self.rows.folder or 'the source'}: {len(points):,} boxes are turned; each is read as the upright "
                "box round it."
            )
            self.written.look("rotated-box", message, file, self.bucket.line[0])

    def _kitti(self) -> None:
        group = self._group("KITTI", CORNERS_PX, ())
        boxes = self.numbers[:, 3:7].tolist()
        for index, box in enumerate(boxes):
            entry, token = self.bucket.entry[index], self.bucket.token[index]
            if token == _KITTI_IGNORED:
                region = IgnoredRegion(entry=entry, group=group, values=tuple(box), reason=_KITTI_IGNORED)
                self.written.ignored.append(region)
                continue
            truncated, occluded = self.numbers[index, 0], int(self.numbers[index, 1])
            attributes = {"truncated": f"{truncated:g}", "occluded": str(occluded)}
            self.written.add(entry, token, box, group=group, line=self.bucket.line[index], attributes=attributes)

    def _unclear(self) -> None:
        """Rows that are boxes with more columns as well as polygons are not read: the user knows which they are."""
        count = len(self.numbers)
        for index in range(count):
            self.written.unreadable.append((self.bucket.entry[index], self.bucket.token[index]))
        message = (
            f"{self._place(0)}: {count:,} rows of {self.rows.numbers + 1} columns may be polygons, or boxes with more "
            "columns. Say how they are meant: box, or polygon."
        )
        self.written.unclear.append(
            UnclearGroup(
                key=self.key,
                what=self._what("a polygon, or a box with more columns"),
                # Only rows of shares are unclear.
                frames={"box": CENTRE_SHARE, "polygon": CORNERS_SHARE},
                entry=self.bucket.entry,
                line=self.bucket.line,
                token=list(_tokens(self.bucket.token)),
                values={"box": self.numbers[:, :4], "polygon": _extents(self.numbers)},
            )
        )
        file = self.written.entries[self.bucket.entry[0]].file
        self.written.refuse_group("doubtful-reading", message, file, self.bucket.line[0])


def _key(rows: Rows, others: Collection[Rows]) -> str:
    """The key of rows: their folder and number of columns, and where the class stands if others differ only there."""
    key = f"{rows.folder or '.'}#{rows.numbers + 1}"
    return f"{key} (class last)" if rows.is_class_last and replace(rows, is_class_last=False) in others else key


def _extents(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(N, 4) the corners of the upright boxes round (N, M) points x, y, …; a single number at the end is none."""
    x, y = points[:, 0 : points.shape[1] // 2 * 2 : 2], points[:, 1::2]
    return np.stack([x.min(axis=1), y.min(axis=1), x.max(axis=1), y.max(axis=1)], axis=1)


def _are_upright(points: npt.NDArray[np.float64]) -> bool:
    """Whether (N, 8) corners are those of upright rectangles."""
    return all(len(np.unique(side)) <= 2 for row in points for side in (row[0::2], row[1::2]))


def _picked(bucket: Bucket, rows: npt.NDArray[np.bool_]) -> Bucket:
    picked = Bucket()
    for index in np.flatnonzero(rows).tolist():
        picked.entry.append(bucket.entry[index])
        picked.line.append(bucket.line[index])
        picked.token.append(bucket.token[index])
    return picked


def _tokens(tokens: list[str]) -> Iterator[str]:
    """Class tokens; a number that was written as a float (`1.000e+00`) becomes a whole one."""
    whole = {token: _whole(token) for token in set(tokens)}
    return (whole[token] for token in tokens)


def _whole(token: str) -> str:
    if token.isdecimal():
        return token
    try:
        number: Any = float(token)
    except ValueError:
        return token
    return str(int(number)) if number.is_integer() and 0 <= number < 10**9 else token
