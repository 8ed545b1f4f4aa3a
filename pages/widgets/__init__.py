"""What pages share: the frame, pickers, components and parts of pages. The other place that imports streamlit."""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

# Until the first call of st.navigation, Streamlit takes any folder named `pages` for its old way of many pages: on a
# fresh server the first link to a page would run that file alone, without frame, titles and error messages. There is
# no setting for it; Streamlit's version is pinned. server.py comes here before the first visitor, `streamlit run` with
# the first one, who is then shown the page again.
_was_old_way = PagesManager.uses_pages_directory
PagesManager.uses_pages_directory = False
if _was_old_way and get_script_run_ctx() is not None:
    st.rerun()
