"""The curves of runs, read incrementally and shared by all sessions."""

from threading import Lock

import streamlit as st

from core.figures.curve_pen import RunCurves
from core.services import runs
from core.services.runs import RunSummary
from core.settings import Settings
from core.training.metrics.curve_reader import CurveReader


def curves_of(settings: Settings, run: RunSummary) -> RunCurves:
    """Every metric of a run up to now. Reads only what any session has not read yet."""
    reader, lock = _reader(str(settings.workspace), run.run, settings)
    with lock:
        return RunCurves(reader.curves(), run.iterations_per_epoch)


@st.cache_resource(max_entries=64, show_spinner=False)
def _reader(workspace: str, run: str, _settings: Settings) -> tuple[CurveReader, Lock]:
    return runs.open_curves(_settings, run), Lock()
