"""Inspections of sources, kept in the server's memory between reruns of the import page.

The session keeps only the path: an inspection that was dropped here is made again from the disk.
"""

from pathlib import Path
from typing import Final

import streamlit as st

from core.services import datasets
from core.services.datasets import ImportOptions, Inspection, ReadOptions, Thresholds
from pages.widgets.cached import current_settings
from pages.widgets.progress import progress_bar

# One inspection of 100,000 images is some tens of MB.
_KEPT: Final = 4
_Key = tuple[str, tuple[ReadOptions, Thresholds, str]]


def inspect(source: Path, options: ImportOptions) -> Inspection:
    """The inspection of a source with these options. Raises AppError for an unreadable source."""
    kept = _inspections()
    key = (str(source), options.inspecting)
    if key not in kept:
        with progress_bar("Inspecting") as progress:
            kept[key] = datasets.inspect(current_settings(), source, options, progress)
        while len(kept) > _KEPT:
            kept.pop(next(iter(kept)))
    return kept[key]


def forget(source: str) -> None:
    """Drops the inspections of a source."""
    kept = _inspections()
    for key in [key for key in kept if key[0] == source]:
        kept.pop(key, None)


@st.cache_resource(show_spinner=False)
def _inspections() -> dict[_Key, Inspection]:
    return {}
