"""The hold-out seal: scores of an evaluation on test images stay hidden until somebody opens them, which is logged.

A test split is a hold-out only as long as nobody chooses by it, so what counts is how often its figures were looked at:
over all runs and models, of one data set version. The log lies with the data set (core.workspace.openings). A seal
keeps honest people honest; the files of the evaluation can be read by whoever opens the folder.
Offered to pages and command line through core.services.evaluation.
"""

import time
from dataclasses import dataclass, replace
from typing import Any

from core.actor import Actor, actor_json
from core.errors import SealedError
from core.evaluation.spec import EvaluationSpec, read_spec
from core.settings import Settings
from core.workspace.layout import Layout
from core.workspace.openings import Opening, log_opening, read_openings
from core.workspace.registry import Entry, Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Of one evaluation with test images: `openings` are those of the split, by all evaluations, oldest first."""

    evaluation: str
    subject: str
    dataset: str
    version: str
    openings: list[Opening]

    @property
    def is_open(self) -> bool:
        """Whether this evaluation's scores may be shown."""
        return any(opening.evaluation == self.evaluation for opening in self.openings)

    @property
    def note(self) -> str:
        """How often the split was looked at, in a sentence."""
        times = len(self.openings)
        return (
            f"The test scores of {self.dataset} {self.version} were opened {times} time{'' if times == 1 else 's'} so "
            "far, over all runs; each look makes them less of a hold-out."
        )

    def to_json(self) -> dict[str, Any]:
        """The document of the command line."""
        return openings_json(self.dataset, self.version, self.openings)


def find_seal(settings: Settings, ref: str) -> Seal | None:
    """The seal of the evaluation with this id or name; None where it has none.

    Raises NotFoundError, DamagedFileError.
    """
    entry = Registry(settings).find("evaluation", ref)
    layout = Layout(settings.workspace)
    try:
        spec = read_spec(layout.folder("evaluation", entry.id))
    except FileNotFoundError:
        return None
    return seal_of(layout, entry, spec)


def seal_of(layout: Layout, entry: Entry, spec: EvaluationSpec) -> Seal | None:
    """The same of an evaluation whose request.json was read already."""
    if not spec.holds_test or not spec.dataset:
        return None
    return Seal(
        evaluation=entry.id,
        subject=spec.run or spec.model,
        dataset=spec.dataset,
        version=spec.version,
        openings=read_openings(layout, spec.dataset, spec.version),
    )


def open_seal(settings: Settings, ref: str, *, actor: Actor) -> Seal | None:
    """Open the evaluation's scores, which is logged with time and actor; nothing is logged where they are open.

    The seal as it is now, None where the evaluation has none. Raises NotFoundError.
    """
    seal = find_seal(settings, ref)
    if seal is None or seal.is_open:
        return seal
    opening = Opening(
        time=time.time(), place=actor.source, evaluation=seal.evaluation, subject=seal.subject, actor=actor
    )
    log_opening(Layout(settings.workspace), seal.dataset, seal.version, opening)
    return find_seal(settings, seal.evaluation)


def renewed(settings: Settings, seal: Seal) -> Seal:
    """The seal with the openings that there are now."""
    return replace(seal, openings=read_openings(Layout(settings.workspace), seal.dataset, seal.version))


def check_open(layout: Layout, entry: Entry, spec: EvaluationSpec) -> Seal | None:
    """The seal, where the evaluation has one. Raises SealedError where it is closed."""
    seal = seal_of(layout, entry, spec)
    if seal and not seal.is_open:
        raise SealedError(
            f"The scores of {entry.name!r} are sealed: they tell of the test split of {seal.dataset} {seal.version}.",
            "Open them on their page, or by `python -m core seal EVALUATION --open`; each opening is counted.",
        )
    return seal


def list_openings(settings: Settings, dataset: str, version: str) -> list[Opening]:
    """All openings of a data set version's test split, oldest first."""
    return read_openings(Layout(settings.workspace), dataset, version)


def openings_json(dataset: str, version: str, openings: list[Opening]) -> dict[str, Any]:
    """How often a version's test scores were opened, as the command line contract has it."""
    rows = [
        {
            "time": opening.time,
            "from": opening.place,
            "evaluation": opening.evaluation,
            "subject": opening.subject,
            "actor": actor_json(opening.actor),
        }
        for opening in openings
    ]
    return {"dataset": dataset, "version": version, "opened": len(rows), "openings": rows}
