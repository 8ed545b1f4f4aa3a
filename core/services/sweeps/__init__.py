"""Sweeps: search better settings for a run in a separate process, and check the best. For pages and command line."""

from typing import TYPE_CHECKING

from core.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from core.services.sweeps.caveat import caveat_of
    from core.services.sweeps.control import (
        Budget,
        Sweep,
        SweepRequest,
        SweepRow,
        budget_of,
        describe_sweep,
        list_sweeps,
        resume_sweep,
        start_sweep,
        stop_sweep,
        sweepable_spans,
        wait_for_sweep,
    )
    from core.services.sweeps.records import (
        BETTER,
        NOTHING,
        Answer,
        Check,
        SweepPlan,
        Trial,
    )
else:
    __getattr__ = lazy_exports(__name__, __file__)

__all__ = [
    "BETTER",
    "NOTHING",
    "Answer",
    "Budget",
    "Check",
    "Sweep",
    "SweepPlan",
    "SweepRequest",
    "SweepRow",
    "Trial",
    "budget_of",
    "caveat_of",
    "describe_sweep",
    "list_sweeps",
    "resume_sweep",
    "start_sweep",
    "stop_sweep",
    "sweepable_spans",
    "wait_for_sweep",
]
