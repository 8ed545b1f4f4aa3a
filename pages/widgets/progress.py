"""A progress bar that says what is being done, for the long verbs of the desk."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import streamlit as st

from core.progress import Progress

# Each update is a message to the browser; more than ten a second nobody sees.
_LEAST_PAUSE_S: Final = 0.1


@contextmanager
def progress_bar(first_words: str) -> Iterator[Progress]:
    """A function to report with (share done 0 to 1, what is being done); the bar goes away at the end."""
    bar = st.progress(0.0, text=first_words)
    last = 0.0

    def show(share: float, activity: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _LEAST_PAUSE_S:
            last = now
            bar.progress(min(max(share, 0.0), 1.0), text=activity)

    try:
        yield show
    finally:
        bar.empty()
