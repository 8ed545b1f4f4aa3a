"""Inspections of sources, kept in the server's memory between reruns of the import page.

The session keeps only the path: an inspection that was dropped here is made again from the disk. The label pass is made
at once, the image pass goes on in the background while the labels are looked at.
"""

from pathlib import Path
from typing import Final

import streamlit as st

from core.services import datasets
from core.services.datasets import ImagePass, ImportOptions, Inspection, ReadOptions, Thresholds
from pages.widgets.cached import current_settings
from pages.widgets.progress import progress_bar

# One inspection of 100,000 images is some tens of MB.
_KEPT: Final = 4
_EVERY_S: Final = 1.0
_SMALL_S: Final = 0.5
_Key = tuple[str, tuple[ReadOptions, Thresholds, str]]


def inspect(source: Path, options: ImportOptions) -> Inspection:
    """The inspection of a source with these options, with its images once they are read.

    Raises AppError for an unreadable source.
    """
    return image_pass(source, options).inspection


def image_pass(source: Path, options: ImportOptions) -> ImagePass:
    """The image pass of a source with these options; it is started after the label pass. Raises AppError."""
    kept = _passes()
    key = (str(source), options.inspecting)
    if key not in kept:
        with progress_bar("Inspecting") as progress:
            inspection = _checked_again(source, options) or datasets.inspect(
                current_settings(), source, options, progress
            )
        before = next(iter(_passes_of(source)), None)
        kept[key] = ImagePass(current_settings(), inspection, after=before)
        # A small source is shown once, with what its images say.
        kept[key].ends_within(_SMALL_S)
        while len(kept) > _KEPT:
            kept.pop(next(iter(kept))).stop()
    return kept[key]


def _checked_again(source: Path, options: ImportOptions) -> Inspection | None:
    """An inspection that read the source in the same way, with these thresholds and range; None if there is none."""
    alike = (each.inspection for each in _passes_of(source) if each.inspection.is_of(source, options))
    inspection = next(alike, None)
    return datasets.check_again(inspection, options) if inspection else None


def _passes_of(source: Path) -> list[ImagePass]:
    """The image passes of a source, the latest first."""
    kept = _passes()
    return [kept[key] for key in reversed(kept) if key[0] == str(source)]


def show_image_pass(source: Path, options: ImportOptions) -> None:
    """How far the image pass is, until it has ended; then the page is drawn again with what the images say."""
    running = image_pass(source, options)
    if running.has_ended:
        return

    @st.fragment(run_every=_EVERY_S)
    def watch() -> None:
        if running.has_ended:
            st.rerun()
        st.progress(running.share, f"{running.doing}. Its labels can be looked at meanwhile.")

    watch()


def forget(source: str) -> None:
    """Drops the inspections of a source, and stops what still reads it."""
    kept = _passes()
    for key in [key for key in kept if key[0] == source]:
        kept.pop(key).stop()


@st.cache_resource(show_spinner=False)
def _passes() -> dict[_Key, ImagePass]:
    return {}
