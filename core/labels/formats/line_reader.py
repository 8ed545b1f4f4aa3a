"""Reads sources with one label file per image; the text and YOLO readers give names, splits and coordinates."""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import numpy as np

from core.boxes import Boxes
from core.labels.formats import coordinates
from core.labels.formats.base import Reading, ReadOptions, quoted
from core.labels.formats.builder import Builder
from core.labels.formats.class_names import ClassTable, number_of, table_from_tokens, table_of
from core.labels.formats.lines import FILE_BYTES, Lines, Row
from core.labels.formats.pairing import Pairs, pair
from core.labels.images.image_header import ImageHeaderError, read_header
from core.labels.sources.source_tree import SourceTree

# Text files that come with data sets and hold no boxes.
_NOT_LABELS: Final = re.compile(
    r"(classes|names|labels|labelmap|readme.*|license.*|licence.*|notes|source|sources|about|requirements.*|changelog"
    r"|train|val|valid|validation|test|trainval|autosplit_.*|_darknet|obj)\.txt",
    re.IGNORECASE,
)
_SAMPLE: Final = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """A format's names, splits and default coordinates.

    `names` are by class index (None: take them from the labels), `names_from` is their file, `splits` are by image
    path, `default` are the coordinates if no object is written.
    """

    format: str
    names: list[str] | None
    names_from: str
    splits: dict[str, str]
    default: str


def find_pairs(tree: SourceTree) -> Pairs:
    """Images and their .txt files; a text file that is no label file and belongs to no image is ignored."""
    pairs = pair(tree, [path for path in tree.with_suffix(".txt") if not _is_known_list(tree, path)])
    folders = {label.rpartition("/")[0] for label in pairs.image_of}
    pairs.orphans = [label for label in pairs.orphans if _is_label(tree, label, folders)]
    return pairs


def sample_lines(tree: SourceTree, pairs: Pairs) -> Lines:
    """A sample of the lines, spread evenly over the label files (over orphans if there is nothing else)."""
    labels = list(pairs.image_of) or pairs.orphans
    lines = Lines()
    for label in labels[:: max(len(labels) // _SAMPLE, 1)]:
        _parse(tree, label, "", lines)
    return lines


def read_lines(tree: SourceTree, options: ReadOptions, pairs: Pairs, plan: Plan, builder: Builder) -> Reading:
    """Reads all label files with a plan."""
    lines = Lines()
    for label, image in pairs.image_of.items():
        _parse(tree, label, image, lines)
    orphans = Lines()
    for label in pairs.orphans + pairs.taken:
        _parse(tree, label, "", orphans)
    builder.label_files = len(pairs.image_of) + len(pairs.orphans) + len(pairs.taken)
    builder.findings += lines.findings
    image_ids = {image: builder.image(image, split=plan.splits.get(image, "")) for image in tree.images}
    table, names_evidence = _class_table(lines.rows + orphans.rows, options, plan, builder)
    values = np.array([row.values for row in lines.rows], dtype=np.float64).reshape(-1, 4)
    frame = coordinates.decide(values, options.coordinates, plan.default)
    _report_misfits(lines.rows, frame, pairs, builder)
    boxes, sizes, placed = _boxes_px(tree, lines.rows, values, frame, pairs, builder)
    expected = _expected_classes(table)
    for row, box, size, is_placed in zip(lines.rows, boxes.tolist(), sizes, placed, strict=True):
        image = pairs.image_of[row.file]
        builder.count(table.name(row.token), image_ids[image])
        category = table.index(row.token)
        if category is None:
            message = f"{row.file}, line {row.line}: class {quoted(row.token)}, {expected}."
            builder.blocked("unknown-class", message, row.file, row.line, image)
        elif is_placed:
            area, segmentation = _mask(row, frame, size)
            builder.add(image_ids[image], category, tuple(box), row.file, row.line, area, False, segmentation)
    for file, token in lines.unreadable:
        builder.count(table.name(token) if token else "", image_ids[pairs.image_of[file]])
    for file in lines.refused:
        builder.mark_labelled(image_ids[pairs.image_of[file]])
    _report_orphans(orphans, pairs, table, builder)
    builder.unmatched_images = pairs.unlabelled
    evidence = (
        f"{len(pairs.image_of):,} of {len(tree.images):,} images have a text file. {frame.evidence} {names_evidence}"
    )
    return builder.reading(plan.format, table.categories, evidence.strip())


def _is_known_list(tree: SourceTree, path: str) -> bool:
    name = PurePosixPath(path)
    return bool(_NOT_LABELS.fullmatch(name.name)) and not tree.images_of_stem(name.stem)


def _is_label(tree: SourceTree, path: str, label_folders: set[str]) -> bool:
    """Whether a text file without an image is a label file: it lies beside others, or its first line is a label."""
    if path.rpartition("/")[0] in label_folders or "labels" in PurePosixPath(path).parts:
        return True
    try:
        with tree.path(path).open("rb") as handle:
            first = handle.readline(1000)
    except OSError:
        return False
    lines = Lines()
    lines.parse(first, path)
    return bool(lines.rows)


def _parse(tree: SourceTree, label: str, image: str, lines: Lines) -> None:
    if tree.sizes[label] > FILE_BYTES:
        lines.refuse(label, image, f"larger than {FILE_BYTES // 2**20} MiB")
        return
    try:
        data = tree.read(label)
    except OSError as error:
        lines.refuse(label, image, f"cannot be read ({error.strerror})")
        return
    lines.parse(data, label, image)


def _class_table(rows: list[Row], options: ReadOptions, plan: Plan, builder: Builder) -> tuple[ClassTable, str]:
    if options.names:
        return table_of(options.names), "Class names as given."
    if plan.names is not None:
        return table_of(plan.names), f"Class names from {plan.names_from}."
    table, numbers = table_from_tokens(row.token for row in rows)
    if not numbers:
        return table, "Class names from the labels." if table.categories else ""
    listed = ", ".join(map(str, numbers[:12])) + (", …" if len(numbers) > 12 else "")
    first = next(row for row in rows if number_of(row.token) is not None)
    message = f"Classes are numbers ({listed}) and no file names them."
    builder.blocked("names-missing", message, first.file, first.line)
    return table, "No file names the classes."


def _expected_classes(table: ClassTable) -> str:
    names = [name for name, _ in table.categories]
    if not names:
        return "but no classes are known"
    listed = ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
    return f"expected a name ({listed}) or a number from 0 to {len(names) - 1}"


def _report_misfits(rows: list[Row], frame: coordinates.Frame, pairs: Pairs, builder: Builder) -> None:
    for index in np.flatnonzero(frame.misfits).tolist():
        row = rows[index]
        numbers = " ".join(f"{value:g}" for value in row.values)
        message = f"{row.file}, line {row.line}: {numbers} does not fit the other lines' unit ({frame.coordinates})."
        builder.look("mixed-coordinates", message, row.file, row.line, pairs.image_of[row.file])


def _boxes_px(
    tree: SourceTree, rows: list[Row], values: Boxes, frame: coordinates.Frame, pairs: Pairs, builder: Builder
) -> tuple[Boxes, list[tuple[int, int]], list[bool]]:
    """(N, 4) corners in px, the image sizes used (1 x 1 for absolute frames), and whether each row could be placed.

    `values` (N, 4) are the rows' numbers as written.
    """
    if not frame.is_normalised:
        ones = np.ones(len(rows))
        return coordinates.to_pixels(values, frame.coordinates, ones, ones), [(1, 1)] * len(rows), [True] * len(rows)
    sizes: dict[str, tuple[int, int] | None] = {}
    for file in dict.fromkeys(row.file for row in rows):
        image = pairs.image_of[file]
        try:
            header = read_header(tree.path(image), tree.limits)
            sizes[file] = (header.width, header.height)
        except ImageHeaderError as error:
            sizes[file] = None
            message = f"{image}: {error}; the boxes in {file} are shares of its size and cannot be placed."
            builder.blocked("unreadable-image", message, file, 0, image)
    used = [sizes[row.file] or (1, 1) for row in rows]
    scale = np.array(used, dtype=np.float64).reshape(-1, 2)
    # Polygon rows hold corners; only rows without a polygon may be centre and size.
    boxes = coordinates.to_pixels(values, frame.coordinates, scale[:, 0], scale[:, 1])
    is_polygon = np.array([bool(row.polygon) for row in rows], dtype=np.bool_)
    if is_polygon.any():
        corners = coordinates.to_pixels(values, "normalised-corners", scale[:, 0], scale[:, 1])
        boxes[is_polygon] = corners[is_polygon]
    return boxes, used, [sizes[row.file] is not None for row in rows]


def _mask(row: Row, frame: coordinates.Frame, size: tuple[int, int]) -> tuple[float | None, str]:
    """The polygon's area in px^2 and COCO segmentation; (None, "") for a plain box."""
    if not row.polygon:
        return None, ""
    return coordinates.polygon_px(row.polygon, size if frame.is_normalised else (1, 1))


def _report_orphans(orphans: Lines, pairs: Pairs, table: ClassTable, builder: Builder) -> None:
    objects: dict[str, int] = defaultdict(int)
    for file, token in [(row.file, row.token) for row in orphans.rows] + orphans.unreadable:
        objects[file] += 1
        builder.count(table.name(token) if token else "")
    for file in pairs.orphans:
        builder.blocked("orphan-label", f"{file}: {objects[file]} objects, but no image of this name.", file)
    for file in pairs.taken:
        builder.blocked("orphan-label", f"{file}: its image has another label file already.", file)
    builder.unmatched_labels = pairs.orphans + pairs.taken
