"""The log of a run's worker: its end, or the lines that match a search.

Address: `find`, `regex` (1 for yes), `level`.
"""

from html import escape
from typing import Final

import streamlit as st

from core.errors import AppError
from core.figures.words.numbers import count, counted, data_size
from core.services import runs
from core.services.runs import RunDescription
from core.settings import Settings
from core.training.metrics.log_search import LEVELS, LogLine, LogQuery, LogView
from pages.widgets import address, routes
from pages.widgets.notices import show_error

_LINES: Final = 400
_LEVELS: Final = {"info": "All lines", "warning": "Warnings and errors", "error": "Errors"}
# Streamlit's code block has neither levels nor marks.
_STYLE: Final = """<style>
.run-log { font: 0.8rem/1.5 ui-monospace, "Cascadia Mono", Menlo, monospace; white-space: pre-wrap; margin: 0;
  overflow-wrap: anywhere; }
.run-log .warning { color: #B26A00; } .run-log .error { color: #CF222E; }
.run-log mark { background: #FFE08A; color: #1F2328; border-radius: 2px; }
@media (prefers-color-scheme: dark) { .run-log .warning { color: #E3B341; } .run-log .error { color: #FF7B72; } }
</style>"""


def show_log(settings: Settings, run: RunDescription) -> None:
    """A card with the log, which is read only while it is unfolded."""
    card = st.expander(
        "Log", icon=":material/article:", key="run-log", on_change="rerun", expanded=bool(address.text("find"))
    )
    if not card.open:
        return
    with card:
        query = _choose(settings, run)
        try:
            view = runs.search_log(settings, run.run, query)
        except AppError as error:
            show_error(error)
            return
        st.caption(_summary(view, query))
        with st.container(height=380, border=True, key="run-log-lines", autoscroll=query.until is None):
            st.html(_STYLE + _markup(view.lines) if view.lines else "<i>Nothing here.</i>")


def _choose(settings: Settings, run: RunDescription) -> LogQuery:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="run-log-query"):
        search = st.text_input(
            "Search", placeholder="Search", width=240, label_visibility="collapsed", icon=":material/search:",
            **address.bound("find", address.text("find"), start="value"),
        )  # fmt: skip
        is_regex = st.toggle(
            "Regular expression",
            **address.bound("regex", address.text("regex") == "1", lambda is_on: "1" if is_on else None, start="value"),
        )
        level = st.segmented_control(
            "Level", LEVELS, format_func=_LEVELS.__getitem__, required=True, label_visibility="collapsed",
            **address.bound("level", address.choice("level", LEVELS, LEVELS[0]), start="default"),
        )  # fmt: skip
        follows = True
        if not run.ended:
            follows = st.toggle("Follow", True, key="run-log-follow", help="Off: the log stays as it is.")
        st.space("stretch")
        _show_download(settings, run)
    return LogQuery(_LINES, search or "", is_regex, str(level), _held_at(settings, run, follows))


def _held_at(settings: Settings, run: RunDescription, follows: bool) -> int | None:
    """Size of the log in bytes when the user stopped following it; None while following."""
    key = f"run-log-end-{run.run}"
    if follows:
        st.session_state.pop(key, None)
        return None
    if key not in st.session_state:
        st.session_state[key] = runs.search_log(settings, run.run, LogQuery(lines=1)).size
    return int(st.session_state[key])


def _show_download(settings: Settings, run: RunDescription) -> None:
    """The whole file: streamed by server.py's route, or through the page server's memory under `streamlit run`."""
    icon = ":material/download:"
    if routes.are_served():
        st.link_button("Download", routes.run_log(run.run), icon=icon)
        return
    name = f"{run.run}.log.txt"

    def content() -> bytes:
        return runs.log_file(settings, run.run).read_bytes()

    st.download_button("Download", content, name, mime="text/plain", icon=icon, on_click="ignore")


def _summary(view: LogView, query: LogQuery) -> str:
    size = data_size(view.size)
    if not query.is_narrow:
        return f"The last {counted(len(view.lines), 'line')} of {size}."
    where = f"all {size}" if view.is_whole else f"the last {data_size(view.searched)} of {size}; the search stops there"
    last_words = f", the last {count(len(view.lines))} shown" if view.match_count > len(view.lines) else ""
    return f"{counted(view.match_count, 'line')} found in {where}{last_words}."


def _markup(lines: tuple[LogLine, ...]) -> str:
    rows = (f'<span class="{line.level}">{_line(line)}</span>' for line in lines)
    return '<pre class="run-log">' + "\n".join(rows) + "</pre>"


def _line(line: LogLine) -> str:
    """The line as escaped HTML, with the matches marked."""
    parts, position = [], 0
    for start, end in line.marks:
        parts += [escape(line.text[position:start]), f"<mark>{escape(line.text[start:end])}</mark>"]
        position = end
    return "".join([*parts, escape(line.text[position:])])
