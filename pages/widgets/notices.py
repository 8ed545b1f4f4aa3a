"""Messages in one shape: what was found, then what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import AppError
from pages.widgets.markup import escape


@contextmanager
def shown_errors() -> Iterator[None]:
    """Show a user's mistake as a message with its remedy, instead of a traceback.

    The app wraps every page in it; a fragment that can fail wraps its own body, because it reruns without the app.
    """
    try:
        yield
    except AppError as error:
        show_error(error)


def show_error(error: AppError) -> None:
    """One error: the message, then the remedy on a line of its own."""
    remedy = f"  \n:material/arrow_forward: {escape(error.remedy)}" if error.remedy else ""
    st.error(f"{escape(error.message)}{remedy}", icon=":material/error:")
