"""Page set-up, navigation and the frame round every page. No logic; run by server.py or `streamlit run`."""

from pathlib import Path

import streamlit as st

from pages.widgets import frame
from pages.widgets.notices import shown_errors

ICON = Path(__file__).parent / "pages/widgets/assets/icon.svg"


def main() -> None:
    st.set_page_config(page_title="Detdesk", page_icon=ICON, layout="wide")
    pages = [
        dict(page="pages/overview.py", title="Overview", icon=":material/space_dashboard:", default=True),
        dict(page="pages/datasets.py", title="Data sets", icon=":material/photo_library:"),
        dict(page="pages/dataset.py", title="Data set", icon=":material/photo:", visibility="hidden"),
        dict(page="pages/train.py", title="Train", icon=":material/model_training:"),
        dict(page="pages/runs.py", title="Runs", icon=":material/monitoring:"),
        dict(page="pages/run.py", title="Run", icon=":material/show_chart:", visibility="hidden"),
        dict(page="pages/evaluate.py", title="Evaluate", icon=":material/fact_check:"),
    ]
    page = st.navigation([st.Page(**one) for one in pages if (ICON.parents[3] / one["page"]).exists()])
    st.logo(ICON.with_name("logo.svg"), icon_image=ICON)
    with shown_errors():
        frame.show(page.url_path, page.title)
        page.run()


main()
