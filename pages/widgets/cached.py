"""What the pages read often, kept in memory until the files change. Imported by pages and widgets."""

import streamlit as st

from core.settings import Settings, load_settings


def settings() -> Settings:
    """The settings of this server: the workspace and the limits. Raises AppError for a value that is no number."""
    return load_settings()


def is_dark() -> bool:
    """Whether the page is shown in the dark theme; figures and components follow it."""
    return st.context.theme.type == "dark"
