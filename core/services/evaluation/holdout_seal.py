"""The hold-out seal hides the scores of an evaluation on test images until a user opens them; each opening is logged.

A test split is a hold-out only as long as nobody selects models by it. So the log counts how often a data set version's
test scores were opened, over all runs and models. The log is stored with the data set (core.workspace.openings). A seal
is a reminder and no protection: anybody who can open the folder can read the files.
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
    """The seal of an evaluation with test images. `openings` are those of the split, oldest first."""

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
        """How often the split's scores were opened, as a sentence."""
        times = len(self.openings)
        return (
            f"The test scores of {self.dataset} {self.version} were opened {times} time{'' if times == 1 else 's'} so "
            "far, over all runs; each opening makes them less of a hold-out."
        )

    def to_json(self) -> dict[str, Any]:
        """The document of `seal` (docs/cli.md)."""
        return openings_json(self.dataset, self.version, self.openings)


def find_seal(settings: Settings, ref: str) -> Seal | None:
    """The seal of the evaluation with this id or name; None if it has none.

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
    """The seal of an evaluation with this `spec`; None if it has none. Raises DamagedFileError."""
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
    """Open the evaluation's scores and log it with time and actor; does nothing if they are open.

    Returns the new seal, None if the evaluation has none. Raises NotFoundError.
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
    """The seal with its current openings."""
    return replace(seal, openings=read_openings(Layout(settings.workspace), seal.dataset, seal.version))


def check_open(layout: Layout, entry: Entry, spec: EvaluationSpec) -> Seal | None:
    """The open seal of an evaluation; None if it has none. Raises SealedError if the seal is closed."""
    seal = seal_of(layout, entry, spec)
    if seal and not seal.is_open:
        raise SealedError(
            f"The scores of {entry.name!r} are sealed: they are of the test split of {seal.dataset} {seal.version}.",
            "Open them on their page, or by `python -m core seal EVALUATION --open`; each opening is counted.",
        )
    return seal


def list_openings(settings: Settings, dataset: str, version: str) -> list[Opening]:
    """All openings of a data set version's test split, oldest first."""
    return read_openings(Layout(settings.workspace), dataset, version)


def openings_json(dataset: str, version: str, openings: list[Opening]) -> dict[str, Any]:
    """The document of `seal` (docs/cli.md): how often a version's test scores were opened, and by whom."""
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
