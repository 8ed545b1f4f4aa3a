"""What leads beyond one run: links to its learning curve and to a sweep of its settings."""

import streamlit as st

from core.services.runs import RunDescription


def show_further(run: RunDescription) -> None:
    """The menu with the two questions; nothing before the run has a recipe."""
    if not run.recipe:
        return
    with st.popover("What next?", icon=":material/trending_up:", key="run-further"):
        address = {"run": run.run}
        st.page_link(
            "pages/learning_curve.py", label="Would more images help?", icon=":material/stacks:", query_params=address
        )
        st.caption("Trains on 25, 50 and 100 % of the images and says what twice as many would bring.")
        st.page_link("pages/sweep.py", label="Are there better settings?", icon=":material/tune:", query_params=address)
        st.caption("Tries other settings within a budget, and may answer that nothing is better.")
