"""Gives each entry of a label file its image (rule 1): by its path, then by its name, never by a guess."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from core.labels.findings import Finding, Severity
from core.labels.formats.base import quoted
from core.labels.formats.written import Entry, Written
from core.labels.sources.file_kinds import stem_of
from core.labels.sources.image_index import (
    NO_IDLE,
    ImageIndex,
    Match,
    common_prefix,
    split_reference,
)

_NAMES_SHOWN = 120
# Findings of one kind that a label file may add.
_MOST_FINDINGS = 1_000


@dataclass(slots=True, kw_only=True)
class Placed:
    """The image of each entry of a part, "" without one, and the findings about entries without one."""

    part: Written
    images: list[str]
    findings: list[Finding] = field(default_factory=list)
    unsupported: set[str] = field(default_factory=set)  # images of unread kinds that the labels speak of
    orphans: list[str] = field(default_factory=list)  # label files, or names in them, without an image


def place(part: Written, index: ImageIndex) -> Placed:
    """Finds the image of each entry of a part."""
    placed = Placed(part=part, images=[""] * len(part.entries))
    own_path = [number for number, entry in enumerate(part.entries) if not entry.image]
    named = [number for number, entry in enumerate(part.entries) if entry.image]
    matches = _pair(part, own_path, index, placed)
    matches.update(_find(part, named, index))
    _only_alone_by_name(part, matches, index)
    counts = Counter(part.entry)
    unread = Counter(entry for entry, _ in part.unreadable)
    for number, match in matches.items():
        placed.images[number] = match.image
        if not match.image:
            _report(placed, number, match, counts[number] + unread[number], index)
    _report_other_names(placed, matches)
    return placed


def _pair(part: Written, entries: list[int], index: ImageIndex, placed: Placed) -> dict[int, Match]:
    """The matches of entries whose label file belongs to the image of its path, or that it names itself."""
    files = [part.entries[number].file for number in entries]
    idle = NO_IDLE if all(map(index.of_key_of, files)) else index.idle_folders(files)
    matches: dict[int, Match] = {}
    others: dict[int, str] = {}
    for number in entries:
        entry = part.entries[number]
        match = index.pair(entry.file, idle)
        for name in entry.other_images if not match.image and not match.candidates else ():
            match = index.find(name, entry.file)
            if match.image:
                break
        matches[number] = match
        if match.image and (other := _named_otherwise(entry, match.image, index)):
            others[number] = other
    _settle_names(part, matches, others, placed)
    return matches


def _named_otherwise(entry: Entry, image: str, index: ImageIndex) -> str:
    """The image that a label file names although its own path means another one; "" if there is none."""
    for name in entry.other_images:
        named = index.find(name, entry.file)
        if named.image == image or image in named.candidates:
            return ""
        if named.image and not named.is_by_other_name:
            return named.image
    return ""


def _settle_names(part: Written, matches: dict[int, Match], others: dict[int, str], placed: Placed) -> None:
    """A name inside is out of date if its image has a label file that names it; otherwise either image may be meant."""
    owned = {match.image for number, match in matches.items() if number not in others}
    for number, other in others.items():
        entry, image = part.entries[number], matches[number].image
        if other not in owned:
            matches[number] = Match(candidates=(image, other))
        elif len(placed.findings) < _MOST_FINDINGS:
            message = (
                f"{entry.file}: it names {quoted(other, _NAMES_SHOWN)}, which has a label file; read as {image}'s."
            )
            placed.findings.append(
                Finding(check="other-name", severity=Severity.LOOK, message=message, file=entry.file)
            )


def _find(part: Written, entries: list[int], index: ImageIndex) -> dict[int, Match]:
    """The matches of entries that name their image."""
    by_file: dict[str, list[int]] = {}
    for number in entries:
        by_file.setdefault(part.entries[number].file, []).append(number)
    matches: dict[int, Match] = {}
    for file, numbers in by_file.items():
        # The prefix of a single path would be all of its folders.
        references = [split_reference(part.entries[number].image)[0] for number in numbers]
        prefix = common_prefix(references) if len(references) > 1 else ()
        is_alone = len(numbers) == 1
        for number in numbers:
            match = _first_match(part.entries[number], file, prefix, index)
            matches[number] = _unless_own(part.entries[number], match, index) if is_alone else match
    return matches


def _unless_own(entry: Entry, match: Match, index: ImageIndex) -> Match:
    """The match of a file of one image, unless it names another image than the one with its own path and name."""
    if stem_of(entry.file) not in entry.other_images:
        return match
    own = index.of_key_of(entry.file)
    is_other = len(own) == 1 and match.image and match.image != own[0] and entry.image
    return Match(candidates=(own[0], match.image)) if is_other else match


def _first_match(entry: Entry, file: str, prefix: tuple[str, ...], index: ImageIndex) -> Match:
    first = Match()
    for position, name in enumerate((entry.image, *entry.other_images)):
        match = index.find(name, file, prefix if not position else ())
        if match.image:
            return match
        first = first if first.candidates else match
    return first


def _only_alone_by_name(part: Written, matches: dict[int, Match], index: ImageIndex) -> None:
    """Take the image back from label files that claim it by its name alone, where several do."""
    claims: dict[str, list[int]] = {}
    for number, match in matches.items():
        if match.image:
            claims.setdefault(match.image, []).append(number)
    objects = _Objects(part)
    for image, numbers in claims.items():
        if len(numbers) < 2:
            continue
        files = {part.entries[number].file for number in numbers}
        if len(files) < 2:
            continue
        exact = [number for number in numbers if _is_by_path(part.entries[number], image, index)]
        if len(exact) == len(numbers):
            continue
        for number in numbers:
            if number not in exact and (exact or not _are_alike(part, numbers, objects)):
                matches[number] = Match(candidates=(image,))


def _is_by_path(entry: Entry, image: str, index: ImageIndex) -> bool:
    """Whether folders say that an entry means an image, not only its name."""
    if not entry.image:
        return image in index.of_key_of(entry.file)
    parts, is_absolute = split_reference(entry.image)
    folders = entry.file.split("/")[:-1]
    return len(parts) > 1 or is_absolute or image.split("/")[:-1] == folders


class _Objects:
    """The objects of entries, as written; they are looked up only where label files claim one image."""

    def __init__(self, part: Written) -> None:
        self._part = part

    @cached_property
    def _rows(self) -> dict[int, list[int]]:
        rows: dict[int, list[int]] = {}
        for row, entry in enumerate(self._part.entry):
            rows.setdefault(entry, []).append(row)
        return rows

    def are_equal(self, numbers: list[int]) -> bool:
        """Whether these entries have the same objects, or copies of them that were left out."""
        kept = [number for number in numbers if number not in self._part.copied]
        counts = {len(self._rows.get(number, ())) + self._part.copied[number] for number in numbers}
        return len(counts) == 1 and len({self._written(number) for number in kept}) <= 1

    def _written(self, number: int) -> tuple[tuple[str, tuple[float, ...]], ...]:
        part = self._part
        rows = self._rows.get(number, ())
        return tuple(sorted((part.token[row], tuple(part.values[4 * row : 4 * row + 4])) for row in rows))


def _are_alike(part: Written, numbers: list[int], objects: _Objects) -> bool:
    """Whether label files that name one image by its bare name mean the same one.

    They do if they are of one split, and either parts of one data set, in one folder, or copies with equal objects.
    """
    entries = [part.entries[number] for number in numbers]
    if not entries[0].image or len({entry.split for entry in entries} - {""}) > 1:
        return False
    is_one_folder = len({entry.file.rpartition("/")[0] for entry in entries}) == 1
    return is_one_folder or objects.are_equal(numbers)


def _report(placed: Placed, number: int, match: Match, objects: int, index: ImageIndex) -> None:
    entry = placed.part.entries[number]
    counted = "1 object" if objects == 1 else f"{objects:,} objects"
    name = entry.image or stem_of(entry.file)
    where = _where(entry)
    placed.orphans.append(entry.image or entry.file)
    unsupported = "" if match.candidates else index.unsupported_of(name)
    if unsupported:
        placed.unsupported.add(unsupported)
    if len(placed.findings) >= _MOST_FINDINGS:
        return
    severity = Severity.BLOCKS
    if unsupported:
        check = "unsupported-image"
        message = f"{where}: {counted} on {unsupported}, an image of a kind that is not read."
    elif len(match.candidates) > 1:
        check = "ambiguous-image"
        some = ", ".join(match.candidates[:4])
        message = f"{where}: {counted} of {quoted(name, _NAMES_SHOWN)}, which may be {some}."
    elif match.candidates:
        check = "missing-image" if entry.image else "orphan-label"
        message = (
            f"{where}: {counted}, but no image {quoted(name, _NAMES_SHOWN)}; {match.candidates[0]} has the name and "
            "lies in another folder, or belongs to another label file."
        )
    elif entry.image:
        check = "missing-image"
        message = f"{where}: {quoted(name, _NAMES_SHOWN)} is missing ({counted})."
        if entry.has_embedded_image:
            message += " The label file holds the image itself; save it as a file of this name."
    else:
        check = "orphan-label"
        message = f"{entry.file}: {counted}, but no image of this name."
        severity = Severity.BLOCKS if objects or entry.file in placed.part.unreadable_files else Severity.LOOK
    if entry.image and not objects and len(match.candidates) < 2:
        severity = Severity.LOOK
    placed.findings.append(Finding(check=check, severity=severity, message=message, file=entry.file, line=entry.line))


def _where(entry: Entry) -> str:
    if not entry.image or not entry.line:
        return entry.file
    is_of_lines = entry.file.lower().endswith((".csv", ".tsv", ".txt"))
    return f"{entry.file}, {'line' if is_of_lines else 'image'} {entry.line}"


def _report_other_names(placed: Placed, matches: dict[int, Match]) -> None:
    """One finding for each label file that spells names of images otherwise than the files are named."""
    others = [number for number, match in matches.items() if match.image and match.is_by_other_name]
    by_file: dict[str, list[int]] = {}
    for number in others:
        by_file.setdefault(placed.part.entries[number].file, []).append(number)
    for file, numbers in by_file.items():
        first = numbers[0]
        entry, image = placed.part.entries[first], placed.images[first]
        name = entry.image or next(iter(entry.other_images), "")
        message = f"{file}: {len(numbers):,} names of images differ from the files, such as {quoted(name)} for {image}."
        placed.findings.append(Finding(check="other-name", severity=Severity.LOOK, message=message, file=file, line=0))
