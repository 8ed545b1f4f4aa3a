"""The verdict on two evaluations, in one sentence and four figures."""

from typing import Any, Final

import streamlit as st

from core.evaluation.intervals.intervals import FEWEST_IMAGES
from core.evaluation.intervals.paired import Paired
from core.figures.comparison import better_words, interval_words, paired_words, plus_minus, signed
from core.figures.words.numbers import counted, duration, percent
from core.services import evaluation
from core.services.evaluation import Difference, Differences
from core.services.evaluation import comparison as comparing
from core.settings import Settings
from pages.sections.compare.state import Compared
from pages.widgets import address
from pages.widgets.progress import progress_bar
from pages.widgets.text import escape

_AT_ONCE_S: Final = 1.0


def measured(settings: Settings, compared: Compared) -> Differences | None:
    """The differences with intervals, if they are stored or take at most a second; else None, and a button."""
    stored = comparing.kept_differences(settings, compared.comparison)
    if stored is not None:
        return stored
    pair = (compared.comparison.a, compared.comparison.b)
    seconds = sum(evaluation.expected_seconds(settings, side) for side in pair)
    if seconds > _AT_ONCE_S and not st.button(
        f"Compute how sure the difference is (about {duration(max(2, round(seconds)))})",
        type="primary",
        icon=":material/error_med:",
        key="compare-now",
    ):
        return None
    with progress_bar("Scoring both on the same draws of images") as progress:
        return comparing.differences(settings, compared.comparison, progress)


def show_names(compared: Compared) -> None:
    """A and B as links, *Swap* and *End the comparison*."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="compare-names"):
        for letter, side in (("A", compared.comparison.a), ("B", compared.comparison.b)):
            st.page_link(
                "pages/evaluate.py", label=f"**{letter}** {escape(side.name)}", query_params={"evaluation": side.id}
            )
        st.button("Swap", icon=":material/swap_horiz:", type="tertiary", on_click=_swap, args=(compared,))
        st.button(
            "End the comparison",
            icon=":material/close:",
            type="tertiary",
            on_click=address.put,
            args=({"against": None, "change": None, "image": None, "page": None},),
        )


def show_verdict(compared: Compared, differences: Differences | None) -> None:
    """The sentence, the figures and the warnings."""
    for warning in compared.comparison.warnings:
        st.warning(escape(warning), icon=":material/warning:")
    view = compared.view
    # Of all classes, like the AP beside it.
    moved = compared.comparison.moved(view.score, view.iou)
    won, lost = (int((moved["change"] == change).sum()) for change in comparing.CHANGES)
    if differences is not None:
        _, _, ap, ap50 = differences.rows[0]
        paired = comparing.paired_of(compared.comparison, differences, view.score, view.iou)
        st.markdown(f"#### {_verdict(ap, paired[0])}")
        with st.container(horizontal=True, gap="medium", key="compare-tiles"):
            _figure("AP", ap)
            _figure("AP50", ap50)
            _tile("Objects won", f"{won:,}", "found by B, missed by A")
            _tile("Objects lost", f"{lost:,}", "found by A, missed by B")
    st.caption(
        f"{counted(len(compared.comparison.images), 'image')}. AP counts all scores and IoUs; won and lost hold "
        f"at score {view.score:g} and IoU {view.iou:g}."
    )
    if differences is not None and differences.rows[0][2].by.is_uncertain:
        st.caption(
            f"Fewer than {FEWEST_IMAGES} images show an object, so images are counted instead. On each, the better "
            "model has the higher F1 at this score and IoU. p is from the exact two-sided sign test."
        )


def _verdict(ap: Difference, paired: Paired | None) -> str:
    by = ap.by
    if by.value is None:
        return "Neither has an AP here"
    words = better_words(by) if paired is None else paired_words(paired)
    is_open = by.low is not None and by.high is not None and by.low <= 0 <= by.high
    return f"No clear difference: {words}" if is_open else words[:1].upper() + words[1:]


def _figure(name: str, difference: Difference) -> None:
    with st.container(width=200, gap=None):
        st.metric(
            f"{name}, A → B",
            f"{percent(difference.a)} → {percent(difference.b)}",
            f"{signed(difference.by.value)} {plus_minus(difference.by)}",
            delta_color="off",
            delta_arrow="off",
            help=_help(difference),
        )


def _help(difference: Difference) -> str:
    if difference.by.is_uncertain:
        return f"B minus A. There is no interval: fewer than {FEWEST_IMAGES} images show an object."
    interval = interval_words(difference.by, is_difference=True)
    return f"95 % interval of B minus A: {interval}, both scored on the same 1,000 draws of the images."


def _tile(label: str, value: str, below: str) -> None:
    with st.container(width=170, gap=None):
        st.metric(label, value)
        st.caption(below)


def _swap(compared: Compared) -> None:
    a, b = compared.comparison.a.id, compared.comparison.b.id
    other: dict[str, str] = {"won": "lost", "lost": "won"}
    changes: dict[str, Any] = {"evaluation": b, "against": a, "change": other.get(compared.change)}
    # An image id may be another image in the other evaluation.
    address.put({**changes, "image": None, "page": None})
