"""Fits temperatures on an evaluation, and calibrates each detection by temperatures that did not see its image.

The error after calibration would look too good on the images that the temperatures were fitted on.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.evaluation.matching.matching import Matching
from core.evaluation.thresholds.temperatures import Floats, Scored, Temperatures, fit_temperatures

FOLDS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossCalibration:
    """Temperatures of all images, and the scores (N,) of all detections calibrated across `folds` groups of images.

    `calibrated` is None, and `folds` 0, if fewer than two images have detections. `counted` (K,) and `right` (K,) are
    the numbers of detections that each class was fitted on. `floor` is their lowest score: the detector or a file
    leaves out what lies below, so nothing is said about it.
    """

    temperatures: Temperatures
    calibrated: Floats | None
    folds: int
    counted: tuple[int, ...]
    right: tuple[int, ...]
    floor: float


def cross_calibrate(
    images: pd.DataFrame, detections: pd.DataFrame, matching: Matching, classes: int
) -> CrossCalibration | None:
    """The temperatures of the K classes and the scores across folds; None if no detection counts.

    Args: images (core.tables.IMAGES) and detections (DETECTIONS) of the matching. Detections in crowd regions do not
    count, but have a calibrated score.
    """
    scored = Scored(
        scores=matching.scores,
        is_right=matching.truth_of >= 0,
        category_ids=detections["category_id"].to_numpy(dtype=np.int64),
    )
    is_counted = ~matching.is_ignored
    if not is_counted.any():
        return None
    fold_of = _folds(images, detections)
    folds = int(fold_of.max()) + 1
    counted = scored.where(is_counted)
    right = counted.where(counted.is_right)
    return CrossCalibration(
        temperatures=fit_temperatures(counted, classes),
        calibrated=_across(scored, is_counted, fold_of, classes) if folds > 1 else None,
        folds=folds if folds > 1 else 0,
        counted=tuple(np.bincount(counted.category_ids, minlength=classes).tolist()),
        right=tuple(np.bincount(right.category_ids, minlength=classes).tolist()),
        floor=float(counted.scores.min()),
    )


def _across(scored: Scored, is_counted: npt.NDArray[np.bool_], fold_of: npt.NDArray[np.int64], classes: int) -> Floats:
    calibrated = np.array(scored.scores)
    for fold in range(int(fold_of.max()) + 1):
        is_out = fold_of == fold
        rest = fit_temperatures(scored.where(is_counted & ~is_out), classes)
        calibrated[is_out] = rest.calibrated(scored.scores[is_out], scored.category_ids[is_out])
    return calibrated


def _folds(images: pd.DataFrame, detections: pd.DataFrame) -> npt.NDArray[np.int64]:
    """(N,) the fold of each detection, from 0: that of its image, always the same. Copies of an image share one."""
    there = images[images["image_id"].isin(detections["image_id"])]
    # The content's hash, so that copies stay together; two files have none.
    keys = [
        content or hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()
        for content, name in zip(there["content_hash"], there["file_name"], strict=True)
    ]
    place = {key: rank % FOLDS for rank, key in enumerate(sorted(set(keys)))}
    of_image = pd.Series([place[key] for key in keys], index=there["image_id"], dtype="int64")
    return of_image.loc[detections["image_id"]].to_numpy(dtype=np.int64)
