"""The list of runs, one line each, with a checkbox to pick runs to compare."""

import html
from typing import Any, Final

import streamlit as st

from core.figures.words.numbers import ago, count, duration, percent
from core.services.runs import RunSummary
from core.services.training import RunGroup
from core.settings import Settings
from core.training.run.status import Phase
from pages.sections.runs.group import show_group_line
from pages.sections.runs.notes import tag_chip
from pages.widgets import address
from pages.widgets.badges import show_phase
from pages.widgets.damage import show_actions, show_in_line
from pages.widgets.image_grid import page_count, page_of
from pages.widgets.text import escape

_PHASES: Final = ("running", "queued", "finished", "stopped", "failed", "lost")
_NOTE_SIGNS: Final = 60
_PAGE_SIZE: Final = 20


def choose_runs(runs: list[RunSummary]) -> list[RunSummary]:
    """Draws the filters, which the address keeps. Returns the runs that pass them."""
    datasets = {run.dataset: run.dataset_name for run in runs if run.dataset}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="runs-filter"):
        wanted = st.text_input(
            "Name", placeholder="Part of the name", width=220, **address.bound("q", address.text("q"), start="value")
        )
        dataset = st.selectbox(
            "Data set",
            list(datasets),
            format_func=datasets.__getitem__,
            placeholder="Any",
            width=200,
            **address.bound("dataset", address.choice("dataset", list(datasets)) or None, among=list(datasets)),
        )
        phases = st.pills(
            "State",
            _PHASES,
            selection_mode="multi",
            format_func=str.capitalize,
            **address.bound("phase", address.several("phase", _PHASES), list, start="default"),
        )
        tags = _choose_tags(runs)
        st.toggle(
            "Archived",
            help="Show archived runs too.",
            **address.bound("archived", shows_archived(), _as_mark, start="value"),
        )
    return [
        run
        for run in runs
        if wanted.lower() in run.name.lower()
        and dataset in (None, run.dataset)
        and (not phases or _phase_to_filter(run.phase) in phases)
        and set(tags) <= set(run.tags)
    ]


def shows_archived() -> bool:
    """Whether the address asks for archived runs too."""
    return address.text("archived") == "1"


def _choose_tags(runs: list[RunSummary]) -> list[str]:
    """The tags that a run must have, all of them. There is no field before the first tag."""
    tags = sorted({tag for run in runs for tag in run.tags} | set(address.several("tag")))
    if not tags:
        return []
    bound = address.bound("tag", address.several("tag"), list, start="default")
    return list(st.multiselect("Tags", tags, placeholder="Any", width=220, **bound))


def _as_mark(is_on: bool) -> str | None:
    return "1" if is_on else None


def show_list(settings: Settings, runs: list[RunSummary | RunGroup], picked: list[str]) -> None:
    """A line per run or group, newest first, in pages: a thousand lines would take a browser seconds."""
    pages = page_count(len(runs), _PAGE_SIZE)
    at = min(address.whole("page", 1) or 1, pages)
    for run in page_of(runs, at, _PAGE_SIZE):
        if isinstance(run, RunGroup):
            show_group_line(run)
            continue
        with st.container(
            border=True, horizontal=True, vertical_alignment="center", gap="small", key=f"run-row-{run.run}"
        ):
            _show_line(settings, run, run.run in picked)
    if pages > 1:
        # A key per page: the address holds the current page, the widget only the target.
        key = f"runs-page-{at}"
        st.pagination(pages, default=at, key=key, on_change=_turn_to, args=(key,))


def _show_line(settings: Settings, run: RunSummary, is_picked: bool) -> None:
    damage = run.damaged
    key = f"runs:pick:{run.run}"
    st.session_state[key] = is_picked
    picking: dict[str, Any] = {
        "on_change": _pick,
        "args": (run.run, key),
        "label_visibility": "collapsed",
        "width": 24,
    }
    st.checkbox("Compare", key=key, disabled=bool(damage and not is_picked), **picking)
    with st.container(width=330, gap=None):
        st.page_link("pages/run.py", label=f"**{escape(run.name)}**", query_params={"run": run.run})
        parts = [f"{run.dataset_name} {run.version}".strip(), run.model_title, ago(run.created)]
        st.caption(escape(" · ".join(part for part in parts if part)))
        if run.tags or run.note or run.archived:
            st.html(_remarks(run))
    if damage:
        show_in_line(damage)
        show_actions(settings, "run", run.run, damage)
        return
    with st.container(width=100):
        show_phase(run.phase or "damaged", run.reason)
    with st.container(width=250):
        _show_progress(run)
    ap, ap50 = (run.best.ap, run.best.ap50) if run.best else (None, None)
    st.markdown(f"AP **{percent(ap)}**  \n:small[:gray[AP50 {percent(ap50)}]]", width=80)


def _remarks(run: RunSummary) -> str:
    """Tags and the note's first line, as HTML."""
    first, *more = (run.note or "").splitlines() or [""]
    marks = ["archived"] if run.archived else []
    words = first[:_NOTE_SIGNS] + (" …" if more or len(first) > _NOTE_SIGNS else "")
    chips = " ".join(tag_chip(tag) for tag in [*marks, *run.tags])
    return f'{chips} <span style="font-size:.8rem;opacity:.75">{html.escape(words)}</span>'


def _show_progress(run: RunSummary) -> None:
    done, of = run.iteration, run.of_iterations
    if run.ended:
        words = run.reason if run.phase in ("failed", "lost") else f"{count(done)} of {count(of)} iterations"
        st.markdown(f":small[:gray[{escape(words)}]]")
    elif run.phase == "queued":
        position = run.queue_position
        st.markdown(f":small[:gray[{f'Number {position} in the queue' if position else escape(run.reason)}]]")
    else:
        left = f", {duration(run.eta_s)} left" if run.eta_s is not None else ""
        st.progress(min(done / of, 1.0) if of else 0.0, f":small[{count(done)} of {count(of)}{left}]")


def _phase_to_filter(phase: Phase | None) -> str:
    return "running" if phase is Phase.STARTING else phase or "damaged"


def _pick(run: str, key: str) -> None:
    others = [key for key in address.several("compare") if key != run]
    address.put({"compare": [*others, run] if st.session_state[key] else others})


def _turn_to(key: str) -> None:
    page = st.session_state[key]
    address.put({"page": str(page) if page > 1 else None})
