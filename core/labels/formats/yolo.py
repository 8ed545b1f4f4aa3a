"""YOLO: one text file per image, `class cx cy w h` or a polygon, from 0 to 1; Ultralytics and Darknet layouts."""

from typing import Final

import numpy as np

from core.labels.formats import coordinates
from core.labels.formats.base import Reading, ReadOptions, Sniff
from core.labels.formats.builder import Builder
from core.labels.formats.line_reader import Plan, find_pairs, read_lines, sample_lines
from core.labels.formats.yolo_layout import read_description, read_names, read_splits
from core.labels.sources.source_tree import SourceTree

FORMAT_ID: Final = "yolo"


def sniff(tree: SourceTree) -> Sniff:
    """A high score if images have text files with numbers that are shares of the image's size."""
    pairs = find_pairs(tree)
    lines = sample_lines(tree, pairs)
    described = read_description(tree, Builder()) is not None
    if not pairs.image_of and not lines.rows:
        return Sniff(0.0)
    frame = coordinates.decide(np.array([row.values for row in lines.rows]))
    if not lines.rows:
        return Sniff(0.9 if described else 0.1, "No object is written.")
    return Sniff(0.85 if frame.is_normalised else 0.1, frame.evidence)


def read(tree: SourceTree, options: ReadOptions) -> Reading:
    """Reads all text files, with names and splits from the YAML file, the lists beside it, or the folders' names."""
    builder = Builder()
    description = read_description(tree, builder)
    listed = read_names(tree, description, builder)
    names, names_from = listed or (None, "")
    plan = Plan(FORMAT_ID, names, names_from, read_splits(tree, description), "normalised")
    return read_lines(tree, options, find_pairs(tree), plan, builder)
