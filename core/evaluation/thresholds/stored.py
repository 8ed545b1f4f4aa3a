"""The score thresholds that a user chose for a model, stored as thresholds.json in its folder.

The folder is that of a run or of a custom model. Pages and command line write it under a lock, and replace the whole
file. The worker never touches it.
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final

from core.actor import KnownActor, actor_json
from core.errors import ConflictError
from core.evaluation.thresholds.rules import ThresholdRule, rule_from_json
from core.files import only_one, write_json
from core.records import read_record
from core.shapes import Bounds, Count, Moment, built

THRESHOLDS_FILE: Final = "thresholds.json"
_Score = Annotated[float, Bounds(low=0, high=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredThresholds:
    """`score` is for all classes together; `per_class` goes by class name, without classes that have no threshold.

    Scores are 0 to 1, in steps of 0.01. `rule` and `iou` chose them, on the `evaluation` (id) of this `split` of a data
    set version with this `checkpoint`, at `chosen` (Unix seconds) by `actor`. `revision` counts the changes.
    """

    score: _Score
    per_class: dict[str, _Score]
    rule: ThresholdRule
    iou: float
    evaluation: str
    dataset: str
    version: str
    split: str
    checkpoint: str
    chosen: Moment
    revision: Count = 0
    actor: KnownActor = None

    @property
    def note(self) -> str:
        """A sentence on the origin of the score."""
        return (
            f"The score {self.score:g} is stored with the model: chosen by {self.rule.by} on validation "
            f"({self.evaluation})."
        )

    def to_json(self) -> dict[str, Any]:
        """The values that pages and command line show."""
        names = ("score", "per_class", "iou", "evaluation", "checkpoint", "chosen", "revision")
        return {
            **{name: getattr(self, name) for name in names},
            "rule": self.rule.to_json(),
            "actor": actor_json(self.actor),
        }


def read_thresholds(folder: Path) -> StoredThresholds | None:
    """The thresholds stored with the model in this folder, or None. Raises DamagedFileError."""
    try:
        return read_record(folder / THRESHOLDS_FILE, _made)
    except FileNotFoundError:
        return None


def store_thresholds(
    folder: Path, thresholds: StoredThresholds, title: str, seen: int | None = None
) -> StoredThresholds:
    """Replaces the stored thresholds and returns the new ones with their revision.

    `seen` is the revision that the caller has read (0: there was none); None overwrites any. Raises ConflictError if
    another revision is stored by now, NotFoundError with the model's `title` if its folder is gone.
    """
    with only_one(folder / "thresholds.lock", title):
        before = read_thresholds(folder)
        now = f"{before.score:g}, by {before.rule.by}" if before else "none"
        revision = next_revision(before.revision if before else 0, seen, f"another threshold meanwhile: {now}")
        kept = replace(thresholds, revision=revision)
        write_json(folder / THRESHOLDS_FILE, {**asdict(kept), "rule": kept.rule.to_json()})
        return kept


def next_revision(stored: int, seen: int | None, other: str) -> int:
    """The revision after the `stored` one (0: none). Raises ConflictError if the writer has seen a different one.

    `other` says what is stored by now, as the end of *Somebody else has stored …*.
    """
    if seen is not None and seen != stored:
        raise ConflictError(f"Somebody else has stored {other}.", "Store again: that replaces it.")
    return stored + 1


def _made(document: dict[str, Any]) -> StoredThresholds:
    thresholds = built(StoredThresholds, {**document, "rule": rule_from_json(document["rule"])})
    return replace(
        thresholds,
        score=round(thresholds.score, 2),
        per_class={k: round(v, 2) for k, v in thresholds.per_class.items()},
    )
