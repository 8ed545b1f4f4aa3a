"""The download of an evaluation's report: one HTML file, made on request."""

from typing import Final

import streamlit as st

from core.figures.words.numbers import counted, data_size
from core.services.html_report import Report, ReportRequest, make_report
from core.settings import Settings
from pages.sections.evaluate.state import EvaluationView
from pages.widgets.progress import progress_bar

_NUMBERS: Final = (20, 50, 100, 200)
_USUAL: Final = 100
# Some 15 MB each, for all users together.
_KEPT: Final = 2


def show_report(settings: Settings, view: EvaluationView) -> None:
    """A popover: the number of images, the button that makes the report, and the download."""
    with st.popover("Report", icon=":material/description:", key="evaluation-report"):
        st.markdown(
            "One HTML file that opens without this app and without a network. It has these figures, and images with "
            "their boxes that respond to clicks. It opens with this score and filter."
        )
        most = st.selectbox("Images at most", _NUMBERS, index=_NUMBERS.index(_USUAL), key="report-pictures")
        asked = ReportRequest(score=view.score, iou=view.iou, filter=view.filter, images=most)
        # The request as text: another score or filter needs another report.
        wanted = f"{settings.workspace} {view.evaluation.id} {asked}"
        if st.button("Make the report", key="make-report", icon=":material/play_arrow:"):
            st.session_state["report:wanted"] = wanted
            # Made again: error bars, notes or openings may be new.
            _kept().pop(wanted, None)
        if st.session_state.get("report:wanted") == wanted:
            _show_download(settings, view, wanted, asked)


def _show_download(settings: Settings, view: EvaluationView, wanted: str, asked: ReportRequest) -> None:
    report = _made(settings, wanted, view, asked)
    st.download_button(
        f"Download, {data_size(len(report.html))}",
        report.html,
        f"{view.evaluation.id}-report.html",
        mime="text/html",
        type="primary",
        icon=":material/download:",
        on_click="ignore",
        key="download-report",
    )
    smaller = f"; {counted(report.scaled, 'is', 'are')} scaled down" if report.scaled else ""
    st.caption(f"It has {report.images:,} of {counted(report.of, 'image')}{smaller}.")


def _made(settings: Settings, wanted: str, view: EvaluationView, asked: ReportRequest) -> Report:
    """The report, made now or kept from before: each rerun of the page draws the download with its file again."""
    kept = _kept()
    report = kept.get(wanted)
    if report is None:
        with progress_bar("Making the report") as progress:
            report = make_report(settings, view.evaluation, asked, progress)
        kept[wanted] = report
        for old in list(kept)[:-_KEPT]:
            kept.pop(old, None)
    return report


# Streamlit caches the store, not the making: it cannot replay a progress bar.
@st.cache_resource(show_spinner=False)
def _kept() -> dict[str, Report]:
    return {}
