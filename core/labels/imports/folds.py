"""Divides the images of a data set into folds of equal size; each fold is the validation split once."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.errors import AppError
from core.labels.images.duplicates import group_images
from core.labels.images.scan import read_facts
from core.labels.imports.splits import assign_parts, classes_in_images
from core.labels.label_set import LabelSet
from core.labels.sources.source_tree import SourceTree
from core.progress import Progress


def images_to_fold(labels: LabelSet) -> LabelSet:
    """The label set of the images to fold: training and validation images in use, without test images."""
    images = labels.images
    is_in = images["split"].isin(["train", "val"]) & (images["use"] != "unlabelled")
    return replace(labels, images=images[is_in].reset_index(drop=True))


def groups_of(labels: LabelSet, grouping: str, folder: Path, progress: Progress) -> npt.NDArray[np.int64]:
    """(N,) the number of each image's group, by the grouping of the import.

    `folder` holds the stored images; they are read only for the grouping `duplicates`.
    """
    images = labels.images
    pixels = looks = [""] * len(images)
    if grouping == "duplicates":
        facts = read_facts(images.assign(source=images["file_name"]), SourceTree.walk(folder), progress)
        pixels, looks = facts["pixels_hash"].tolist(), facts["look_hash"].tolist()
    return group_images(grouping, images["source"].tolist(), pixels, looks)


def assign_folds(labels: LabelSet, groups: npt.NDArray[np.int64], folds: int, seed: int) -> npt.NDArray[np.int64]:
    """(N,) the fold (from 0) of each image: stratified over classes, groups kept together.

    Args: groups (N,), images of one number stay together. Raises AppError for fewer than 2 or more than 20 folds, and
    for fewer groups than folds.
    """
    if not 2 <= folds <= 20:
        raise AppError(f"{folds} folds cannot be trained.", "Choose between 2 and 20.")
    in_image = classes_in_images(labels.images, labels.annotations, len(labels.categories))
    return assign_parts(in_image, groups, (1 / folds,) * folds, seed)
