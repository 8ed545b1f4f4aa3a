"""Results of a label review: AP against the corrected truth, and the document of the command line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.actor import actor_json
from core.evaluation.scores.scores import Scores, score_boxes
from core.labels.corrections import correct
from core.services.evaluation.opened import OpenEvaluation
from core.services.label_review.review import Review
from core.workspace.decisions import ACCEPT

_FIGURES: Final = ("ap", "ap50", "ap75")
NOTE: Final = (
    "Only labels that this model disputes were reviewed, so the AP against the corrected truth favours it; compare "
    "models on the new version."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescored:
    """Scores of the same detections against the original and the corrected truth, with `corrected` corrections."""

    before: Scores
    after: Scores
    corrected: int

    def to_json(self) -> dict[str, Any]:
        """The figures of the command line."""
        pairs = zip(self.before.per_class, self.after.per_class, strict=True)
        return {
            "corrections": self.corrected,
            "before": {name: getattr(self.before, name) for name in _FIGURES},
            "after": {name: getattr(self.after, name) for name in _FIGURES},
            "per_class": [
                {
                    "name": before.name,
                    "before": {"ap": before.ap, "ap50": before.ap50, "truths": before.truths},
                    "after": {"ap": after.ap, "ap50": after.ap50, "truths": after.truths},
                }
                for before, after in pairs
            ],
        }


def rescore(evaluation: OpenEvaluation, reviewed: Review) -> Rescored:
    """AP of the evaluation's detections against its truth, and against that truth with all accepted corrections."""
    truth = evaluation.truth
    present = set(truth.images["image_id"])
    corrections = [correction for correction in reviewed.corrections if correction.image_id in present]
    if not corrections:
        return Rescored(before=evaluation.scores, after=evaluation.scores, corrected=0)
    corrected = correct(truth.annotations, truth.images, corrections)
    after = score_boxes(truth.images, corrected, truth.categories, evaluation.detections)
    return Rescored(before=evaluation.scores, after=after, corrected=len(corrections))


def review_json(evaluation: OpenEvaluation, reviewed: Review, made: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The document of `suspects` (docs/cli.md); `made` is the version that was made, if any."""
    names = evaluation.class_names
    files = evaluation.truth.images.set_index("image_id")["file_name"]
    calibrated = evaluation.calibrated(reviewed.label_issues)
    rows = [
        {
            "id": row["suspect_id"],
            "kind": row["kind"],
            "image": str(files[row["image_id"]]),
            "annotation": row["annotation_id"] or None,
            "label": names[row["truth_class"]] if row["annotation_id"] else None,
            "says": names[row["category_id"]],
            "box": [row["x1"], row["y1"], row["x2"], row["y2"]],
            "score": row["score"],
            "calibrated": None if calibrated is None else float(calibrated[place]),
            "iou": row["iou"] if row["annotation_id"] else None,
            "verdict": row["verdict"] or None,
            "actor": actor_json(row["actor"]),
        }
        for place, row in enumerate(reviewed.label_issues.to_dict("records"))
    ]
    rescored = rescore(evaluation, reviewed)
    return {
        "evaluation": evaluation.id,
        "dataset": reviewed.dataset or None,
        "version": reviewed.version or None,
        "suspects": rows,
        "decided": reviewed.decided,
        "accepted": reviewed.counts[ACCEPT],
        "difference": {**reviewed.difference.to_json(), "words": reviewed.difference.words},
        "corrected": rescored.to_json(),
        "made": dict(made) if made else None,
        "notes": [NOTE] if rescored.corrected else [],
    }
