"""Page set-up, navigation and the frame round every page. No logic; run by server.py or `streamlit run`."""

from pathlib import Path

import streamlit as st

from pages.widgets import frame
from pages.widgets.notices import shown_errors

HERE = Path(__file__).parent
PAGES = [
    {"page": "pages/overview.py", "title": "Overview", "icon": ":material/space_dashboard:", "default": True},
    {"page": "pages/datasets.py", "title": "Data sets", "icon": ":material/photo_library:"},
    {"page": "pages/dataset.py", "title": "Data set", "icon": ":material/photo:", "visibility": "hidden"},
    {"page": "pages/train.py", "title": "Train", "icon": ":material/model_training:"},
    {"page": "pages/runs.py", "title": "Runs", "icon": ":material/monitoring:"},
    {"page": "pages/run.py", "title": "Run", "icon": ":material/show_chart:", "visibility": "hidden"},
    {"page": "pages/evaluate.py", "title": "Evaluate", "icon": ":material/fact_check:"},
]


def main() -> None:
    st.set_page_config(page_title="Detdesk", page_icon=":material/center_focus_strong:", layout="wide")
    page = st.navigation([st.Page(**one) for one in PAGES if (HERE / one["page"]).exists()])
    with shown_errors():
        frame.show(page.url_path, page.title)
        page.run()


main()
