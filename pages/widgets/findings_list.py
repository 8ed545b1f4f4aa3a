"""Findings as images with their boxes, worst first, with full counts and as CSV."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.figures.images import image_size
from core.figures.words.numbers import count, counted
from core.labels.checks.check_texts import check_text
from pages.widgets.image_grid import Tile, image_grid, page_of
from pages.widgets.text import code, escape

_PAGE: Final = 12
_THUMBNAIL_PX: Final = 320
_LARGE_PX: Final = 960
_TABLE_ROWS: Final = 2000
_SEVERITIES: Final = {
    "blocks": ("Blocks training", "red", ":material/block:"),
    "fixed": ("Fixed on import", "green", ":material/build_circle:"),
    "look": ("Look at it", "orange", ":material/visibility:"),
}


@dataclass(frozen=True, slots=True)
class Findings:
    """Findings of one source: `frame` has the columns core.labels.findings.COLUMNS, worst first.

    `image` takes a row and a size in px, and returns that finding's image as JPEG. `scope` names the source: the same
    scope and row always give the same image. `csv` makes the download.
    """

    frame: pd.DataFrame
    image: Callable[[int, int], bytes]
    scope: str
    csv: Callable[[], bytes]


def show_findings(findings: Findings, key: str, choice: dict[str, Any] | None = None) -> None:
    """The checks with their counts on the left, the findings of the chosen check on the right.

    `choice`: arguments of the widget that chooses (`key`, `on_change`, …), to keep the choice in the address.
    """
    frame = findings.frame
    if frame.empty:
        st.success("No findings: every label and image passed every check.", icon=":material/task_alt:")
        return
    groups = frame.groupby(["check", "severity"], sort=False)["stands_for"].sum()
    severity_of = dict(groups.index.tolist())
    counts = groups.groupby("check", sort=False).sum()
    _show_totals(groups.groupby("severity", sort=False).sum(), findings, key)
    left, right = st.columns([2, 5], gap="medium")
    with left:
        chosen = st.radio(
            "Check",
            list(counts.index),
            format_func=lambda check: _label(check, severity_of[check], int(counts[check])),
            label_visibility="collapsed",
            **(choice or {"key": f"{key}-check"}),
        )
    with right:
        _show_check(findings, str(chosen), severity_of[chosen], key)


def _show_totals(totals: pd.Series, findings: Findings, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for severity, (words, colour, icon) in _SEVERITIES.items():
            if severity in totals:
                st.badge(f"{words}: {count(int(totals[severity]))}", icon=icon, color=colour)  # type: ignore[arg-type]
        st.space("stretch")
        st.download_button(
            "CSV",
            findings.csv,
            file_name="findings.csv",
            mime="text/csv",
            icon=":material/download:",
            key=f"{key}-csv",
            on_click="ignore",
            type="tertiary",
            help="All findings, with file, line, image and box",
        )


def _label(check: str, severity: str, number: int) -> str:
    _, colour, icon = _SEVERITIES[severity]
    # Non-breaking spaces: the count stays with the last word when the line wraps.
    return f":{colour}[{icon}] {escape(check_text(check).title)}\u00a0·\u00a0**{count(number)}**"


def _show_check(findings: Findings, check: str, severity: str, key: str) -> None:
    words, colour, _ = _SEVERITIES[severity]
    rows = findings.frame.index[findings.frame["check"] == check].tolist()
    text = check_text(check)
    number = int(findings.frame.loc[rows, "stands_for"].sum())
    st.markdown(f"**{escape(text.title)}** · :{colour}[{words.lower()}] · {counted(number, 'finding')}")
    st.caption(text.remedy)  # Markdown of the table, not of a file
    page_key = f"{key}-page-{check}"
    page = int(st.session_state.get(page_key, 1))
    event = image_grid(
        [_tile(findings, row) for row in page_of(rows, page, _PAGE)],
        key=f"{key}-grid-{check}",
        page=page,
        total=len(rows),
        page_size=_PAGE,
        tile_px=200,
    )
    if event.page is not None:
        st.session_state[page_key] = event.page
        st.rerun()
    if event.opened is not None:
        _show_finding(findings, event.opened)
    with st.expander(f"As a table ({counted(len(rows), 'row')})"):
        columns = ["message", "file", "line", "image", "x1", "y1", "x2", "y2"]
        table = findings.frame.loc[rows[:_TABLE_ROWS], columns]
        st.dataframe(table, hide_index=True, key=f"{key}-table-{check}")
        if len(rows) > _TABLE_ROWS:
            st.caption(f"The first {count(_TABLE_ROWS)}; the CSV holds all.")


def _tile(findings: Findings, row: int) -> Tile:
    finding = findings.frame.loc[row]
    content = _drawn(findings.scope, row, _THUMBNAIL_PX, findings.image)
    url = f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"
    caption = str(finding["image"] or finding["file"] or "The whole data set").rpartition("/")[2]
    width, height = image_size(content)
    return Tile(id=row, url=url, width=width, height=height, caption=caption, note=str(finding["message"]))


@st.cache_data(max_entries=500, show_spinner=False)
def _drawn(scope: str, row: int, size: int, _image: Callable[[int, int], bytes]) -> bytes:
    return _image(row, size)


@st.dialog("Finding", width="large")
def _show_finding(findings: Findings, row: int) -> None:
    finding = findings.frame.loc[row]
    st.markdown(escape(str(finding["message"])))
    st.image(_drawn(findings.scope, row, _LARGE_PX, findings.image))
    origin = f"{finding['file']}, line {finding['line']}" if finding["line"] else str(finding["file"])
    if origin:
        st.caption(f"In {code(origin)}. {escape(check_text(str(finding['check'])).remedy)}")
