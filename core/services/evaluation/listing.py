"""Evaluations as a list has them."""

from dataclasses import dataclass
from typing import Any

from core.evaluation.store import load_scores
from core.files import read_json
from core.services.evaluation.holdout_seal import seal_of
from core.services.evaluation.request import REQUEST_FILE
from core.services.evaluation.status import observed
from core.settings import Settings
from core.training.run.folder import RunFolder
from core.training.run.status import Phase
from core.workspace.layout import Layout
from core.workspace.registry import Entry, Registry


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """One evaluation in a list. `run` and `dataset` are ids, "" for an evaluation of two files. AP is 0 to 1.

    `sealed`: on a test split, and nobody has opened its scores, so that there is no AP to show.
    """

    id: str
    name: str
    run: str
    dataset: str
    version: str
    split: str
    checkpoint: str
    phase: Phase
    reason: str
    ap: float | None
    ap50: float | None
    created: float
    images: int
    sealed: bool = False
    model: str = ""  # the id of the own model that was judged instead of a run


def list_evaluations(settings: Settings) -> list[EvaluationRow]:
    """All evaluations, newest first, unfinished and failed ones too."""
    registry = Registry(settings)
    return [_row(registry.layout, entry) for entry in registry.all("evaluation")]


def _row(layout: Layout, entry: Entry) -> EvaluationRow:
    folder = RunFolder(layout.one("evaluation", entry.id))
    try:
        request: dict[str, Any] = read_json(folder.root / REQUEST_FILE)
    except FileNotFoundError:
        request = {}
    phase, status = observed(folder)
    stored = load_scores(folder.root)
    scores, images = stored or (None, status.of_iterations)
    seal = seal_of(layout, entry, request)
    is_sealed = seal is not None and not seal.is_open
    asked = {
        name: str(request.get(name) or "") for name in ("run", "model", "dataset", "version", "split", "checkpoint")
    }
    return EvaluationRow(
        id=entry.id,
        name=entry.name,
        **asked,
        phase=phase,
        reason=status.reason,
        ap=scores.ap if scores and not is_sealed else None,
        ap50=scores.ap50 if scores and not is_sealed else None,
        created=entry.created,
        images=images,
        sealed=is_sealed,
    )
