"""Says on whatever page is open that a run has ended.

A run counts as watched from when this session has seen it wait or run.
"""

from typing import Final

import streamlit as st

from core.errors import DamagedFileError, NotFoundError
from core.figures.words.numbers import percent
from core.services import runs
from core.services.runs import Devices
from core.settings import Settings
from pages.widgets.text import escape

_ALIVE: Final = "run-endings:alive"  # ids of the runs that lived at the last look, in the session
_ICONS: Final = {
    "finished": ":material/check_circle:",
    "stopped": ":material/stop_circle:",
    "failed": ":material/error:",
    "lost": ":material/help:",
}


def tell_endings(settings: Settings, devices: Devices) -> None:
    """A toast for each run that lived at the last look and has ended since."""
    alive = {slot.run for slot in devices.slots if slot.run} | set(devices.waiting)
    for run in st.session_state.get(_ALIVE, set()) - alive:
        if not _tell(settings, run):
            alive.add(run)
    st.session_state[_ALIVE] = alive


def _tell(settings: Settings, key: str) -> bool:
    """Whether the run has ended, and then it was said; an evaluation or a deleted run has ended without a word."""
    try:
        run = runs.describe_run(settings, key)
    except (NotFoundError, DamagedFileError):
        return True
    if not run.ended:
        return False
    best = f" Best AP {percent(run.best.ap)}." if run.best else ""
    why = f" {escape(run.reason)}" if run.phase in ("failed", "lost") and run.reason else best
    words = "is lost." if run.phase == "lost" else f"has {run.phase}."
    st.toast(f"**{escape(run.name)}** {words}{why}", icon=_ICONS[run.phase], duration="long")
    return True
