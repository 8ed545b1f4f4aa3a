"""The comparison of two versions, kept in memory: versions do not change, and a large one takes seconds."""

import streamlit as st

from core.services import agreement
from core.services.agreement import Compared
from core.settings import Settings
from core.workspace.datasets import VersionFolder
from core.workspace.layout import Layout
from pages.widgets import cached


def compared_labels(
    settings: Settings, first: str, second: str, first_version: str, second_version: str, iou: float
) -> Compared:
    """`core.services.agreement.compare_labels`, once for the same versions and IoU. Raises AppError as it does."""
    left, right = cached.open_version(first, first_version), cached.open_version(second, second_version)
    layout = Layout(settings.workspace)
    folders = [VersionFolder(layout.version(side.dataset, side.version)) for side in (left, right)]
    written = tuple(folder.facts.stat().st_mtime_ns for folder in folders)
    return _compared(settings, left.dataset, right.dataset, left.version, right.version, iou, written)


@st.cache_resource(max_entries=4, show_spinner="Comparing the labels")
def _compared(
    where: Settings,
    first: str,
    second: str,
    first_version: str,
    second_version: str,
    iou: float,
    written: tuple[int, ...],
) -> Compared:
    return agreement.compare_labels(where, first, second, first_version, second_version, iou)
