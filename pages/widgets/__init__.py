"""Widgets that several pages share."""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

# Before the first call of st.navigation, Streamlit takes any folder named `pages` for its old multipage layout: on a
# fresh server the first link to a page would run that file alone, without frame, titles and error messages. No setting
# turns that off; Streamlit's version is pinned. server.py imports this module before the first visitor; `streamlit run`
# imports it for the first visitor, whose page then reruns.
_was_old_layout = PagesManager.uses_pages_directory
PagesManager.uses_pages_directory = False
if _was_old_layout and get_script_run_ctx() is not None:
    st.rerun()
