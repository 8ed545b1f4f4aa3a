"""Opens an evaluation: its tables, images, and the outcomes of its boxes at any score threshold and IoU. Read-only."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from core.errors import AppError, DamagedFileError, NotFoundError
from core.evaluation.matching.matching import Matching, Overlaps, Rows, find_overlaps, match
from core.evaluation.matching.outcomes import Outcomes, outcomes_at
from core.evaluation.predictions import Truth
from core.evaluation.scores.delta_ap import DeltaAP, Repairs, prepare_repairs
from core.evaluation.scores.scores import AreaScores, Scores
from core.evaluation.slices.slices import slice_scores
from core.evaluation.slices.slicings import Slicing, find_slicings
from core.evaluation.spec import REQUEST_FILE, EvaluationSpec, read_spec
from core.evaluation.store import is_finished, load
from core.evaluation.thresholds.calibration import Background, Calibration, background_false_positives, calibrate
from core.evaluation.thresholds.cross_calibration import CrossCalibration, cross_calibrate
from core.evaluation.thresholds.curves import SuggestedThreshold, precision_recall, threshold_curves
from core.evaluation.thresholds.stored import StoredThresholds, read_thresholds
from core.evaluation.thresholds.stored_temperatures import StoredTemperatures, read_temperatures
from core.evaluation.thresholds.temperatures import FIT_IOU, Floats
from core.records import damaged
from core.services.evaluation.holdout_seal import Seal, check_open, renewed
from core.settings import Settings
from core.tables import ATTRIBUTES, empty, load_newer_table
from core.workspace.datasets import VersionFolder
from core.workspace.layout import Layout
from core.workspace.registry import Registry

DEFAULT_SCORE: Final = 0.5
_KEPT_OUTCOMES: Final = 8
_NO_THRESHOLD: Final = "No stored threshold is used."
_NO_TEMPERATURES: Final = "No stored temperatures are used."


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEvaluation:
    """A finished evaluation in memory. It caches results, so keep it (`st.cache_resource`).

    `spec` is the request; `images_folder` is None if no images were given; `iou` is that of the `spec`; `score` is that
    of the `spec`, else the threshold `stored` with the model, else 0.5. `seal` is for a test split only.
    """

    id: str
    name: str
    created: float
    spec: EvaluationSpec
    images_folder: Path | None
    truth: Truth
    detections: pd.DataFrame
    scores: Scores
    suggested: SuggestedThreshold | None
    score: float
    iou: float
    notes: list[str]
    overlaps: Overlaps
    stored: StoredThresholds | None = None  # with the evaluated run or custom model
    temperatures: StoredTemperatures | None = None  # likewise
    seal: Seal | None = None
    masks: Scores | None = None  # AP of masks, if the model predicts them
    folder: Path | None = None  # with its tables
    _matchings: dict[float, Matching] = field(default_factory=dict, repr=False, compare=False)
    _outcomes: dict[tuple[float, float], Outcomes] = field(default_factory=dict, repr=False, compare=False)
    _rows: dict[str, dict[int, Rows]] = field(default_factory=dict, repr=False, compare=False)
    _repairs: dict[float, tuple[Repairs, DeltaAP]] = field(default_factory=dict, repr=False, compare=False)
    _slicings: list[Slicing] = field(default_factory=list, repr=False, compare=False)
    _slice_scores: dict[str, list[AreaScores]] = field(default_factory=dict, repr=False, compare=False)
    _attributes: list[pd.DataFrame] = field(default_factory=list, repr=False, compare=False)
    _fits: list[CrossCalibration | None] = field(default_factory=list, repr=False, compare=False)

    @property
    def class_names(self) -> list[str]:
        """Names by class index."""
        return self.truth.categories["name"].tolist()

    def on_images(self, image_ids: Sequence[int]) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The objects and the detections of some images, in the order of the images."""
        if not self._rows:
            tables = {"truths": self.truth.annotations, "detections": self.detections}
            self._rows.update({name: table.groupby("image_id").indices for name, table in tables.items()})
        truths, detections = (
            np.concatenate([np.zeros(0, np.int64), *(rows[key] for key in image_ids if key in rows)])
            for rows in (self._rows["truths"], self._rows["detections"])
        )
        return (
            self.truth.annotations.iloc[truths].reset_index(drop=True),
            self.detections.iloc[detections].reset_index(drop=True),
        )

    def matching(self, iou: float) -> Matching:
        """The matching at an IoU, computed once. Raises AppError for an IoU out of range."""
        if iou not in self._matchings:
            other = next(iter(self._matchings.values()), None)
            order = None if other is None else other.order
            self._matchings[iou] = match(self.truth.annotations, self.detections, self.overlaps, iou, order)
        return self._matchings[iou]

    def outcomes(self, score: float, iou: float) -> Outcomes:
        """The outcome of every box at a score threshold and an IoU. Raises AppError for values outside 0 to 1."""
        if not 0 <= score <= 1:
            raise AppError(f"The score threshold is {score:g}.", "Choose one between 0 and 1.")
        outcomes = self._outcomes.get((score, iou))
        if outcomes is None:
            # A page asks for the same pair dozens of times; a few earlier pairs serve a user who goes back.
            if len(self._outcomes) >= _KEPT_OUTCOMES:
                self._outcomes.pop(next(iter(self._outcomes)), None)
            outcomes = outcomes_at(self.truth.annotations, self.detections, self.matching(iou), score)
            self._outcomes[score, iou] = outcomes
        return outcomes

    @property
    def subject(self) -> tuple[str, str] | None:
        """What was evaluated: `run` or `model`, and its id; None for two files."""
        return self.spec.subject

    def calibration(self, iou: float, category_id: int | None = None, calibrated: Floats | None = None) -> Calibration:
        """Scores, or `calibrated` ones (N,), against precision (core.evaluation.thresholds.calibration).

        Of one class, or (None) of all.
        """
        return calibrate(self.detections, self.matching(iou), category_id, calibrated)

    def cross_calibration(self) -> CrossCalibration | None:
        """Temperatures fitted on this evaluation, computed once; None if no detection counts."""
        if not self._fits:
            matching, classes = self.matching(FIT_IOU), len(self.truth.categories)
            self._fits.append(cross_calibrate(self.truth.images, self.detections, matching, classes))
        return self._fits[0]

    def calibrated(self, boxes: pd.DataFrame, score: str = "score") -> Floats | None:
        """(N,) calibrated scores, 0 to 1, of some boxes by the stored temperatures; None if there are none.

        Args: boxes (N rows) with `category_id` and the column `score`; a score of NaN (not found) stays NaN.
        """
        if self.temperatures is None:
            return None
        scores = boxes[score].to_numpy(dtype=np.float64)
        category_ids = boxes["category_id"].to_numpy(dtype=np.int64)
        return self.temperatures.of(self.class_names).calibrated(scores, category_ids)

    def background(self) -> Background:
        """Detections on the images without objects (core.evaluation.thresholds.calibration)."""
        return background_false_positives(self.truth.images, self.truth.annotations, self.detections)

    def repairs(self, iou: float) -> tuple[Repairs, DeltaAP]:
        """Delta AP at an IoU: what AP gains without the mistakes of each cause. Computed once for each IoU."""
        if iou not in self._repairs:
            truth = self.truth
            ready = prepare_repairs(truth.annotations, self.detections, self.matching(iou), len(truth.categories))
            self._repairs[iou] = ready, ready.delta_ap()
        return self._repairs[iou]

    def slicings(self) -> list[Slicing]:
        """The slicings with at least two non-empty parts (core.evaluation.slices.slicings), computed once."""
        if not self._slicings:
            self._slicings[:] = find_slicings(self.truth, self.detections)
        return self._slicings

    def slice_scores(self, slicing: Slicing) -> list[AreaScores]:
        """AP of each part of a slicing, computed once."""
        if slicing.name not in self._slice_scores:
            self._slice_scores[slicing.name] = slice_scores(slicing, self.truth, self.detections)
        return self._slice_scores[slicing.name]

    def attributes(self) -> pd.DataFrame:
        """The attributes of its images and objects (core.tables.ATTRIBUTES), read from the data set version once.

        Without rows for two files, and for a version without attributes. Raises DamagedFileError.
        """
        if not self._attributes:
            self._attributes.append(self._read_attributes())
        return self._attributes[0]

    def _read_attributes(self) -> pd.DataFrame:
        if self.folder is None or not self.spec.data:
            return empty(ATTRIBUTES)
        rows = load_newer_table(VersionFolder(self.folder / self.spec.data).table("attributes"), ATTRIBUTES)
        is_here = rows["image_id"].isin(self.truth.images["image_id"])
        of_object = rows["annotation_id"].isin(self.truth.annotations["annotation_id"])
        return rows[is_here & (of_object | (rows["annotation_id"] == 0))].reset_index(drop=True)

    def threshold_curves(self, iou: float) -> pd.DataFrame:
        """Precision, recall and F1 against score (core.evaluation.thresholds.curves)."""
        return threshold_curves(self.truth.annotations, self.detections, self.matching(iou), len(self.truth.categories))

    def precision_recall(self, iou: float) -> pd.DataFrame:
        """Precision against recall (core.evaluation.thresholds.curves)."""
        return precision_recall(self.truth.annotations, self.detections, self.matching(iou), len(self.truth.categories))


def open_evaluation(settings: Settings, ref: str) -> OpenEvaluation:
    """Open the evaluation with this id or name.

    Raises NotFoundError; AppError if it has not finished; SealedError if it is on a test split and its scores are not
    opened (core.services.evaluation.holdout_seal).
    """
    entry = Registry(settings).find("evaluation", ref)
    layout = Layout(settings.workspace)
    folder = layout.folder("evaluation", entry.id)
    if not is_finished(folder):
        # Raises: report this before a closed seal.
        load(folder)
    spec = _spec(folder)
    seal = check_open(layout, entry, spec)
    stored = load(folder)
    opened = OpenEvaluation(
        id=entry.id,
        name=entry.name,
        created=entry.created,
        spec=spec,
        images_folder=_images_folder(folder, spec),
        truth=stored.truth,
        detections=stored.detections,
        scores=stored.scores,
        suggested=stored.suggested,
        score=DEFAULT_SCORE,
        iou=stored.iou,
        notes=stored.notes,
        overlaps=find_overlaps(stored.truth.annotations, stored.detections),
        masks=stored.masks,
        folder=folder,
        seal=seal,
    )
    return refreshed(settings, opened)


def _spec(folder: Path) -> EvaluationSpec:
    try:
        return read_spec(folder)
    except FileNotFoundError:
        raise damaged(folder / REQUEST_FILE, "it is missing") from None


def refreshed(settings: Settings, evaluation: OpenEvaluation) -> OpenEvaluation:
    """The evaluation with the current stored threshold, temperatures and seal openings; keeps its cached results."""
    stored, temperatures, asked = None, None, evaluation.spec.score
    notes = [note for note in evaluation.notes if not note.startswith((_NO_THRESHOLD, _NO_TEMPERATURES))]
    if subject := evaluation.subject:
        folder = Layout(settings.workspace).folder(*subject)
        try:
            stored = read_thresholds(folder)
        except DamagedFileError as error:
            notes = [*notes, f"{_NO_THRESHOLD} {error.message} {error.remedy}"]
        try:
            temperatures = read_temperatures(folder)
        except DamagedFileError as error:
            notes = [*notes, f"{_NO_TEMPERATURES} {error.message} {error.remedy}"]
    usual = stored.score if stored else DEFAULT_SCORE
    seal = renewed(settings, evaluation.seal) if evaluation.seal else None
    return replace(
        evaluation,
        stored=stored,
        temperatures=temperatures,
        seal=seal,
        notes=notes,
        score=usual if asked is None else asked,
    )


def image_file(settings: Settings, evaluation: OpenEvaluation, image_id: int) -> Path:
    """Path of an image. Raises NotFoundError if it is unknown, was not given or no longer exists."""
    images = evaluation.truth.images
    names = images.loc[images["image_id"] == image_id, "file_name"]
    if names.empty:
        raise NotFoundError(f"Evaluation {evaluation.id} has no image {image_id}.", "Choose one of its images.")
    if evaluation.images_folder is None:
        raise NotFoundError("The images of this evaluation were not given.", "Evaluate again with their folder.")
    folder = evaluation.images_folder.resolve()
    try:
        path = (folder / str(names.iloc[0])).resolve()
        # The name may come from a foreign file: it must not lead out of the folder.
        is_there = path.is_relative_to(folder) and path.is_file()
    except (OSError, ValueError):
        is_there = False
    if not is_there:
        raise NotFoundError(f"{names.iloc[0]} is not in the evaluation's image folder.", "Put the image back.")
    return path


def _images_folder(folder: Path, spec: EvaluationSpec) -> Path | None:
    if spec.data:
        return folder / spec.data / "images"
    return Path(spec.images) if spec.images else None
