"""The curves of runs, read on from where the last look ended, shared by all sessions. Imported by pages and widgets."""

from threading import Lock

import streamlit as st

from core.desk import runs
from core.settings import Settings
from core.training.curve_reader import CurveReader
from core.training.curves import Curve


def curves_of(settings: Settings, run: str) -> dict[str, Curve]:
    """Every metric of a run as it stands now; costs as much as what is new since anyone last looked."""
    reader, lock = _reader(settings, run)
    with lock:
        return reader.curves()


@st.cache_resource(max_entries=64, show_spinner=False)
def _reader(settings: Settings, run: str) -> tuple[CurveReader, Lock]:
    return runs.open_curves(settings, run), Lock()
