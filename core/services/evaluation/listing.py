"""Lists evaluations."""

from dataclasses import dataclass, replace
from typing import Final

from core.errors import DamagedFileError
from core.evaluation.scores.scores import Scores
from core.evaluation.spec import EvaluationSpec, read_spec
from core.evaluation.store import load_scores
from core.records import Damage
from core.services.evaluation.holdout_seal import seal_of
from core.services.evaluation.status import observed
from core.settings import Settings
from core.training.observation import is_alive
from core.training.run.folder import RunFolder
from core.training.run.status import Phase, Status
from core.workspace.layout import Layout
from core.workspace.registry import Entry, Registry

# For an evaluation with a missing or damaged request.
_UNKNOWN: Final = EvaluationSpec(iou=0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRow:
    """One evaluation in a list. `run` and `dataset` are ids, "" for an evaluation of two files. AP is 0 to 1.

    `sealed`: it is on a test split and its scores are not opened, so AP is None.
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
    damaged: Damage | None = None  # then `reason` says so, and the fields of the damaged file are empty
    model: str = ""  # id of the evaluated custom model, if it is of no run


def list_evaluations(settings: Settings) -> list[EvaluationRow]:
    """All evaluations, newest first, including unfinished and failed ones."""
    registry = Registry(settings)
    return [_row(registry.layout, entry) for entry in registry.all("evaluation")]


def _row(layout: Layout, entry: Entry) -> EvaluationRow:
    folder, spec = RunFolder(layout.folder("evaluation", entry.id)), _UNKNOWN
    try:
        spec = _spec(folder)
        phase, status = observed(folder)
        return _filled(layout, entry, spec, phase, status, load_scores(folder.root))
    except DamagedFileError as error:
        damage = Damage.of(error)
    phase = Phase.RUNNING if is_alive(folder) else Phase.FAILED
    status = Status(phase=phase, reason=f"{damage.file} is damaged: {damage.reason}. {damage.remedy}")
    return replace(_filled(layout, entry, spec, phase, status, None), damaged=damage)


def _spec(folder: RunFolder) -> EvaluationSpec:
    try:
        return read_spec(folder.root)
    except FileNotFoundError:
        return _UNKNOWN


def _filled(
    layout: Layout,
    entry: Entry,
    spec: EvaluationSpec,
    phase: Phase,
    status: Status,
    stored: tuple[Scores, int] | None,
) -> EvaluationRow:
    scores, images = stored or (None, status.of_iterations)
    seal = seal_of(layout, entry, spec)
    is_sealed = seal is not None and not seal.is_open
    return EvaluationRow(
        id=entry.id,
        name=entry.name,
        run=spec.run,
        model=spec.model,
        dataset=spec.dataset,
        version=spec.version,
        split=spec.split,
        checkpoint=spec.checkpoint,
        phase=phase,
        reason=status.reason,
        ap=scores.ap if scores and not is_sealed else None,
        ap50=scores.ap50 if scores and not is_sealed else None,
        created=entry.created,
        images=images,
        sealed=is_sealed,
        damaged=entry.damage,
    )
