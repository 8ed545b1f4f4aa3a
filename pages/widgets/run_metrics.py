"""The curves of runs, read on from where the last look ended, shared by all sessions. Imported by pages and widgets."""

from threading import Lock

import streamlit as st

from core.desk import runs
from core.settings import Settings
from core.training.live_curves import LiveCurves
from core.training.metrics_log import Curve


def curves_of(settings: Settings, run: str) -> dict[str, Curve]:
    """Every metric of a run as it stands now; costs as much as what is new since anyone last looked."""
    live, lock = _live(str(settings.workspace), run)
    with lock:
        live.take(*runs.read_metrics(settings, run, live.offset))
        return live.curves()


@st.cache_resource(max_entries=64, show_spinner=False)
def _live(workspace: str, run: str) -> tuple[LiveCurves, Lock]:
    return LiveCurves(), Lock()
