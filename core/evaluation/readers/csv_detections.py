"""Reader of CSV files with detections of any detector, for an evaluation against a COCO ground truth.

As strict as the reader of COCO result files (coco_results): a line that does not fit refuses the file. Only classes
that the truth lacks are left out and counted. A refusal counts every bad line by its mistake and names the first ones.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.coco.columns import without_collector
from core.coco.values import quoted
from core.csv_files import parse_numbers
from core.errors import AppError
from core.evaluation.readers.coco_files import CocoTruth
from core.evaluation.readers.coco_results import sizeless_notes, strange_notes
from core.evaluation.readers.csv_header import Header, find_header
from core.evaluation.readers.csv_mistakes import BOX, CLASSES, FIELDS, IMAGES, NO_IMAGE, SCORE, Mistakes
from core.evaluation.readers.csv_names import AMBIGUOUS, UNKNOWN, Finder, class_finder, image_finder
from core.settings import Limits
from core.tables import DETECTIONS, from_columns

SUFFIXES: Final = (".csv", ".tsv", ".txt")
# About 100 MB of text at once, however long the file is.
_LINES_AT_ONCE: Final = 100_000
_LIMITS: Final = Limits()


class _Read:
    """The lines read so far, in pieces."""

    def __init__(self) -> None:
        self.rows: list[npt.NDArray[np.int64]] = []  # (N, 2) image id, class id
        self.values: list[npt.NDArray[np.float64]] = []  # (N, 5) corners x1 y1 x2 y2 in px, score
        self.strange: dict[str, int] = {}  # unknown class -> number of detections
        self.lines = 0
        self.mistakes = Mistakes()


def is_csv(path: Path) -> bool:
    """Whether a file of detections is CSV, by its name; else it is a COCO result file."""
    return path.suffix.lower() in SUFFIXES


@without_collector()
def read_csv_detections(path: Path, truth: CocoTruth, limits: Limits = _LIMITS) -> tuple[pd.DataFrame, list[str]]:
    """The detections of a CSV file in terms of `truth`, and notes on what was left out.

    The file is UTF-8 and names its columns (core.evaluation.readers.csv_header). It gives images and classes by name or
    by the ids of the truth file. Detections of a class that the truth does not have are left out and counted. Anything
    else that does not fit raises AppError, which counts all bad lines and names the first of each mistake.
    """
    try:
        size = path.stat().st_size
        if size > limits.label_file_bytes:
            raise AppError(f"{path.name} has {size:,} bytes; {limits.label_file_bytes:,} are allowed.", "Split it.")
        with path.open(encoding="utf-8-sig", newline="") as file:
            read = _read_lines(path, file, truth, limits)
    except OSError as error:
        raise AppError(f"{path} cannot be read: {error.strerror}.", "Check the path.") from error
    except UnicodeDecodeError as error:
        raise AppError(f"{path.name} is no text in UTF-8.", "Save it as CSV in UTF-8.") from error
    read.mistakes.refuse(path.name, read.lines)
    rows = np.concatenate([np.zeros((0, 2), np.int64), *read.rows])
    values = np.concatenate([np.zeros((0, 5)), *read.values])
    columns: dict[str, Any] = {"detection_id": range(1, len(rows) + 1), "image_id": rows[:, 0]}
    columns |= {"category_id": rows[:, 1], **dict(zip(("x1", "y1", "x2", "y2", "score"), values.T, strict=True))}
    return from_columns(DETECTIONS, columns), [*strange_notes(read.strange, "class"), *sizeless_notes(values)]


def _read_lines(path: Path, file: TextIO, truth: CocoTruth, limits: Limits) -> _Read:
    read = _Read()
    header = find_header(path.name, file.readline(), limits.csv_columns)
    images, classes = image_finder(truth, header.by_image_id), class_finder(truth, header.by_class_id)
    for lines, records in _pieces(path, file, header):
        read.lines += len(records)
        if read.lines > limits.csv_lines:
            raise AppError(f"{path.name} has more than {limits.csv_lines:,} lines.", "Split the file.")
        _take(read, header, lines, records, images, classes)
    return read


def _pieces(path: Path, file: Iterable[str], header: Header) -> Iterator[tuple[list[int], list[list[str]]]]:
    """Line numbers and fields of some lines at a time, without empty lines."""
    reader = csv.reader(file, delimiter=header.delimiter, strict=True)
    # The header is line 1 and already read.
    numbered = ((reader.line_num + 1, record) for record in reader if record)
    while True:
        try:
            piece = list(islice(numbered, _LINES_AT_ONCE))
        except csv.Error as error:
            where = f"{path.name}, line {reader.line_num + 1}"
            raise AppError(f"{where} cannot be read: {error}.", "Look for a quote too many or too few.") from error
        if not piece:
            return
        yield [line for line, _ in piece], [record for _, record in piece]


def _take(
    read: _Read,
    header: Header,
    lines: Sequence[int],
    records: Sequence[list[str]],
    images: Finder,
    classes: Finder,
) -> None:
    """Adds these lines to `read`: the values of good lines, the mistakes of bad ones."""
    lengths = np.array(list(map(len, records)))
    is_whole = lengths == header.fields
    read.mistakes.note(FIELDS, ~is_whole, lines, lambda row: f"{lengths[row]} instead of {header.fields}")
    whole = [record for record in records if len(record) == header.fields]
    if not whole:
        return
    numbers, columns = np.array(lines)[is_whole], list(zip(*whole, strict=True))
    image_texts, class_texts, score_texts = columns[header.image], columns[header.class_name], columns[header.score]
    image, category, score = images(image_texts), classes(class_texts), parse_numbers(score_texts)
    box, has_size = _boxes(header, [columns[index] for index in header.box])
    rules: tuple[tuple[int, npt.NDArray[np.bool_], Callable[[int], str]], ...] = (
        (NO_IMAGE, image == UNKNOWN, image_texts.__getitem__),
        (IMAGES, image == AMBIGUOUS, image_texts.__getitem__),
        (
            BOX,
            ~(np.isfinite(box).all(axis=1) & has_size),
            lambda row: ", ".join(columns[index][row] for index in header.box),
        ),
        (SCORE, ~((score >= 0) & (score <= 1)), score_texts.__getitem__),
        (CLASSES, category == AMBIGUOUS, class_texts.__getitem__),
    )
    is_bad = np.zeros(len(whole), dtype=bool)
    for mistake, applies, words in rules:
        read.mistakes.note(mistake, applies & ~is_bad, numbers, words)
        is_bad |= applies
    for row in np.flatnonzero(~is_bad & (category == UNKNOWN)):
        name = quoted(class_texts[row])
        read.strange[name] = read.strange.get(name, 0) + 1
    is_good = ~is_bad & (category != UNKNOWN)
    read.rows.append(np.column_stack([image, category])[is_good])
    read.values.append(np.column_stack([box, score])[is_good])


def _boxes(header: Header, columns: Sequence[Sequence[str]]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """(N, 4) corners x1 y1 x2 y2 in px, NaN for what is no number, and (N,) whether they are in the right order."""
    box = np.column_stack([parse_numbers(texts) for texts in columns])
    if not header.is_sized:
        return box, np.all(box[:, 2:] >= box[:, :2], axis=1)
    has_size = np.all(box[:, 2:] >= 0, axis=1)
    with np.errstate(over="ignore"):
        box[:, 2:] += box[:, :2]
    return box, has_size
