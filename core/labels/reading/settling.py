"""Settles what the numbers of each group mean, and doubts a reading that needs repairs (rules 2 and 3).

A group is read as its format says, or, where the format leaves it open, as its values suggest. If over a tenth of its
objects, or over half of one image's, would need a repair, rivals are tried. A rival that needs at most a tenth of the
repairs is taken. Images whose labels claim another size, and images that their camera turned, are
looked at alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from core.boxes import Boxes
from core.errors import AppError
from core.labels.findings import Finding, Severity
from core.labels.formats.rows.kinds import CHOICES
from core.labels.formats.written import Frame, Group, Layout, Unit
from core.labels.images.exif import SIDEWAYS, turn_boxes
from core.labels.images.header_sizes import ImageSizes
from core.labels.reading.evidence.mask_agreement import MaskAgreement, mask_agreement
from core.labels.reading.evidence.repairs_needed import Mask, repairs_needed
from core.labels.reading.frames import FRAME_NAMES, frame_name, frame_words, to_px
from core.labels.reading.placing import Placed
from core.labels.reading.settled import GroupReading, Rival, Settled, Sizes

_PX: Final = "px"
# What follows the key of a group, and a colon, in the key of a part of it.
KEYS_OF_PARTS: Final = (_PX, *FRAME_NAMES)
_DOUBT_SHARE: Final = 0.1
_DOUBT_IMAGE_SHARE: Final = 0.5
# One or two odd objects are fixed, unless they are most of what there is, or over a third where the format
# does not say how boxes are written.
_DOUBT_FROM: Final = 3
_DOUBT_OPEN_SHARE: Final = 0.34
_RIVAL_SHARE: Final = 0.1
_BLOCKED_SHARE: Final = 0.5
_BLOCKED_FROM: Final = 10
_RARE_LAYOUTS: Final = (Layout.CORNERS_XXYY, Layout.CORNERS_YXYX)
_SLACK: Final = 0.05
_SURELY_PX: Final = 2.0


def settle(placed: Placed, sizes: ImageSizes, chosen: Mapping[str, str], coordinates: str = "auto") -> Settled:
    """Settles all groups of a part.

    `chosen` maps keys of groups to names of frames, as the user chose them; `coordinates` rules all groups, `auto`
    none.
    """
    return _Settler(placed, sizes, chosen, coordinates).settle()


class _Settler:
    def __init__(self, placed: Placed, sizes: ImageSizes, chosen: Mapping[str, str], coordinates: str) -> None:
        part = placed.part
        self.part, self.placed, self.chosen, self.coordinates = part, placed, chosen, coordinates
        self.values = np.frombuffer(part.values, dtype=np.float64).reshape(-1, 4)
        self.entry = np.frombuffer(part.entry, dtype=np.int64)
        self.group = np.frombuffer(part.group, dtype=np.int64).copy()
        images = placed.images
        self.upright = _sizes_of([sizes.upright_wh.get(image, (0, 0)) for image in images])
        self.claimed = _sizes_of([(entry.width, entry.height) for entry in part.entries])
        turn = [sizes.orientation.get(image, 1) for image in images]
        self.orientation = np.array(turn, dtype=np.int64).reshape(-1)
        is_swapped = np.isin(self.orientation, SIDEWAYS)
        self.raw = np.where(is_swapped[:, None], self.upright[:, ::-1], self.upright)
        is_claimed = (self.claimed > 0).all(axis=1) & (self.upright > 0).all(axis=1)
        is_other = is_claimed & (self.claimed != self.upright).any(axis=1)
        self.is_turned = is_swapped & (self.upright[:, 0] != self.upright[:, 1])
        self.is_resized = is_other & ~(self.is_turned & (self.claimed == self.raw).all(axis=1))
        self.has_image = np.array([bool(image) for image in images], dtype=np.bool_).reshape(-1)
        count = len(self.values)
        self.settled = Settled(
            boxes_xyxy=np.zeros((count, 4)),
            is_placed=self.has_image[self.entry].copy() if count else np.zeros(0, dtype=np.bool_),
            frame_of=np.full(count, -1, dtype=np.int64),
            scale=np.ones((count, 2)),
            is_raw=np.zeros(count, dtype=np.bool_),
        )

    def settle(self) -> Settled:
        for group, rows in self._groups():
            self._settle_group(group, rows)
        self._note_turned()
        return self.settled

    def _groups(self) -> Iterator[tuple[Group, npt.NDArray[np.int64]]]:
        """The groups to settle, and their rows: those of the readers, and parts of them that are read otherwise.

        The result is (N,).
        """
        for number, group in enumerate(self._split_by_unit()):
            rows = np.flatnonzero((self.group == number) & self.settled.is_placed)
            if self._choice(group) is not None:
                yield group, rows
                continue
            for frame, apart in self._files_apart(group, rows).items():
                yield self._part_of(group, frame, apart), apart
                rows = np.setdiff1d(rows, apart, assume_unique=True)
            yield group, rows

    def _files_apart(self, group: Group, rows: npt.NDArray[np.int64]) -> dict[Frame, npt.NDArray[np.int64]]:
        """The rows of images most of whose objects need a repair, where another frame fits them, by that frame.

        A group that is doubted as a whole, and that another frame fits, is not split.
        `rows` (N,).
        """
        if not len(rows):
            return {}
        frame = group.frame or self._by_values(group, rows)
        needed = self._needed(frame, rows)
        if not needed.any():
            return {}
        rivals = [rival.frame for rival in self._rivals(group, frame, rows)]
        if not rivals:
            return {}
        needed_by = {rival: self._needed(rival, rows) for rival in rivals}
        if (
            self._needs_rivals(needed, group)
            and min(bad.sum() for bad in needed_by.values()) <= _RIVAL_SHARE * needed.sum()
        ):
            return {}
        apart: dict[Frame, list[npt.NDArray[np.int64]]] = {}
        for mine in self._doubtful_images(needed, rows):
            rival = min(rivals, key=lambda other: needed_by[other][mine].sum())
            if needed_by[rival][mine].sum() <= _RIVAL_SHARE * needed[mine].sum():
                apart.setdefault(rival, []).append(rows[mine])
        return {rival: np.sort(np.concatenate(parts)) for rival, parts in apart.items()}

    def _doubtful_images(self, needed: Mask, rows: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
        """Positions in `rows` of each image of which over half of the objects, and enough of them, need a repair.

        `needed` (N,), `rows` (N,).
        """
        entries, position = np.unique(self.entry[rows], return_inverse=True)
        bad = np.bincount(position, weights=needed, minlength=len(entries))
        total = np.bincount(position, minlength=len(entries))
        doubtful = (bad > _DOUBT_IMAGE_SHARE * total) & (bad >= _DOUBT_FROM)
        if not doubtful.any():
            return
        order = np.argsort(position, kind="stable")
        ends = np.cumsum(total)
        for number in np.flatnonzero(doubtful).tolist():
            yield order[ends[number] - total[number] : ends[number]]

    def _part_of(self, group: Group, frame: Frame, rows: npt.NDArray[np.int64]) -> Group:
        """The part of a group that is read in another frame, with a finding.

        `rows` (N,).
        """
        rivals = tuple(other for other in (group.frame, *group.rivals) if other is not None)
        part = replace(group, key=f"{group.key}:{frame_name(frame)}", frame=frame, rivals=rivals)
        if self._choice(part) is None:
            first = int(rows[0])
            entry = self.part.entries[self.part.entry[first]]
            images = len(np.unique(self.entry[rows]))
            message = (
                f"{part.key}: {len(rows):,} objects of {images:,} images, such as {entry.file}, were read as "
                f"{frame_words(frame)}, unlike the rest of their group, because they fit only so."
            )
            self._add(Severity.LOOK, "doubtful-reading", message, entry.file, self.part.line[first], "")
        return part

    def _split_by_unit(self) -> list[Group]:
        """The groups; one whose format leaves the unit open is split where some files have px and some have shares."""
        groups = list(self.part.groups)
        for number, group in enumerate(list(groups)):
            if group.frame is not None or (self._choice(group) is not None and _in_px(group) not in self.chosen):
                continue
            rows = np.flatnonzero((self.group == number) & self.settled.is_placed)
            is_px = self._files_in_px(rows)
            if is_px.all() or not is_px.any():
                continue
            groups.append(replace(group, key=_in_px(group)))
            self.group[rows[is_px]] = len(groups) - 1
            if self._choice(groups[-1]) is None:
                self._report_px(group, rows[is_px])
        return groups

    def _report_px(self, group: Group, rows: npt.NDArray[np.int64]) -> None:
        first = int(rows[0])
        entry = self.part.entries[self.part.entry[first]]
        files = len(np.unique(self.entry[rows]))
        message = (
            f"{group.key}: {files:,} label files, such as {entry.file}, are in pixels, and the others in shares of the "
            "image. Each is read in its own unit."
        )
        self._add(Severity.LOOK, "mixed-coordinates", message, entry.file, self.part.line[first], "")

    def _files_in_px(self, rows: npt.NDArray[np.int64]) -> Mask:
        """(N,) whether the file of each row has px; files without a telling row follow the rest."""
        surely_px = np.logical_or.reduce(np.abs(self.values[rows]) > _SURELY_PX, axis=1)
        surely_share = _looks_like_share(self.values[rows]) & (self.values[rows] % 1 != 0).any(axis=1)
        votes = np.zeros(len(self.has_image))
        np.add.at(votes, self.entry[rows], surely_px.astype(np.float64) - surely_share)
        total = np.sign(votes[self.entry[rows]].sum()) if len(rows) else 0
        by_file = votes[self.entry[rows]]
        is_px = np.where(by_file == 0, total > 0, by_file > 0)
        self._refuse_misfits(rows, is_px, surely_px, surely_share)
        return np.asarray(is_px, dtype=np.bool_)

    def _refuse_misfits(
        self, rows: npt.NDArray[np.int64], is_px: npt.NDArray[np.bool_], surely_px: Mask, surely_share: Mask
    ) -> None:
        """Block rows that clearly have the other unit than the rest of their file.

        `rows` (N,), `is_px` (N,), `surely_px` (N,), `surely_share` (N,).
        """
        misfits = np.where(is_px, surely_share, surely_px)
        for row in rows[misfits].tolist():
            entry = self.part.entries[self.part.entry[row]]
            numbers = " ".join(f"{value:g}" for value in self.values[row])
            line = self.part.line[row]
            message = f"{entry.file}, line {line}: {numbers} does not fit the unit of the file's other lines."
            self._add(
                Severity.BLOCKS, "mixed-coordinates", message, entry.file, line, self.placed.images[self.entry[row]]
            )
            self.settled.is_placed[row] = False

    def _choice(self, group: Group) -> Frame | None:
        """The frame that the user chose for a group."""
        name = self.chosen.get(group.key) or (self.coordinates if self.coordinates != "auto" else "")
        if not name or name in CHOICES:
            return None
        if name not in FRAME_NAMES:
            raise AppError(f"There is no reading {name[:40]!r}.", f"Choose one of: {', '.join(FRAME_NAMES)}.")
        return FRAME_NAMES[name]

    def _settle_group(self, group: Group, rows: npt.NDArray[np.int64]) -> None:
        rows = rows[self.settled.is_placed[rows]]
        choice = self._choice(group)
        first = choice or group.frame or self._by_values(group, rows)
        needed = self._needed(first, rows)
        rivals = self._rivals(group, first, rows)
        frame, evidence = first, self._evidence(group, first, rows, choice is not None)
        if choice is None and self._needs_rivals(needed, group):
            best = min(rivals, key=lambda rival: rival.repairs, default=None)
            if best is not None and best.repairs <= _RIVAL_SHARE * needed.sum():
                frame = best.frame
                evidence = self._report_rival(group, first, best, int(needed.sum()), rows)
                rivals = [Rival(frame=first, repairs=int(needed.sum())), *(r for r in rivals if r.frame != frame)]
        if choice is None and (agreement := mask_agreement(self.part, frame, rows)):
            evidence = self._report_agreement(group, frame, agreement, rows)
            rivals = [Rival(frame=first, repairs=int(needed.sum())), *(r for r in rivals if r.frame != agreement.frame)]
            frame = agreement.frame
        rows = self._without_unsized(frame, rows)
        self._place(frame, rows)
        if frame.unit is Unit.PX:
            self._settle_resized(rows)
            self._settle_turned(rows)
        self._finish(group, frame, evidence, rows, rivals, choice is not None)

    def _without_unsized(self, frame: Frame, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Rows whose image can be measured; shares of an unreadable image cannot be placed.

        `rows` (N,).
        """
        if frame.unit is Unit.PX:
            return rows
        is_sized = (self.upright[self.entry[rows]] > 0).all(axis=1)
        self.settled.is_placed[rows[~is_sized]] = False
        return rows[is_sized]

    def _place(self, frame: Frame, rows: npt.NDArray[np.int64]) -> None:
        self.settled.boxes_xyxy[rows] = to_px(self.values[rows], frame, self.upright[self.entry[rows]])

    def _labelled_sizes(self, rows: npt.NDArray[np.int64]) -> Sizes:
        """(N, 2) the size in px of the image that was labelled; where the labels claim another one, the larger side."""
        entries = self.entry[rows]
        larger = np.maximum(self.claimed[entries], self.upright[entries])
        sizes = np.where(self.is_resized[entries, None], larger, self.upright[entries])
        longest = sizes.max(axis=1, keepdims=True)
        return np.asarray(np.where(self.is_turned[entries, None], longest, sizes))

    def _needed(self, frame: Frame, rows: npt.NDArray[np.int64]) -> Mask:
        """(N,) whether the object of each row would need a repair under a frame."""
        sizes = self._labelled_sizes(rows) if frame.unit is Unit.PX else self.upright[self.entry[rows]]
        return repairs_needed(to_px(self.values[rows], frame, sizes), sizes).any

    def _needs_rivals(self, needed: Mask, group: Group) -> bool:
        if not needed.any():
            return False
        share, most = needed.mean(), _DOUBT_OPEN_SHARE if group.frame is None else _DOUBT_IMAGE_SHARE
        return bool(share > _DOUBT_SHARE and (needed.sum() >= _DOUBT_FROM or share > most))

    def _by_values(self, group: Group, rows: npt.NDArray[np.int64]) -> Frame:
        """The first rival with the unit that most values have.

        `rows` (N,).
        """
        is_share = len(rows) == 0 or _looks_like_share(self.values[rows]).mean() > 0.5
        unit = Unit.SHARE if is_share else Unit.PX
        return next((frame for frame in group.rivals if frame.unit is unit), group.rivals[0])

    def _rivals(self, group: Group, first: Frame, rows: npt.NDArray[np.int64]) -> list[Rival]:
        frames = [frame for frame in (group.frame, *group.rivals) if frame is not None and frame != first]
        is_share = len(rows) > 0 and _looks_like_share(self.values[rows]).mean() > 0.9
        # Numbers above 1 are no shares, and boxes under one pixel are none.
        possible = [frame for frame in frames if (frame.unit is Unit.SHARE) == is_share or frame.unit is Unit.PERCENT]
        if group.frame is None and len(rows) < _DOUBT_FROM:
            # One or two boxes fit one of many layouts by chance.
            possible = [frame for frame in possible if frame.layout not in _RARE_LAYOUTS]
        rivals = [Rival(frame=frame, repairs=int(self._needed(frame, rows).sum())) for frame in possible]
        return sorted(rivals, key=lambda rival: rival.repairs)

    def _settle_resized(self, rows: npt.NDArray[np.int64]) -> None:
        """Scale boxes to the real image, where the labels claim another size and only that makes the boxes fit.

        Images that were scaled by one factor go together, then each alone.
        `rows` (N,).
        """
        rows = rows[self.is_resized[self.entry[rows]]]
        if not len(rows):
            return
        factors = self.upright[self.entry[rows]] / self.claimed[self.entry[rows]]
        _, kinds = np.unique(np.round(factors, 3), axis=0, return_inverse=True)
        for kind in range(kinds.max() + 1):
            mine = rows[kinds.reshape(-1) == kind]
            if not self._scale(mine):
                for entry in np.unique(self.entry[mine]).tolist():
                    self._scale(mine[self.entry[mine] == entry])

    def _scale(self, rows: npt.NDArray[np.int64]) -> bool:
        """Scale the boxes of rows if they need too many repairs as written, and hardly any then.

        `rows` (N,).
        """
        boxes, real = self.settled.boxes_xyxy[rows], self.upright[self.entry[rows]]
        factor = real / self.claimed[self.entry[rows]]
        needed = repairs_needed(boxes, real).any
        scaled = boxes * np.tile(factor, 2)
        # The size that the labels claim is evidence, too: here a single box may tell.
        needs_rivals = bool(needed.any() and needed.mean() > _DOUBT_SHARE)
        if not needs_rivals or repairs_needed(scaled, real).any.sum() > _RIVAL_SHARE * needed.sum():
            return False
        self.settled.boxes_xyxy[rows] = scaled
        self.settled.scale[rows] = factor
        for entry in np.unique(self.entry[rows]).tolist():
            width, height = self.claimed[entry].astype(int).tolist()
            self.settled.scaled[self.placed.images[entry]] = (width, height)
        return True

    def _settle_turned(self, rows: npt.NDArray[np.int64]) -> None:
        """Turn boxes that mean the image as stored: by the size that the labels claim, unless the boxes deny it.

        `rows` (N,).
        """
        turned = rows[self.is_turned[self.entry[rows]]]
        for entry in np.unique(self.entry[turned]).tolist():
            mine = turned[self.entry[turned] == entry]
            self._turn(entry, mine)

    def _turn(self, entry: int, rows: npt.NDArray[np.int64]) -> None:
        boxes = self.settled.boxes_xyxy[rows]
        upright, raw, claimed = self.upright[entry], self.raw[entry], self.claimed[entry]
        needs = {
            False: int(repairs_needed(boxes, np.tile(upright, (len(rows), 1))).any.sum()),
            True: int(repairs_needed(boxes, np.tile(raw, (len(rows), 1))).any.sum()),
        }
        claims_raw, claims_upright = bool((claimed == raw).all()), bool((claimed == upright).all())
        means_raw = claims_raw
        if needs[means_raw] and needs[not means_raw] <= _RIVAL_SHARE * needs[means_raw]:
            means_raw = not means_raw
        self.settled.turned[self.placed.images[entry]] = (
            means_raw,
            _turn_words(means_raw, claims_raw, claims_upright, claimed),
        )
        if means_raw:
            width, height = int(raw[0]), int(raw[1])
            self.settled.boxes_xyxy[rows] = turn_boxes(boxes, int(self.orientation[entry]), width, height)
            self.settled.is_raw[rows] = True

    def _note_turned(self) -> None:
        """Note the turn of images without an object in px."""
        for entry in np.flatnonzero((self.orientation > 1) & self.has_image).tolist():
            words = (False, "the labels are taken to mean the upright image")
            self.settled.turned.setdefault(self.placed.images[entry], words)

    def _finish(
        self,
        group: Group,
        frame: Frame,
        evidence: str,
        rows: npt.NDArray[np.int64],
        rivals: list[Rival],
        is_chosen: bool,
    ) -> None:
        needed = repairs_needed(self.settled.boxes_xyxy[rows], self.upright[self.entry[rows]])
        spoilt = int(needed.spoilt.sum())
        is_blocked = not is_chosen and len(rows) >= _BLOCKED_FROM and spoilt > _BLOCKED_SHARE * len(rows)
        self.settled.frame_of[rows] = len(self.settled.readings)
        reading = GroupReading(
            format=self.part.format, key=group.key, what=group.what, frame=frame, evidence=evidence, objects=len(rows),
            repairs=int(needed.any.sum()), rivals=tuple(rivals[:2]), is_blocked=is_blocked, is_chosen=is_chosen,
        )  # fmt: skip
        self.settled.readings.append(reading)
        if is_blocked:
            self._block(reading, spoilt, rows)

    def _block(self, reading: GroupReading, spoilt: int, rows: npt.NDArray[np.int64]) -> None:
        others = " or ".join(frame_name(rival.frame) for rival in reading.rivals) or "another reading"
        message = (
            f"{reading.key}: read as {frame_words(reading.frame)}, {spoilt:,} of {reading.objects:,} boxes would be "
            f"dropped or have their corners swapped. Say how they are meant: {frame_name(reading.frame)}, or {others}."
        )
        first = int(rows[0])
        entry = self.part.entries[self.part.entry[first]]
        self._add(Severity.BLOCKS, "doubtful-reading", message, entry.file, self.part.line[first], "")
        self.settled.is_placed[rows] = False

    def _report_rival(self, group: Group, first: Frame, best: Rival, needed: int, rows: npt.NDArray[np.int64]) -> str:
        evidence = (
            f"as {frame_words(first)}, {needed:,} of {len(rows):,} boxes would need a repair; as "
            f"{frame_words(best.frame)}, {best.repairs:,}"
        )
        return self._report_reading(group, best.frame, evidence, rows)

    def _report_reading(self, group: Group, frame: Frame, evidence: str, rows: npt.NDArray[np.int64]) -> str:
        row = int(rows[0])
        entry = self.part.entries[self.part.entry[row]]
        message = f"{group.key}: read as {frame_words(frame)}, because {evidence}."
        self._add(Severity.LOOK, "doubtful-reading", message, entry.file, self.part.line[row], "")
        return f"{evidence[0].upper()}{evidence[1:]}."

    def _report_agreement(
        self, group: Group, frame: Frame, agreement: MaskAgreement, rows: npt.NDArray[np.int64]
    ) -> str:
        evidence = (
            f"as {frame_words(frame)}, {agreement.agreed_before:,} of {agreement.seen:,} boxes agree with their masks "
            f"or areas; as {frame_words(agreement.frame)}, {agreement.agree:,}"
        )
        return self._report_reading(group, agreement.frame, evidence, rows)

    def _evidence(self, group: Group, frame: Frame, rows: npt.NDArray[np.int64], is_chosen: bool) -> str:
        if is_chosen:
            return f"Read as {frame_words(frame)}, as chosen."
        if group.frame is not None:
            return f"The format has {frame_words(frame)}."
        if not len(rows):
            return f"No object is written; {frame_words(frame)} assumed."
        small = int(_looks_like_share(self.values[rows]).sum())
        if frame.unit is Unit.PX:
            above = f"{len(rows) - small:,} of {len(rows):,} objects have values above 1"
            return f"{above} (up to {self.values[rows].max():g}): {frame_words(frame)}."
        return f"{small:,} of {len(rows):,} objects have all values from 0 to 1: {frame_words(frame)}."

    def _add(self, severity: Severity, check: str, message: str, file: str, line: int, image: str) -> None:
        finding = Finding(check=check, severity=severity, message=message, file=file, line=line, image=image)
        self.settled.findings.append(finding)


def _in_px(group: Group) -> str:
    """The key of the part of a group that is in px, where some files have px and some have shares."""
    return f"{group.key}:{_PX}"


def _turn_words(means_raw: bool, claims_raw: bool, claims_upright: bool, claimed: Sizes) -> str:
    size = f"{int(claimed[0])} x {int(claimed[1])}"
    if means_raw:
        why = f"the labels claim {size}" if claims_raw else "the boxes fit only into the image as stored"
        return f"{why}, so they mean the image as stored and were turned too"
    if claims_upright:
        return f"the labels claim {size}, the upright size"
    if claims_raw:
        return f"the labels claim {size}, but the boxes fit only into the upright image"
    return "the labels are taken to mean the upright image"


def _sizes_of(sizes: list[tuple[int, int]]) -> Sizes:
    return np.array(sizes, dtype=np.float64).reshape(-1, 2)


def _looks_like_share(values: Boxes) -> Mask:
    inside = (values >= -_SLACK) & (values <= 1 + _SLACK)
    # Column by column: numpy is slow at reducing short rows.
    return np.asarray(inside[:, 0] & inside[:, 1] & inside[:, 2] & inside[:, 3], dtype=np.bool_)
