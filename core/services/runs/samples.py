"""A run's detections on its sample images at each evaluation, matched as on every other page.

All runs on a data set version have the same images: see core.evaluation.validation_samples.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from core.evaluation.matching.matching import find_overlaps, match
from core.evaluation.matching.outcomes import Outcome, TruthOutcome, outcomes_at
from core.evaluation.validation_samples import (
    SampleImages,
    images_file,
    kept_steps,
    load_images,
    load_step,
    step_file,
)
from core.services.runs.control import run_folder
from core.settings import Settings
from core.tables import BOX_COLUMNS
from core.training.run.job import read_job

# The default of the evaluate page.
SAMPLE_IOU: Final = 0.5
_OUTCOMES: Final = [str(outcome) for outcome in Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleImage:
    """A sample image. `truths` holds `[id, class, x1, y1, x2, y2, is_crowd]` per object, in px of the upright image."""

    image_id: int
    file_name: str
    width: int
    height: int
    truths: list[list[float]]


@dataclass(frozen=True, slots=True)
class SampleStep:
    """One evaluation, matched for every score threshold at once (as in core.services.evaluation.viewer_boxes).

    `detections`: for each image `[class, score, x1, y1, x2, y2, outcome, iou]` per detection, highest score first; the
    outcome is an index into core.evaluation.matching.outcomes.Outcome. `scores`: for each image the score of the
    detection that found each truth, None for a missed one.
    """

    iteration: int
    detections: list[list[list[float]]]
    scores: list[list[float | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSamples:
    """The samples of a run; `steps` are sorted by iteration, `dataset` is an id."""

    dataset: str
    version: str
    classes: tuple[str, ...]
    images: list[SampleImage]
    steps: list[SampleStep]


def read_samples(settings: Settings, ref: str) -> RunSamples | None:
    """The samples of the run with this id or name; None before its first evaluation. Raises NotFoundError.

    Computes only what is new since the last call in this process.
    """
    folder = run_folder(settings, ref)
    try:
        chosen = images_file(folder.samples).stat().st_mtime_ns
    except FileNotFoundError:
        return None
    steps = []
    for iteration in kept_steps(folder.samples):
        try:
            written = step_file(folder.samples, iteration).stat().st_mtime_ns
            steps.append(_step(folder.samples, chosen, iteration, written))
        except FileNotFoundError:
            continue  # the worker has just removed it: a resume or a limit
    if not steps:
        return None
    job = read_job(folder)
    return RunSamples(
        dataset=job.dataset,
        version=job.version,
        classes=job.classes,
        images=_images(folder.samples, chosen),
        steps=steps,
    )


# The times detect a new file at an old path.
@lru_cache(maxsize=64)
def _chosen(folder: Path, chosen_ns: int) -> SampleImages:
    images = load_images(folder)
    if images is None:
        raise FileNotFoundError(folder)
    return images


@lru_cache(maxsize=64)
def _images(folder: Path, chosen_ns: int) -> list[SampleImage]:
    images = _chosen(folder, chosen_ns)
    objects = images.truths[["annotation_id", "category_id", *BOX_COLUMNS, "is_crowd"]]
    by_image = {key: objects.iloc[rows].to_numpy(dtype=float).tolist() for key, rows in _rows(images.truths).items()}
    return [
        SampleImage(
            image_id=int(row.image_id),
            file_name=str(row.file_name),
            width=int(row.width),
            height=int(row.height),
            truths=by_image.get(key, []),
        )
        for row in images.images.itertuples(index=False)
        for key in [int(row.image_id)]
    ]


# Enough for the steps of the runs that a few people view.
@lru_cache(maxsize=1000)
def _step(folder: Path, chosen_ns: int, iteration: int, written_ns: int) -> SampleStep:
    return match_step(_chosen(folder, chosen_ns), load_step(folder, iteration), iteration)


def match_step(images: SampleImages, detections: pd.DataFrame, iteration: int) -> SampleStep:
    """Match the detections of an evaluation at IoU SAMPLE_IOU, for all scores."""
    truths, detections = images.truths.reset_index(drop=True), detections.reset_index(drop=True)
    outcomes = outcomes_at(
        truths, detections, match(truths, detections, find_overlaps(truths, detections), SAMPLE_IOU), 0.0
    )
    table = outcomes.detections
    figures = np.column_stack(
        [
            table["category_id"].to_numpy(dtype=float),
            table["score"].round(4),
            table[BOX_COLUMNS].round(1).to_numpy(),
            table["outcome"].map(_OUTCOMES.index).to_numpy(dtype=float),
            table["iou"].round(3),
        ]
    )
    detection_rows, truth_rows = _rows(table), _rows(outcomes.truths)
    is_found = outcomes.truths["outcome"] == TruthOutcome.MATCHED
    scores = [
        round(score, 4) if matched else None
        for score, matched in zip(outcomes.truths["found_score"].tolist(), is_found.tolist(), strict=True)
    ]
    nothing = np.zeros(0, dtype=np.int64)
    ids = images.images["image_id"].tolist()
    return SampleStep(
        iteration,
        [figures[_surest_first(figures, detection_rows.get(key, nothing))].tolist() for key in ids],
        [[scores[row] for row in truth_rows.get(key, nothing)] for key in ids],
    )


def _surest_first(figures: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(n,) row numbers by falling score; `figures` (N, 8) as in `SampleStep.detections`, `rows` (n,) row numbers."""
    return rows[np.argsort(-figures[rows, 1], kind="stable")]


def _rows(table: pd.DataFrame) -> dict[int, Any]:
    """Row numbers by image."""
    return {int(key): rows for key, rows in table.reset_index(drop=True).groupby("image_id").indices.items()}
