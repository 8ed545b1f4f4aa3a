"""A progress bar that names the current activity, for long calls of the services."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import streamlit as st

from core.progress import Progress

# Each update is a message to the browser; nobody sees more than ten a second.
_LEAST_PAUSE_S: Final = 0.1


@contextmanager
def progress_bar(first_activity: str) -> Iterator[Progress]:
    """Yields a function that takes the share done, 0 to 1, and the activity. The bar disappears at the end."""
    bar = st.progress(0.0, text=first_activity)
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
