"""Error messages in one shape: the problem, then the remedy."""

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
    """Shows a user's mistake as a message with its remedy instead of a traceback.

    The app wraps every page in it. A fragment that can fail wraps its body too, because it reruns without the app.
    """
    try:
        yield
    except (AppError, OSError) as error:
        if (mistake := as_app_error(error)) is None:
            raise
        show_error(mistake)


def show_error(error: AppError) -> None:
    """An error: the message, then the remedy on the next line."""
    remedy = f"  \n:material/arrow_forward: {escape(error.remedy)}" if error.remedy else ""
    st.error(f"{escape(error.message)}{remedy}", icon=":material/error:")


def show_bug(error: Exception) -> bool:
    """Shows that a page failed, with a reference to the log but no code or paths.

    Returns True, so that Streamlit adds nothing. Streamlit has already logged the traceback.
    """
    reference = new_reference()
    _LOG.error("Reference %s: %s: %s (traceback above)", reference, type(error).__name__, error)
    remedy = "Ask the administrator to look for this reference in the server's log."
    show_error(AppError(f"This page failed. It is a bug in Detdesk (reference {reference}).", remedy))
    return True
