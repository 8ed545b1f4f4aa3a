"""Page configuration, navigation and the frame around every page. server.py or `streamlit run` runs it."""

from pathlib import Path

import streamlit as st

from pages.sections.frame import page_frame
from pages.sections.frame.plain_run import check_visitor
from pages.widgets.cached import current_settings
from pages.widgets.notices import shown_errors

ICON = Path(__file__).parent / "pages/widgets/assets/icon.svg"


def main() -> None:
    """Draws the page that the address names, in its frame."""
    st.set_page_config(page_title="Detdesk", page_icon=ICON, layout="wide", initial_sidebar_state=220)
    pages = [
        st.Page("pages/overview.py", title="Overview", icon=":material/space_dashboard:", default=True),
        st.Page("pages/datasets.py", title="Data sets", icon=":material/photo_library:"),
        st.Page("pages/dataset.py", title="Data set", icon=":material/photo:", visibility="hidden"),
        st.Page("pages/agreement.py", title="Two people's labels", icon=":material/compare:", visibility="hidden"),
        st.Page("pages/train.py", title="Train", icon=":material/model_training:"),
        st.Page("pages/weights.py", title="Weights by hand", icon=":material/download:", visibility="hidden"),
        st.Page("pages/runs.py", title="Runs", icon=":material/monitoring:"),
        st.Page("pages/run.py", title="Run", icon=":material/show_chart:", visibility="hidden"),
        st.Page("pages/learning_curve.py", title="Learning curve", icon=":material/stacks:", visibility="hidden"),
        st.Page("pages/sweep.py", title="Sweep", icon=":material/tune:", visibility="hidden"),
        st.Page("pages/evaluate.py", title="Evaluate", icon=":material/fact_check:"),
    ]
    page = st.navigation(pages)
    st.logo(ICON.with_name("logo.svg"), icon_image=ICON)
    with shown_errors():
        check_visitor(current_settings())
        page_frame.show(page.url_path, page.title)
        page.run()
    page_frame.show_footer()


main()
