"""The state of an evaluation while its worker runs."""

import time
from dataclasses import dataclass
from typing import Final

from core.errors import AppError
from core.progress import Progress
from core.settings import Settings
from core.training.launch.liveness import observe
from core.training.run.folder import RunFolder
from core.training.run.status import ENDED, Phase, Status
from core.workspace.layout import Layout
from core.workspace.registry import Registry

_POLL_S: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationState:
    """The state of an evaluation: `done` of `of` images; `reason`, `exception` and `remedy` if it failed."""

    phase: Phase
    done: int
    of: int
    activity: str
    reason: str
    exception: str
    remedy: str
    device: str

    @property
    def has_ended(self) -> bool:
        """Whether the state is final."""
        return self.phase in ENDED


def wait_for_evaluation(settings: Settings, key: str, progress: Progress) -> None:
    """Wait until an evaluation has finished. Raises AppError with the reason if it failed, stopped or was lost."""
    folder = RunFolder(Layout(settings.workspace).folder("evaluation", key))
    while True:
        phase, status = observed(folder)
        share = status.iteration / status.of_iterations if status.of_iterations else 0.0
        progress(min(share, 1.0), status.activity or status.reason or str(phase))
        if phase is Phase.FINISHED:
            return
        if phase in ENDED:
            reason = status.reason or f"its worker is gone ({folder.log.name} has its last words)"
            raise AppError(f"Evaluation {key} is {phase}: {reason}", status.remedy or "Start it again.")
        time.sleep(_POLL_S)


def evaluation_state(settings: Settings, key: str) -> EvaluationState:
    """The state of the evaluation with this id or name, fast enough to ask every second. Raises NotFoundError."""
    entry = Registry(settings).find("evaluation", key)
    phase, status = observed(RunFolder(Layout(settings.workspace).folder("evaluation", entry.id)))
    return EvaluationState(
        phase=phase,
        done=status.iteration,
        of=status.of_iterations,
        activity=status.activity,
        reason=status.reason,
        exception=status.exception,
        remedy=status.remedy,
        device=status.device,
    )


def observed(folder: RunFolder) -> tuple[Phase, Status]:
    """Phase and status of an evaluation; lost if it never wrote a status. Raises DamagedFileError."""
    try:
        seen = observe(folder.status, folder.lock)
    except FileNotFoundError:
        reason = "The process that started it was stopped at once."
        return Phase.LOST, Status(phase=Phase.LOST, reason=reason)
    return seen.phase, seen.status
