"""Messages in one shape: what was found, then what to do."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import AppError
from core.storage_errors import as_app_error
from pages.widgets.text import escape
from web.door import new_reference

_LOG = logging.getLogger(__name__)


@contextmanager
def shown_errors() -> Iterator[None]:
    """Show a user's mistake as a message with its remedy, instead of a traceback.

    The app wraps every page in it; a fragment that can fail wraps its own body, because it reruns without the app.
    """
    try:
        yield
    except (AppError, OSError) as error:
        if (mistake := as_app_error(error)) is None:
            raise
        show_error(mistake)


def show_error(error: AppError) -> None:
    """One error: the message, then the remedy on a line of its own."""
    remedy = f"  \n:material/arrow_forward: {escape(error.remedy)}" if error.remedy else ""
    st.error(f"{escape(error.message)}{remedy}", icon=":material/error:")


def show_bug(error: Exception) -> bool:
    """Show that a page failed, with a reference to the log and neither code nor paths; True: Streamlit adds nothing.

    Streamlit has logged the traceback just before.
    """
    reference = new_reference()
    _LOG.error("Reference %s: %s: %s (the traceback stands above)", reference, type(error).__name__, error)
    remedy = "The server's log says more under this reference; whoever runs the server can read it."
    show_error(AppError(f"This page failed. It is a bug in Detdesk (reference {reference}).", remedy))
    return True
