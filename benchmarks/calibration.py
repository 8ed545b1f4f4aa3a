"""What temperatures are worth: the calibration error of held-out images before and after, quick preset, three seeds.

    PYTHONPATH=. .venv/bin/python benchmarks/calibration.py WORK FOLDER_WITH_LABELS … [--demo] [--iterations 300]

Each folder is split as its source says, else 70 / 15 / 15. Temperatures are fitted on validation and measured on the
test split; without one, they are fitted on one half of the validation images and measured on the other, then the
reverse. Beside the temperatures and offsets of the app (a class is drawn to all) stand those without an offset, one
pair for all classes, and a pair for each class alone. `few` is the log loss of the same held-out images when they are
fitted on 1, 4 and 16 images drawn from the others. An interrupted script continues with the
same work folder.
"""

import argparse
import json
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from hotcoco import metrics
from trials import Trials

from core.actor import COMMAND_LINE, process_actor
from core.evaluation.matching.matching import find_overlaps, match
from core.evaluation.thresholds.temperatures import FIT_IOU, Calibrator, Floats, Scored, Spreads, fit_temperatures
from core.services import datasets, evaluation, runs
from core.services.evaluation import EvaluationRequest, OpenEvaluation
from core.services.training import TrainRequest
from core.settings import Settings
from core.training.recipe.changes import RecipeChanges
from core.training.run.status import Phase

_ACTOR: Final = process_actor("", COMMAND_LINE)
_SEEDS: Final = (1, 2, 3)
_BINS: Final = 10
_SHOWN_FROM: Final = 0.05
_FEW: Final = (1, 4, 16)
_DRAWS: Final = 10
_NO: Final = 1e-6
_FREE: Final = 1e6
_SPREADS: Final = {
    "after": Spreads(),
    "no offset": Spreads(offset=_NO, offset_of_class=_NO),
    "one for all": Spreads(inverse_of_class=_NO, offset_of_class=_NO),
    "each alone": Spreads(inverse_of_class=_FREE, offset_of_class=_FREE),
}


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("labels", type=Path, nargs="*")
    parser.add_argument("--demo", action="store_true", help="also on the demo data")
    parser.add_argument("--iterations", type=int, default=300)
    args = parser.parse_args()
    trials = Trials(args.work, args.work / "calibration.jsonl")
    sources = [*((folder.name, folder) for folder in args.labels), *([("demo", None)] if args.demo else [])]
    report = {}
    for dataset in [trials.dataset(*source) for source in sources]:
        rows: list[dict[str, Any]] = []
        for seed in _SEEDS:
            name = f"{dataset}, seed {seed}"
            changes = RecipeChanges(iterations=args.iterations, evaluate_every=max(1, args.iterations // 2), seed=seed)
            trials.result(TrainRequest(dataset=dataset, preset="quick", name=name, changes=changes))
            rows += [_measured(part, seed) for part in _parts(trials.settings, dataset, name)]
        report[dataset] = {"mean": _means(rows), "each": rows}
    print(json.dumps(report, indent=2))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """An evaluation on validation with its images to fit on (ids), and held-out detections."""

    val: OpenEvaluation
    images: list[int]
    held_out: Scored

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(self.val.class_names)


def _parts(settings: Settings, dataset: str, name: str) -> Iterator[_Part]:
    run = next(row.run for row in runs.list_runs(settings) if row.name == name)
    val = _evaluated(settings, run, "val")
    images = val.truth.images.sort_values("content_hash")["image_id"].tolist()
    if (datasets.open_version(settings, dataset).labels.images["split"] == "test").any():
        test = _evaluated(settings, run, "test")
        yield _Part(val=val, images=images, held_out=_scored(test, test.truth.images["image_id"].tolist()))
        return
    for fit_on, held_out in ((images[::2], images[1::2]), (images[1::2], images[::2])):
        yield _Part(val=val, images=fit_on, held_out=_scored(val, held_out))


def _evaluated(settings: Settings, run: str, split: str) -> OpenEvaluation:
    """The evaluation of the run's best checkpoint on this split, made if it is missing."""
    for row in evaluation.list_evaluations(settings):
        if row.run == run and row.phase is Phase.FINISHED and row.split == split:
            return _opened(settings, row.id)
    key = evaluation.start_evaluation(settings, EvaluationRequest(run=run, split=split), actor=_ACTOR)
    evaluation.wait_for_evaluation(settings, key, lambda *_: None)
    return _opened(settings, key)


def _opened(settings: Settings, key: str) -> OpenEvaluation:
    if evaluation.find_seal(settings, key):
        evaluation.open_seal(settings, key, actor=_ACTOR)
    return evaluation.open_evaluation(settings, key)


def _scored(opened: OpenEvaluation, image_ids: list[int]) -> Scored:
    truths, detections = opened.on_images(image_ids)
    matching = match(truths, detections, find_overlaps(truths, detections), FIT_IOU)
    return Scored(
        scores=matching.scores,
        is_right=matching.truth_of >= 0,
        category_ids=detections["category_id"].to_numpy(dtype=np.int64),
    ).where(~matching.is_ignored)


def _measured(part: _Part, seed: int) -> dict[str, Any]:
    fit_on, held_out, classes = _scored(part.val, part.images), part.held_out, part.classes
    fitted = fit_temperatures(fit_on, classes)
    return {
        "detections": [len(fit_on.scores), len(held_out.scores)],
        "right": [int(fit_on.is_right.sum()), int(held_out.is_right.sum())],
        "pooled": _rounded(fitted.pooled),
        "per_class": [_rounded(of_class) for of_class in fitted.per_class],
        "before": _errors(held_out, held_out.scores, classes),
        **{name: _errors(held_out, scores, classes) for name, scores in _calibrated(fit_on, held_out, classes)},
        "few": _with_few(part, seed),
    }


def _calibrated(fit_on: Scored, held_out: Scored, classes: int) -> Iterator[tuple[str, Floats]]:
    for name, spreads in _SPREADS.items():
        fitted = fit_temperatures(fit_on, classes, spreads)
        yield name, fitted.calibrated(held_out.scores, held_out.category_ids)


def _with_few(part: _Part, seed: int) -> dict[str, float]:
    """Mean log loss of the held-out detections by the number of images to fit on and the way to fit."""
    random = np.random.default_rng(seed)
    losses: dict[str, list[float]] = {}
    for count in _FEW:
        for _ in range(_DRAWS):
            fit_on = _scored(part.val, random.choice(part.images, count, replace=False).tolist())
            for name, scores in _calibrated(fit_on, part.held_out, part.classes):
                losses.setdefault(f"{count}, {name}", []).append(_log_loss(part.held_out, scores))
    return {name: round(statistics.mean(values), 4) for name, values in losses.items()}


def _log_loss(held_out: Scored, scores: Floats) -> float:
    inside = np.clip(scores, 1e-6, 1 - 1e-6)
    return float(-np.log(np.where(held_out.is_right, inside, 1 - inside)).mean())


def _errors(held_out: Scored, scores: Floats, classes: int) -> dict[str, float]:
    """The calibration error of all, the mean of the classes', that of scores from 0.05, and the mean log loss."""
    of_classes = [held_out.category_ids == key for key in range(classes)]
    figures = {
        "ece": _ece(scores, held_out.is_right),
        "ece_of_classes": statistics.mean(
            _ece(scores[chosen], held_out.is_right[chosen]) for chosen in of_classes if chosen.any()
        ),
        f"ece_from_{_SHOWN_FROM:g}": _ece(
            scores[held_out.scores >= _SHOWN_FROM], held_out.is_right[held_out.scores >= _SHOWN_FROM]
        ),
        "log_loss": _log_loss(held_out, scores),
    }
    return {name: round(value, 4) for name, value in figures.items()}


def _ece(scores: Floats, is_right: Any) -> float:
    return float(metrics.calibration_error(scores, is_right, _BINS)[0])


def _rounded(calibrator: Calibrator) -> dict[str, float]:
    return {"temperature": round(calibrator.temperature, 3), "offset": round(calibrator.offset, 3)}


def _means(rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """The mean of each figure over seeds and halves."""
    names = [name for name, value in rows[0].items() if isinstance(value, dict)]
    return {
        name: {figure: round(statistics.mean(row[name][figure] for row in rows), 4) for figure in rows[0][name]}
        for name in names
    }


if __name__ == "__main__":
    main()
