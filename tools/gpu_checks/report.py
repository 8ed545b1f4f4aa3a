"""The document of a part: written anew after each check, so that what was shown is kept if the machine goes."""

import json
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from core.errors import AppError
from core.files import atomic_writer

# A part is to end within three minutes, with what starting and the last check's end take.
LIMIT_S: Final = 170.0
NO_GPU: Final = "no GPU"
NO_TIME: Final = "no time left"


class NotRunError(Exception):
    """A check cannot be made on this machine; the text says why."""


class CheckError(Exception):
    """A check showed something wrong; the text says what."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A check of a part. `measure` gets the figures to fill, which are kept if it raises CheckError or NotRunError."""

    name: str
    measure: Callable[[dict[str, Any]], None]
    least_s: float = 10.0  # with less time left it is not begun
    needs_gpu: bool = False


@dataclass(kw_only=True)
class Outcome:
    """A check's entry in the document."""

    check: str
    status: Literal["passed", "failed", "not run"]
    why: str = ""
    seconds: float = 0.0
    figures: dict[str, Any] = field(default_factory=dict)


class Clock:
    """The time that is left for a part; without a limit there is no end."""

    def __init__(self, limit_s: float | None) -> None:
        self._end = None if limit_s is None else time.monotonic() + limit_s

    @property
    def left_s(self) -> float:
        """Seconds that are left."""
        return 1e6 if self._end is None else self._end - time.monotonic()


class Report:
    """The document, and the file that holds it."""

    def __init__(self, path: Path, part: str, facts: dict[str, Any]) -> None:
        self._path = path
        self.document: dict[str, Any] = {"part": part, **facts, "ok": None, "checks": []}
        self._write()

    def run(self, checks: Sequence[Check], clock: Clock, has_gpu: bool) -> bool:
        """Makes the checks in their order; whether nothing was wrong."""
        is_fine = True
        for check in checks:
            outcome = _outcome(check, clock, has_gpu)
            is_fine = is_fine and outcome.status != "failed" and outcome.why != NO_TIME
            self.document["checks"].append(asdict(outcome))
            self._write()
            print(f"{outcome.check}: {outcome.status}{f' ({outcome.why})' if outcome.why else ''}", flush=True)
        self.document["ok"] = is_fine
        self._write()
        return is_fine

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Unlike other documents, this one may hold a loss that is no number.
        with atomic_writer(self._path) as handle:
            handle.write(f"{json.dumps(self.document, indent=2)}\n".encode())


def _outcome(check: Check, clock: Clock, has_gpu: bool) -> Outcome:
    if check.needs_gpu and not has_gpu:
        return Outcome(check=check.name, status="not run", why=NO_GPU)
    if clock.left_s < check.least_s:
        return Outcome(check=check.name, status="not run", why=NO_TIME)
    outcome, began = Outcome(check=check.name, status="passed"), time.monotonic()
    try:
        check.measure(outcome.figures)
    except NotRunError as error:
        outcome.status, outcome.why = "not run", str(error)
    except CheckError as error:
        outcome.status, outcome.why = "failed", str(error)
    except AppError as error:
        outcome.status, outcome.why = "failed", f"{error.message} {error.remedy}"
    except Exception as error:  # a bug of the product or of a check must not hide what the others show
        traceback.print_exc()
        outcome.status, outcome.why = "failed", f"{type(error).__name__}: {error}"
    outcome.seconds = round(time.monotonic() - began, 1)
    return outcome
