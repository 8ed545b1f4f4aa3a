"""Reads the rows of one table into a `Written`, some thousand at a time, by columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from core.boxes import Boxes
from core.coco.columns import without_collector
from core.coco.values import LARGEST_PX
from core.csv_files import parse_numbers
from core.labels.formats.base import quoted
from core.labels.formats.numbers import NumberFaultError, read_number
from core.labels.formats.tables.entries import Entries
from core.labels.formats.tables.frames import Numbers
from core.labels.formats.tables.plan import Plan
from core.labels.formats.tables.records import Record, pieces
from core.labels.formats.tables.refusals import Refusals
from core.labels.formats.tables.values import box_fields, is_blank, is_true
from core.labels.formats.written import Written

# The class of a table that names none.
ONLY_CLASS: Final = "object"
# Attributes of few values are kept once for all their rows.
_SHARED_ATTRIBUTES: Final = 10_000
# Longer than any class: a text in the wrong column.
_TOKEN_LENGTH: Final = 1_000


@dataclass(slots=True, kw_only=True)
class Rows:
    """Reads the rows of a table into a group.

    `names` translates classes as written. With `is_guessed` a row whose image or class is not ASCII is counted as
    unreadable. `numbers` sums up the group. Afterwards `tokens` are the different classes, `guesses` the names that
    depend on the encoding; `scores`, `low_scores` and `turned` count rows with a score, with one between 0 and 1, and
    with four corners.
    """

    written: Written
    plan: Plan
    entries: Entries
    group: int
    numbers: Numbers
    refusals: Refusals
    names: dict[str, str] = field(default_factory=dict)
    is_guessed: bool = False
    tokens: set[str] = field(default_factory=set)
    guesses: dict[str, None] = field(default_factory=dict)
    scores: int = 0
    low_scores: int = 0
    turned: int = 0
    _attributes: dict[tuple[str, ...], dict[str, str]] = field(default_factory=dict)

    @without_collector()
    def read(self, text: str) -> None:
        """Reads all rows. Raises BrokenFileError."""
        plan = self.plan
        width = len(plan.names)
        for lines, fields in pieces(text, plan.delimiter, fields=width, start=plan.start, line=plan.line):
            if any(record is None or len(record) != width for record in fields):
                whole = list(self._whole(lines, fields))
                lines, fields = [line for line, _ in whole], [record for _, record in whole]
            if fields:
                self._take(lines, list(zip(*fields, strict=True)))

    def _whole(self, lines: Sequence[int], records: Sequence[Record]) -> Iterator[tuple[int, list[str]]]:
        """The records with a field for each column."""
        width = len(self.plan.names)
        for line, fields in zip(lines, records, strict=True):
            if fields is not None and len(fields) == width:
                yield line, fields
            elif fields is None:
                what = "the line cannot be split into fields: look for a quote that does not end"
                self._refuse_record(line, [], "cannot be split", what)
            elif len(fields) > width and not any(map(str.strip, fields[width:])):
                yield line, fields[:width]
            elif any(map(str.strip, fields)):
                what = f"{len(fields):,} fields instead of {width:,}"
                self._refuse_record(line, fields, "another number of fields", what)

    def _refuse_record(self, line: int, fields: list[str], kind: str, what: str) -> None:
        image = self.plan.image
        # The first columns can be trusted in a row that ends early, if they are whole.
        padded = [[text] for text in (fields + [""] * len(self.plan.names))[: len(self.plan.names)]]
        is_named = image is not None and image < len(fields)
        entry = self.entries.of_rows(padded, [line])[0] if is_named or image is None else -1
        self._refuse(entry, "", kind, line, f"{what}.")

    def _refuse(self, entry: int, token: str, kind: str, line: int, what: str, check: str = "malformed-line") -> None:
        entry = self.entries.nameless(line) if entry < 0 else entry
        self.refusals.add(entry, self.names.get(token, token)[:_TOKEN_LENGTH], check, kind, line, what)

    def _take(self, lines: Sequence[int], columns: list[tuple[str, ...]]) -> None:
        """Adds the rows with these fields; each of `columns` has one for each line."""
        entries = np.array(self.entries.of_rows(columns, lines), dtype=np.int64)
        tokens = self._tokens(columns, len(lines))
        boxes = self._box_texts(columns)
        values = np.column_stack([parse_numbers(texts) for texts in boxes])
        is_fine = (np.abs(values) <= LARGEST_PX).all(axis=1) & (entries >= 0)
        is_fine &= np.array([_is_name(token) for token in tokens], dtype=bool)
        is_fine &= ~self._is_turned(columns, len(lines)) & ~self._is_guess(columns, tokens)
        plan_names = self.plan.names
        for row in np.flatnonzero(~is_fine).tolist():
            fields = [texts[row] for texts in boxes]
            record = tuple(column[row] for column in columns)
            # A header again, where tables were joined, is no object.
            if record != plan_names and not all(map(is_blank, record)):
                self._settle(int(entries[row]), tokens[row], lines[row], fields, self._image(columns, row))
        rows = np.flatnonzero(is_fine)
        if len(rows):
            self._add(rows, entries, tokens, values[rows], lines, columns)

    def _image(self, columns: Sequence[Sequence[str]], row: int) -> str:
        return "" if self.plan.image is None else columns[self.plan.image][row]

    def _tokens(self, columns: Sequence[Sequence[str]], rows: int) -> list[str]:
        if self.plan.class_name is None:
            return [ONLY_CLASS] * rows
        return [text.strip() for text in columns[self.plan.class_name]]

    def _box_texts(self, columns: Sequence[Sequence[str]]) -> list[Sequence[str]]:
        """The texts of the numbers: four columns, or eight. A decimal comma is read where no number has a point."""
        if len(self.plan.box) == 1:
            split = [box_fields(text) or (text, "", "", "") for text in columns[self.plan.box[0]]]
            return list(zip(*split, strict=True))
        boxes: list[Sequence[str]] = [columns[index] for index in self.plan.box]
        if self.plan.delimiter == ",":
            return boxes
        joined = ["".join(texts) for texts in boxes]
        if not any("," in text for text in joined) or any("." in text for text in joined):
            return boxes
        return [[text.replace(",", ".") for text in texts] for texts in boxes]

    def _is_turned(self, columns: Sequence[Sequence[str]], rows: int) -> npt.NDArray[np.bool_]:
        """(N,) whether an angle is given that is not 0."""
        if self.plan.angle is None:
            return np.zeros(rows, dtype=bool)
        angles = parse_numbers([text.strip().replace(",", ".") for text in columns[self.plan.angle]])
        return np.isfinite(angles) & (angles != 0)

    def _is_guess(self, columns: Sequence[Sequence[str]], tokens: list[str]) -> npt.NDArray[np.bool_]:
        """(N,) whether the image or class depends on an encoding that was guessed."""
        if not self.is_guessed:
            return np.zeros(len(tokens), dtype=bool)
        images = tokens if self.plan.image is None else columns[self.plan.image]
        pairs = zip(images, tokens, strict=True)
        return np.array([not (image.isascii() and token.isascii()) for image, token in pairs], dtype=bool)

    def _settle(self, entry: int, token: str, line: int, box: list[str], image: str) -> None:
        """Says what is wrong with a row. An image without a class and a box is an image without objects."""
        if self.is_guessed and not (image.isascii() and token.isascii()):
            self.guesses |= dict.fromkeys(text for text in (image.strip(), token) if not text.isascii())
            self.written.unreadable.append((entry if entry >= 0 else self.entries.nameless(line), token))
        elif entry < 0:
            self._refuse(entry, token, "no image", line, "the row names no image.")
        elif all(map(is_blank, box)):
            if self.plan.class_name is not None and not is_blank(token):
                self._refuse(entry, token, "no box", line, f"class {quoted(token)} has no box.")
        elif fault := _fault(box):
            self._refuse(entry, token, "no box of numbers", line, f"{fault}.", fault.check)
        elif not token:
            self._refuse(entry, token, "no class", line, "the box has no class.")
        elif not _is_name(token):
            self._refuse(entry, token, "no class", line, f"{quoted(token)} is no name of a class.")
        else:
            what = "the box is turned by an angle, which tables are not read with. Give its corners x1 y1 to x4 y4."
            self._refuse(entry, token, "turned by an angle", line, what)

    def _add(
        self,
        rows: npt.NDArray[np.int64],
        entries: npt.NDArray[np.int64],
        tokens: list[str],
        values: Boxes,
        lines: Sequence[int],
        columns: Sequence[Sequence[str]],
    ) -> None:
        """Adds the rows with these indices (N,); `entries` (M,) are of all rows, `values` (N, 4 or 8) of these."""
        picked = rows.tolist()
        chosen = [tokens[row] for row in picked]
        self.tokens |= set(chosen)
        if self.names:
            chosen = [self.names.get(token, token) for token in chosen]
        boxes = values if values.shape[1] == 4 else _round(values)
        first = self.written.add_rows(
            entries[rows].tolist(), chosen, boxes, group=self.group, lines=[lines[row] for row in picked]
        )
        if boxes is not values:
            polygons = values.tolist()
            self.written.polygons |= {first + number: [polygon] for number, polygon in enumerate(polygons)}
            self.turned += len(picked)
        self.numbers.add(boxes)
        self._add_attributes(first, picked, columns)
        self._count_scores(picked, columns)

    def _add_attributes(self, first: int, picked: list[int], columns: Sequence[Sequence[str]]) -> None:
        plan = self.plan
        if plan.crowd is not None:
            crowd = columns[plan.crowd]
            self.written.crowd |= {first + number for number, row in enumerate(picked) if is_true(crowd[row])}
        if not plan.extra:
            return
        records_of_extra = list(zip(*(columns[index] for index in plan.extra), strict=True))
        for number, row in enumerate(picked):
            if attributes := self._attributes_of(records_of_extra[row]):
                self.written.attributes[first + number] = attributes

    def _attributes_of(self, texts: tuple[str, ...]) -> dict[str, str]:
        attributes = self._attributes.get(texts)
        if attributes is None:
            names = (self.plan.names[index].strip() for index in self.plan.extra)
            attributes = {name: text for name, text in zip(names, map(str.strip, texts), strict=True) if text}
            if len(self._attributes) < _SHARED_ATTRIBUTES:
                self._attributes[texts] = attributes
        return attributes

    def _count_scores(self, picked: list[int], columns: Sequence[Sequence[str]]) -> None:
        if self.plan.score is None:
            return
        texts = columns[self.plan.score]
        scores = parse_numbers([texts[row].replace(",", ".") for row in picked])
        self.scores += int(np.count_nonzero(np.isfinite(scores)))
        self.low_scores += int(np.count_nonzero((scores > 0) & (scores < 1)))


def _is_name(token: str) -> bool:
    """Whether a text can be the name of a class: neither empty nor a page, and on one line."""
    return 0 < len(token) <= _TOKEN_LENGTH and "\n" not in token


def _fault(box: list[str]) -> NumberFaultError | None:
    """What is wrong with the first text that is no number, else None."""
    for text in box:
        try:
            read_number(text)
        except NumberFaultError as fault:
            return fault
        if not text.isascii():
            return NumberFaultError("malformed-line", f"{quoted(text)} is not a number")
    return None


def _round(values: Boxes) -> Boxes:
    """(N, 4) the upright boxes round four corners (N, 8)."""
    xs, ys = values[:, 0::2], values[:, 1::2]
    return np.column_stack([xs.min(axis=1), ys.min(axis=1), xs.max(axis=1), ys.max(axis=1)])
