"""Outcomes of `--wait`: the document at the end, and exit 2 unless the runs ended as expected."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from core.cli.outcome import Outcome
from core.cli.progress import progress_bar
from core.errors import AppError
from core.services import runs
from core.settings import Settings
from core.training.run.status import Phase

if TYPE_CHECKING:
    from core.services.training import RunGroup

SUCCESS: Final = (Phase.FINISHED,)


def run_outcome(settings: Settings, run: str, wait: bool, expected: Collection[Phase] = SUCCESS) -> Outcome:
    """The run's document, with `wait` after its end. Exit 2 with an error in it unless the phase is in `expected`."""
    if not wait:
        return Outcome(document=runs.describe_run(settings, run).to_json())
    with progress_bar() as progress:
        state = runs.wait(settings, run, progress)
    if state.phase in expected:
        return Outcome(document=state.to_json())
    message = f"Run {state.name} is {state.phase}: {state.reason or 'no reason was recorded'}"
    remedy = state.remedy or f"Read its log, then `python -m core resume {state.run}`."
    return Outcome(document={**state.to_json(), **AppError(message, remedy).as_dict()}, exit_code=2)


def group_outcome(group: RunGroup, wait: bool) -> Outcome:
    """The group's document. After waiting, exit 2 with an error in it unless every run finished."""
    left = [run.name for run in group.runs if run.phase != Phase.FINISHED] if wait else []
    if not left:
        return Outcome(document=group.to_json())
    error = AppError(f"Not finished: {', '.join(left)}.", "Look at them, then resume or repair them.")
    return Outcome(document={**group.to_json(), **error.as_dict()}, exit_code=2)
