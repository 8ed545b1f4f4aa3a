"""Makes a child version of a data set with the accepted corrections of its labels."""

from dataclasses import replace
from typing import Final

from core.actor import Actor
from core.errors import AppError
from core.labels.corrections import correct
from core.labels.label_set import LabelSet
from core.services.label_review.review import Review
from core.services.versions.making import Change, ChildVersion, find_child, make_child
from core.settings import Settings
from core.workspace.datasets import versions_of
from core.workspace.decisions import ACCEPT, REJECT, Decision, change_decisions
from core.workspace.layout import Layout

_KEY: Final = "corrections"  # of their hash in `difference`


def find_corrected(settings: Settings, reviewed: Review) -> ChildVersion | None:
    """The child version with exactly these corrections; None if there is none yet."""
    if not reviewed.dataset:
        return None
    return find_child(settings, reviewed.dataset, reviewed.version, _KEY, reviewed.digest)


def next_version(settings: Settings, reviewed: Review) -> str:
    """The name of the data set's next version, unless another one is made first."""
    versions = versions_of(Layout(settings.workspace), reviewed.dataset)
    return f"v{int(versions[-1][1:]) + 1 if versions else 1}"


def make_corrected(settings: Settings, reviewed: Review, *, actor: Actor) -> ChildVersion:
    """Make the child version with all accepted corrections, or return the one that already exists.

    Raises AppError if nothing is accepted.
    """
    if not reviewed.corrections:
        raise AppError("No label issue is accepted, so there is nothing to correct.", "Accept some first.")
    if made := find_corrected(settings, reviewed):
        return made
    made = make_child(
        settings,
        reviewed.dataset,
        reviewed.version,
        lambda labels: _corrected(labels, reviewed),
        _KEY,
        reviewed.digest,
        actor=actor,
    )
    _keep_confirmed(Layout(settings.workspace), reviewed, made.version)
    return made


def _keep_confirmed(layout: Layout, reviewed: Review, version: str) -> None:
    """Copy the confirmations of labels to the child, which has the parent's ids."""
    confirmed = [decision for decision in reviewed.decisions if decision.verdict == REJECT]

    def with_confirmed(decisions: list[Decision]) -> list[Decision]:
        return [*(decision for decision in confirmed if decision not in decisions), *decisions]

    change_decisions(layout, reviewed.dataset, version, with_confirmed)


def _corrected(before: LabelSet, reviewed: Review) -> Change:
    """The labels with all corrections, and their difference for version.json."""
    annotations = correct(before.annotations, before.images, reviewed.corrections)
    has_objects = before.images["image_id"].isin(annotations["image_id"])
    uses = before.images["use"].mask(has_objects & (before.images["use"] == "background"), "labelled")
    sources = sorted({decision.evaluation for decision in reviewed.decisions if decision.verdict == ACCEPT})
    return Change(
        labels=replace(before, annotations=annotations, images=before.images.assign(use=uses)),
        words=f"{reviewed.difference.words}, from evaluation{'s' if len(sources) > 1 else ''} {', '.join(sources)}",
        more={**reviewed.difference.to_json(), "evaluations": sources},
    )
