"""The accounts of an import: everything in the source is imported, blocked, or left out with a reason."""

from copy import deepcopy

from core.labels.imports.examination import Examination
from core.labels.imports.plan import ImportPlan
from core.labels.reading.accounts import Accounts


def accounts_of(examination: Examination, plan: ImportPlan | None = None) -> Accounts:
    """Everything in the source: what an import takes, blocks, or leaves out and why. `plan` knows dropped classes."""
    accounts, repaired, facts = deepcopy(examination.reading.accounts), examination.repaired, examination.facts
    unreadable = int((facts["problem"] != "").sum())
    accounts.images.blocked += unreadable
    accounts.images.imported -= unreadable
    objects = accounts.objects
    objects.imported = int(repaired.is_kept.sum())
    objects.blocked += int((~repaired.is_finite | ~repaired.is_on_readable).sum())
    usable = repaired.is_finite & repaired.is_on_readable
    for reason, mask in (
        ("without an area", repaired.is_zero_area),
        ("outside the image", repaired.is_outside),
        ("the same object twice", repaired.is_duplicate),
    ):
        objects.left_out[reason] += int((mask & usable).sum())
    if plan is not None and (dropped := objects.imported - len(plan.labels.annotations)):
        objects.imported -= dropped
        objects.left_out["class dropped"] += dropped
    return accounts
