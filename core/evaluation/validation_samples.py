"""What a model in training finds on a few fixed validation images, kept at every evaluation of a run.

The run's `samples/` holds `images.parquet` and `truths.parquet` (core.tables.IMAGES and ANNOTATIONS of the chosen
images) and one `iteration-000123.parquet` (DETECTIONS) an evaluation. Written by the worker, read by core.services.
"""

import logging
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from core.errors import DamagedFileError
from core.records import damaged
from core.tables import ANNOTATIONS, DETECTIONS, IMAGES, conform, load_table, write_table

_LOG = logging.getLogger(__name__)
SAMPLE_IMAGES: Final = 8
# As many steps as a slider can tell apart, and a few hundred KB for the longest run.
MOST_STEPS: Final = 60
# The surest boxes of an image; more would hide it.
MOST_BOXES: Final = 40
_SEED: Final = 8
_STEP: Final = re.compile(r"iteration-(\d{1,12})\.parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleImages:
    """The chosen images and the objects on them, as they were when the run began."""

    images: pd.DataFrame
    truths: pd.DataFrame


class SampleBook:
    """The samples of one run, as its worker writes them."""

    def __init__(self, folder: Path, images: pd.DataFrame, annotations: pd.DataFrame) -> None:
        """Choose the images among the validation images, or go on with those of an earlier start."""
        self._folder = folder
        ids = choose_samples(images, annotations)
        chosen = images.set_index("image_id", drop=False).loc[ids]
        self._images = SampleImages(
            images=conform(chosen, IMAGES), truths=conform(annotations[annotations["image_id"].isin(ids)], ANNOTATIONS)
        )

    def write(self, iteration: int, detections: pd.DataFrame) -> None:
        """Keep what was found after `iteration` iterations; detections of other images are passed over.

        What a worker before wrote beyond this iteration is removed: the run went back. A full disk costs the samples,
        never the run.
        """
        try:
            self._begin()
            write_table(step_file(self._folder, iteration), self._surest(detections))
            for step in steps_to_drop(kept_steps(self._folder), iteration):
                step_file(self._folder, step).unlink(missing_ok=True)
        except OSError as error:
            _LOG.warning("The sample predictions of iteration %d could not be kept: %s", iteration, error)

    def _begin(self) -> None:
        try:
            known = load_images(self._folder)
        except DamagedFileError:
            known = None
        if known is not None and known.images.equals(self._images.images):
            return
        for step in kept_steps(self._folder):
            step_file(self._folder, step).unlink(missing_ok=True)
        write_table(self._folder / "truths.parquet", self._images.truths)
        # Last: its presence says that both are there.
        write_table(images_file(self._folder), self._images.images)

    def _surest(self, detections: pd.DataFrame) -> pd.DataFrame:
        shown = detections[detections["image_id"].isin(self._images.images["image_id"])]
        surest = shown.sort_values("score", ascending=False, kind="stable").groupby("image_id").head(MOST_BOXES)
        return conform(surest, DETECTIONS)


def choose_samples(images: pd.DataFrame, annotations: pd.DataFrame, number: int = SAMPLE_IMAGES) -> list[int]:
    """The ids of the images to follow, rising; the same for every run that is judged on the same images.

    Each class in turn, the least shown and rarest first, gets one of the images that it is on: the one that shows
    most classes not seen yet, else by a draw from a fixed seed. Images without objects only fill up.
    """
    drawn = np.random.default_rng(_SEED).permutation(np.sort(images["image_id"].to_numpy())).tolist()
    objects = annotations[annotations["image_id"].isin(drawn) & ~annotations["is_crowd"]]
    classes_on: dict[int, set[int]] = {image: set() for image in drawn}
    for image, category in objects[["image_id", "category_id"]].drop_duplicates().itertuples(index=False, name=None):
        classes_on[int(image)].add(int(category))
    spread = Counter(category for classes in classes_on.values() for category in classes)
    shown: Counter[int] = Counter()
    chosen: list[int] = []
    while len(chosen) < min(number, len(drawn)):
        best = _next_sample([image for image in drawn if image not in chosen], classes_on, spread, shown)
        shown.update(classes_on[best])
        chosen.append(best)
    return sorted(chosen)


def _next_sample(
    left: list[int], classes_on: Mapping[int, set[int]], spread: Mapping[int, int], shown: Mapping[int, int]
) -> int:
    """One more image, for the class that needs it most among those that are on an image that is left."""
    for category in sorted(spread, key=lambda one: (shown[one], spread[one], one)):
        with_it = [image for image in left if category in classes_on[image]]
        if with_it:
            return max(with_it, key=lambda image: sum(shown[one] == 0 for one in classes_on[image]))
    return left[0]


def steps_to_drop(steps: list[int], newest: int) -> list[int]:
    """Which steps to remove once `newest` was written: those beyond it, and where there are too many the closest ones.

    The first and the newest stay, and what stays lies about evenly.
    """
    dropped = [step for step in steps if step > newest]
    kept = [step for step in steps if step <= newest]
    while len(kept) > MOST_STEPS:
        gaps = [kept[place + 1] - kept[place - 1] for place in range(1, len(kept) - 1)]
        dropped.append(kept.pop(1 + int(np.argmin(gaps))))
    return dropped


def kept_steps(folder: Path) -> list[int]:
    """The iterations that predictions are kept of, rising; none for a run that was not evaluated yet."""
    if not folder.is_dir():
        return []
    found = (_STEP.fullmatch(path.name) for path in folder.iterdir() if path.is_file())
    return sorted(int(match[1]) for match in found if match)


def load_images(folder: Path) -> SampleImages | None:
    """The chosen images with their objects; None before the first evaluation."""
    if not images_file(folder).exists():
        return None
    return SampleImages(images=load_table(images_file(folder), IMAGES), truths=_truths(folder / "truths.parquet"))


def load_step(folder: Path, iteration: int) -> pd.DataFrame:
    """What was found after that many iterations (core.tables.DETECTIONS).

    Raises FileNotFoundError, DamagedFileError.
    """
    return load_table(step_file(folder, iteration), DETECTIONS)


def _truths(path: Path) -> pd.DataFrame:
    try:
        return load_table(path, ANNOTATIONS)
    except FileNotFoundError:
        raise damaged(path, "it is missing") from None


def images_file(folder: Path) -> Path:
    """Where the chosen images lie; once it is there, all is."""
    return folder / "pictures.parquet"


def step_file(folder: Path, iteration: int) -> Path:
    """Where the predictions after that many iterations lie."""
    return folder / f"iteration-{iteration:06d}.parquet"
