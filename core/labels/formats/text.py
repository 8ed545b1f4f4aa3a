"""The reference format: one text file per image, `class x1 y1 x2 y2` in absolute px, and a classes.txt."""

from typing import Final

import numpy as np

from core.labels.formats import coordinates
from core.labels.formats.base import Reading, ReadOptions, Sniff
from core.labels.formats.builder import Builder
from core.labels.formats.class_names import read_list
from core.labels.formats.line_reader import Plan, find_pairs, read_lines, sample_lines
from core.labels.formats.splits import splits_of_folders
from core.labels.sources.source_tree import SourceTree

FORMAT_ID: Final = "text"


def sniff(tree: SourceTree) -> Sniff:
    """A high score if images have text files with numbers in px."""
    pairs = find_pairs(tree)
    lines = sample_lines(tree, pairs)
    if not pairs.image_of and not lines.rows:
        return Sniff(0.0)
    frame = coordinates.decide(np.array([row.values for row in lines.rows]))
    score = 0.2 if frame.is_normalised else 0.8
    # Text files beside images without such a line may be captions.
    readable = len(lines.rows) / max(len(lines.rows) + len(lines.unreadable), 1) if lines.unreadable else 1.0
    return Sniff(score * (0.5 + readable / 2), frame.evidence)


def read(tree: SourceTree, options: ReadOptions) -> Reading:
    """Reads all text files, with class names from a classes.txt at any depth."""
    builder = Builder()
    listed = read_list(tree, "classes.txt", builder)
    names, names_from = listed or (None, "")
    plan = Plan(FORMAT_ID, names, names_from, splits_of_folders(tree.images), "absolute")
    return read_lines(tree, options, find_pairs(tree), plan, builder)
