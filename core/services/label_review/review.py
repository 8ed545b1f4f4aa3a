"""Reviews the label issues of an evaluation: labels that the model disputes, and the users' decisions about them.

A version never changes: core.services.label_review.corrected_version makes a child version with the accepted
corrections. Decisions are stored with the data set version (core.workspace.decisions).
"""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from core.actor import Actor
from core.errors import AppError, ConflictError, NotFoundError
from core.evaluation.matching.label_issues import MISSING, POOR_BOX, WRONG_CLASS, find_label_issues
from core.labels.corrections import ADD, CHANGE_CLASS, MOVE, Correction, Difference, count_corrections
from core.services.evaluation.opened import OpenEvaluation
from core.settings import Settings
from core.workspace.decisions import (
    ACCEPT,
    REJECT,
    SKIP,
    VERDICTS,
    Decision,
    change_decisions,
    read_decisions,
)
from core.workspace.layout import Layout

_CHANGE: Final = {MISSING: ADD, WRONG_CLASS: CHANGE_CLASS, POOR_BOX: MOVE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The label issues of an evaluation at a score, and all decisions about its data set version.

    `label_issues` has the columns core.evaluation.matching.label_issues.LABEL_ISSUES, `verdict` (of VERDICTS, "" for
    none) and `actor` (who decided, None if unknown); highest score first. `decisions` include those from other
    evaluations. `dataset` is an id, "" for an evaluation of two files, whose labels cannot be corrected.
    """

    evaluation: str
    dataset: str
    version: str
    label_issues: pd.DataFrame
    decisions: list[Decision] = field(default_factory=list)

    @property
    def can_decide(self) -> bool:
        """Whether there is a data set to correct."""
        return bool(self.dataset)

    @property
    def counts(self) -> dict[str, int]:
        """Verdict -> number of label issues; "" is undecided."""
        counts = self.label_issues["verdict"].value_counts()
        return {verdict: int(counts.get(verdict, 0)) for verdict in (*VERDICTS, "")}

    @property
    def decided(self) -> int:
        """Number of label issues that are accepted or rejected."""
        return self.counts[ACCEPT] + self.counts[REJECT]

    @property
    def decided_share(self) -> float:
        """Share of label issues that are decided, 0 to 1; 1 if there are none."""
        return self.decided / len(self.label_issues) if len(self.label_issues) else 1.0

    @property
    def corrections(self) -> list[Correction]:
        """The accepted corrections from all evaluations of the version."""
        return [
            Correction(
                what=_CHANGE[decision.kind],
                image_id=decision.image_id,
                annotation_id=decision.annotation_id,
                category_id=decision.category_id,
                box=decision.box,
            )
            for decision in self.decisions
            if decision.verdict == ACCEPT
        ]

    @property
    def difference(self) -> Difference:
        """Counts of the corrections."""
        return count_corrections(self.corrections)

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the corrections, whatever their order."""
        rows = sorted(json.dumps(asdict(correction), sort_keys=True) for correction in self.corrections)
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()

    def next_to(self, suspect_id: int) -> int | None:
        """The id to review after this one: the next undecided issue, else a skipped one, cyclic; None for none."""
        ids, verdicts = self.label_issues["suspect_id"].tolist(), self.label_issues["verdict"].tolist()
        start = ids.index(suspect_id) + 1 if suspect_id in ids else 0
        order = [*range(start, len(ids)), *range(start)]
        for wanted in ("", SKIP):
            for index in order:
                if verdicts[index] == wanted and ids[index] != suspect_id:
                    return int(ids[index])
        return None


def review_labels(settings: Settings, evaluation: OpenEvaluation, score: float | None = None) -> Review:
    """The label issues among detections of at least `score` (the evaluation's by default), with their verdicts."""
    score = evaluation.score if score is None else score
    table = find_label_issues(evaluation.truth.annotations, evaluation.detections, evaluation.overlaps, score)
    dataset, version = evaluation.spec.dataset, evaluation.spec.version
    decisions = read_decisions(Layout(settings.workspace), dataset, version) if dataset else []
    review = Review(evaluation=evaluation.id, dataset=dataset, version=version, label_issues=table, decisions=decisions)
    answers = _answers(review)
    verdicts = pd.Series([answer.verdict if answer else "" for answer in answers], index=table.index, dtype="str")
    actors = pd.Series([answer.actor if answer else None for answer in answers], index=table.index, dtype=object)
    return replace(review, label_issues=table.assign(verdict=verdicts, actor=actors))


def decide(
    settings: Settings,
    evaluation: OpenEvaluation,
    verdicts: Mapping[int, str],
    score: float | None = None,
    seen: Mapping[int, str] | None = None,
    *,
    actor: Actor,
) -> Review:
    """Store verdicts (id -> one of VERDICTS, "" for undecided) of label issues and return the new review.

    Two users can review at once: other decisions stay. `seen` are the verdicts that this user has read (None
    overwrites). Raises ConflictError, and writes nothing, if one of them has changed since; NotFoundError for an
    unknown id; AppError for an evaluation of two files.
    """
    review = review_labels(settings, evaluation, score)
    if not review.can_decide:
        raise AppError(
            "This evaluation is of two files, so there is no data set whose labels could be corrected.",
            "Import the images and labels as a data set, and evaluate on that.",
        )
    rows = review.label_issues.set_index("suspect_id", drop=False)
    for key, verdict in verdicts.items():
        if key not in rows.index:
            raise NotFoundError(
                f"Evaluation {evaluation.id} has no label issue {key} at this score.", "List them first."
            )
        if verdict and verdict not in VERDICTS:
            raise AppError(f"There is no verdict {verdict!r}.", f"Choose one of {', '.join(VERDICTS)}.")
    wanted = [_decision(review, rows.loc[key].to_dict(), verdict, actor) for key, verdict in verdicts.items()]

    def change(decisions: list[Decision]) -> list[Decision]:
        for new in wanted:
            now = next((old.verdict for old in decisions if old.is_about(new)), "")
            if seen is not None and now not in (seen.get(new.suspect_id, ""), new.verdict):
                raise ConflictError(
                    f"Somebody else has decided about label issue {new.suspect_id} meanwhile: {now or 'undecided'}.",
                    "Decide again: that replaces it.",
                )
            decisions = [old for old in decisions if not _gives_way(old, new)] + ([new] if new.verdict else [])
        return decisions

    change_decisions(Layout(settings.workspace), review.dataset, review.version, change)
    return review_labels(settings, evaluation, score)


def _answers(review: Review) -> list[Decision | None]:
    """The last decision about each label issue; None for an undecided one."""
    by_image: dict[int, list[Decision]] = {}
    for decision in review.decisions:
        by_image.setdefault(decision.image_id, []).append(decision)
    answers: list[Decision | None] = [None] * len(review.label_issues)
    is_near = review.label_issues["image_id"].isin(by_image)
    for index in np.flatnonzero(is_near):
        row = review.label_issues.iloc[index].to_dict()
        asked = _decision(review, row, "")
        answers[index] = next((old for old in reversed(by_image[asked.image_id]) if old.is_about(asked)), None)
    return answers


def _decision(review: Review, row: Mapping[Any, Any], verdict: str, actor: Actor | None = None) -> Decision:
    return Decision(
        verdict=verdict,
        kind=str(row["kind"]),
        image_id=int(row["image_id"]),
        annotation_id=int(row["annotation_id"]),
        category_id=int(row["category_id"]),
        box=(float(row["x1"]), float(row["y1"]), float(row["x2"]), float(row["y2"])),
        score=float(row["score"]),
        evaluation=review.evaluation,
        suspect_id=int(row["suspect_id"]),
        decided=time.time(),
        actor=actor,
    )


def _gives_way(old: Decision, new: Decision) -> bool:
    """Whether a new decision replaces an old one: both are about the same issue, or their corrections conflict."""
    if old.is_about(new):
        return True
    if (old.verdict, new.verdict) != (ACCEPT, ACCEPT) or (old.kind, old.annotation_id) != (new.kind, new.annotation_id):
        return False
    # A label has only one class, and the same box only one new label.
    return bool(new.annotation_id) or old.is_at(new)
