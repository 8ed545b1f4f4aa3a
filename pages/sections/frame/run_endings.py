"""Tells on any open page that a run has ended.

A session tells about the runs that it has seen waiting or running.
"""

from typing import Final

import streamlit as st

from core.errors import DamagedFileError, NotFoundError
from core.figures.words.numbers import percent
from core.services import runs
from core.services.runs import Devices
from core.settings import Settings
from pages.widgets.text import escape

_ACTIVE: Final = "run-endings:alive"  # ids of the active runs at the last check, in the session
_ICONS: Final = {
    "finished": ":material/check_circle:",
    "stopped": ":material/stop_circle:",
    "failed": ":material/error:",
    "lost": ":material/help:",
}


def tell_endings(settings: Settings, devices: Devices) -> None:
    """A toast for each run that was active at the last check and has ended since."""
    active = {slot.run for slot in devices.slots if slot.run} | set(devices.waiting)
    for run in st.session_state.get(_ACTIVE, set()) - active:
        if not _tell(settings, run):
            active.add(run)
    st.session_state[_ACTIVE] = active


def _tell(settings: Settings, key: str) -> bool:
    """Tells if the run has ended, and returns whether it has. An evaluation or a deleted run ends without a toast."""
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
