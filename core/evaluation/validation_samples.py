"""Sample predictions: the detections of a model in training on a few fixed validation images, at every validation.

The run's `samples/` holds `pictures.parquet` and `truths.parquet` (core.tables.IMAGES and ANNOTATIONS of the chosen
images) and one `iteration-000123.parquet` (DETECTIONS) per validation. The worker writes them, core.services reads
them.
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
# As many steps as a slider can resolve, and a few hundred KB for the longest run.
MOST_STEPS: Final = 60
# The boxes with the highest scores on an image. More would hide the image.
MOST_BOXES: Final = 40
_SEED: Final = 8
_STEP: Final = re.compile(r"iteration-(\d{1,12})\.parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleImages:
    """The chosen images and their objects, as they were when the run began."""

    images: pd.DataFrame
    truths: pd.DataFrame


class SampleBook:
    """Writes the samples of one run."""

    def __init__(self, folder: Path, images: pd.DataFrame, annotations: pd.DataFrame) -> None:
        """Chooses among the validation images; the choice is the same after a resume."""
        self._folder = folder
        ids = choose_samples(images, annotations)
        chosen = images.set_index("image_id", drop=False).loc[ids]
        self._images = SampleImages(
            images=conform(chosen, IMAGES), truths=conform(annotations[annotations["image_id"].isin(ids)], ANNOTATIONS)
        )

    def write(self, iteration: int, detections: pd.DataFrame) -> None:
        """Writes the detections after `iteration` iterations, only those on the chosen images.

        Removes later steps of an earlier worker, because the run resumed before them. A full disk costs the samples,
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
            stored = load_images(self._folder)
        except DamagedFileError:
            stored = None
        if stored is not None and stored.images.equals(self._images.images):
            return
        for step in kept_steps(self._folder):
            step_file(self._folder, step).unlink(missing_ok=True)
        write_table(self._folder / "truths.parquet", self._images.truths)
        # Written last: if it exists, so does the other.
        write_table(images_file(self._folder), self._images.images)

    def _surest(self, detections: pd.DataFrame) -> pd.DataFrame:
        on_samples = detections[detections["image_id"].isin(self._images.images["image_id"])]
        surest = on_samples.sort_values("score", ascending=False, kind="stable").groupby("image_id").head(MOST_BOXES)
        return conform(surest, DETECTIONS)


def choose_samples(images: pd.DataFrame, annotations: pd.DataFrame, number: int = SAMPLE_IMAGES) -> list[int]:
    """The ids of the sample images, rising; the same for every run that validates on the same images.

    Takes the class with the fewest samples so far, the rarest first, and adds one of its images: the one with the most
    classes that have no sample yet, else by a draw from a fixed seed. Images without objects only fill up.
    """
    drawn = np.random.default_rng(_SEED).permutation(np.sort(images["image_id"].to_numpy())).tolist()
    objects = annotations[annotations["image_id"].isin(drawn) & ~annotations["is_crowd"]]
    classes_on: dict[int, set[int]] = {image: set() for image in drawn}
    for image, category in objects[["image_id", "category_id"]].drop_duplicates().itertuples(index=False, name=None):
        classes_on[int(image)].add(int(category))
    spread = Counter(category for classes in classes_on.values() for category in classes)
    covered: Counter[int] = Counter()
    chosen: list[int] = []
    while len(chosen) < min(number, len(drawn)):
        best = _next_sample([image for image in drawn if image not in chosen], classes_on, spread, covered)
        covered.update(classes_on[best])
        chosen.append(best)
    return sorted(chosen)


def _next_sample(
    left: list[int], classes_on: Mapping[int, set[int]], spread: Mapping[int, int], covered: Mapping[int, int]
) -> int:
    """One more of the images left, for the class with the fewest samples among those on these images."""
    for category in sorted(spread, key=lambda category: (covered[category], spread[category], category)):
        with_it = [image for image in left if category in classes_on[image]]
        if with_it:
            return max(with_it, key=lambda image: sum(covered[other] == 0 for other in classes_on[image]))
    return left[0]


def steps_to_drop(steps: list[int], newest: int) -> list[int]:
    """The steps to remove after `newest` was written: later ones, and of too many those closest to their neighbours.

    The first and the newest stay, and the rest stays about evenly spaced.
    """
    dropped = [step for step in steps if step > newest]
    kept = [step for step in steps if step <= newest]
    while len(kept) > MOST_STEPS:
        gaps = [kept[index + 1] - kept[index - 1] for index in range(1, len(kept) - 1)]
        dropped.append(kept.pop(1 + int(np.argmin(gaps))))
    return dropped


def kept_steps(folder: Path) -> list[int]:
    """The iterations with predictions, rising; [] for a run without a validation so far."""
    if not folder.is_dir():
        return []
    matches = (_STEP.fullmatch(path.name) for path in folder.iterdir() if path.is_file())
    return sorted(int(match[1]) for match in matches if match)


def load_images(folder: Path) -> SampleImages | None:
    """The chosen images with their objects; None before the first validation."""
    if not images_file(folder).exists():
        return None
    return SampleImages(images=load_table(images_file(folder), IMAGES), truths=_truths(folder / "truths.parquet"))


def load_step(folder: Path, iteration: int) -> pd.DataFrame:
    """The detections after this many iterations (core.tables.DETECTIONS).

    Raises FileNotFoundError, DamagedFileError.
    """
    return load_table(step_file(folder, iteration), DETECTIONS)


def _truths(path: Path) -> pd.DataFrame:
    try:
        return load_table(path, ANNOTATIONS)
    except FileNotFoundError:
        raise damaged(path, "it is missing") from None


def images_file(folder: Path) -> Path:
    """The file of the chosen images, which is written last."""
    return folder / "pictures.parquet"


def step_file(folder: Path, iteration: int) -> Path:
    """The file of the predictions after this many iterations."""
    return folder / f"iteration-{iteration:06d}.parquet"
