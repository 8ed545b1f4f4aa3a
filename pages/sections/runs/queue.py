"""The queue: what waits for a device, when it will start, and the buttons that change its order."""

import streamlit as st

from core.figures.words.numbers import duration
from core.records import Damage
from core.services import runs
from core.services.runs import RunDescription, Waiting
from core.settings import Settings
from pages.widgets.actor import actor_of
from pages.widgets.damage import show_in_line
from pages.widgets.notices import shown_errors
from pages.widgets.text import escape

_PAGES = {"run": "pages/run.py", "evaluation": "pages/evaluate.py"}


def show_queue(settings: Settings) -> None:
    """All that waits, a line each, next first; nothing where nothing does."""
    with shown_errors():
        waiting = runs.list_queue(settings)
        if not waiting:
            return
        with st.container(border=True, gap="small", key="run-queue"):
            served = [one for one in waiting if not one.damaged]
            st.markdown(f":material/hourglass_top: **Queue** :small[:gray[{len(served)} waiting, next first]]")
            for one in served:
                _show_line(settings, one, len(served))
            for one in waiting:
                if one.damaged:
                    _show_damaged(one, one.damaged)


def show_place(settings: Settings, run: RunDescription) -> None:
    """Where a queued run stands and when it is expected to start; nothing for any other."""
    place = runs.queue_position(settings, run.run) if run.phase == "queued" else None
    if place:
        st.caption(f":material/hourglass_top: Number {place.position} in the queue, {_start(place)}.")


def _show_line(settings: Settings, one: Waiting, of: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"queue-row-{one.key}"):
        st.markdown(f"**{one.position}**", width=20)
        with st.container(width=330):
            _show_name(one)
        priority = f" · priority {one.priority}" if one.priority else ""
        st.markdown(f":small[:gray[{_start(one)}{priority}]]", width=230)
        st.space("stretch")
        _show_buttons(settings, one, of)


def _show_damaged(one: Waiting, damage: Damage) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"queue-row-{one.key}"):
        with st.container(width=330):
            _show_name(one)
        show_in_line(damage)


def _show_name(one: Waiting) -> None:
    words = escape(one.name) if one.kind == "run" else f"{one.kind.capitalize()} {escape(one.name)}"
    if one.kind in _PAGES:
        st.page_link(_PAGES[one.kind], label=words, query_params={one.kind: one.key})
    else:
        st.markdown(words)


def _show_buttons(settings: Settings, one: Waiting, of: int) -> None:
    steps = (
        ("first", "keyboard_double_arrow_up", "To the front", 1 - one.position),
        ("up", "arrow_upward", "One place up", -1),
        ("down", "arrow_downward", "One place down", 1),
    )
    for name, icon, help_text, by in steps:
        is_at_end = one.position == (of if by > 0 else 1)
        st.button(
            "",
            icon=f":material/{icon}:",
            key=f"queue-{name}-{one.key}",
            help=help_text,
            disabled=is_at_end,
            on_click=_move,
            args=(settings, one.key, by),
        )
    if one.kind == "run":
        help_text = "It ends as stopped; resume it any time."
        st.button(
            "Cancel",
            icon=":material/close:",
            key=f"queue-cancel-{one.key}",
            help=help_text,
            on_click=_cancel,
            args=(settings, one.key),
        )


# By callback: the queue is drawn once, as it is after the click.
def _move(settings: Settings, key: str, by: int) -> None:
    with shown_errors():
        runs.move_by(settings, key, by, actor=actor_of(settings))


def _cancel(settings: Settings, key: str) -> None:
    with shown_errors():
        runs.cancel_waiting(settings, key, actor=actor_of(settings))
        st.toast("The run was taken out of the queue.")


def _start(one: Waiting) -> str:
    if one.starts_in_s is None:
        return "start not known yet"
    return f"starts in about {duration(one.starts_in_s)}" if one.starts_in_s >= 1 else "starts now"
