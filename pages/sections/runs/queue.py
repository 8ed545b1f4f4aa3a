"""The queue: what waits for a device, when it is expected to start, and buttons to reorder it."""

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
    """The waiting items, one line each, next first; nothing if the queue is empty."""
    with shown_errors():
        waiting = runs.list_queue(settings)
        if not waiting:
            return
        with st.container(border=True, gap="small", key="run-queue"):
            served = [ticket for ticket in waiting if not ticket.damaged]
            st.markdown(f":material/hourglass_top: **Queue** :small[:gray[{len(served)} waiting, next first]]")
            for ticket in served:
                _show_line(settings, ticket, len(served))
            for ticket in waiting:
                if ticket.damaged:
                    _show_damaged(ticket, ticket.damaged)


def show_queue_position(settings: Settings, run: RunDescription) -> None:
    """The position of a queued run and its expected start; nothing for other runs."""
    ticket = runs.queue_position(settings, run.run) if run.phase == "queued" else None
    if ticket:
        st.caption(f":material/hourglass_top: Number {ticket.position} in the queue, {_start(ticket)}.")


def _show_line(settings: Settings, ticket: Waiting, of: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"queue-row-{ticket.key}"):
        st.markdown(f"**{ticket.position}**", width=20)
        with st.container(width=330):
            _show_name(ticket)
        priority = f" · priority {ticket.priority}" if ticket.priority else ""
        st.markdown(f":small[:gray[{_start(ticket)}{priority}]]", width=230)
        st.space("stretch")
        _show_buttons(settings, ticket, of)


def _show_damaged(ticket: Waiting, damage: Damage) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"queue-row-{ticket.key}"):
        with st.container(width=330):
            _show_name(ticket)
        show_in_line(damage)


def _show_name(ticket: Waiting) -> None:
    words = escape(ticket.name) if ticket.kind == "run" else f"{ticket.kind.capitalize()} {escape(ticket.name)}"
    if ticket.kind in _PAGES:
        st.page_link(_PAGES[ticket.kind], label=words, query_params={ticket.kind: ticket.key})
    else:
        st.markdown(words)


def _show_buttons(settings: Settings, ticket: Waiting, of: int) -> None:
    steps = (
        ("first", "keyboard_double_arrow_up", "To the front", 1 - ticket.position),
        ("up", "arrow_upward", "One place up", -1),
        ("down", "arrow_downward", "One place down", 1),
    )
    for name, icon, help_text, by in steps:
        is_at_end = ticket.position == (of if by > 0 else 1)
        st.button(
            "",
            icon=f":material/{icon}:",
            key=f"queue-{name}-{ticket.key}",
            help=help_text,
            disabled=is_at_end,
            on_click=_move,
            args=(settings, ticket.key, by),
        )
    if ticket.kind == "run":
        help_text = "The run becomes stopped. You can resume it."
        st.button(
            "Cancel",
            icon=":material/close:",
            key=f"queue-cancel-{ticket.key}",
            help=help_text,
            on_click=_cancel,
            args=(settings, ticket.key),
        )


# As a callback, so that the queue is drawn once, after the change.
def _move(settings: Settings, key: str, by: int) -> None:
    with shown_errors():
        runs.move_by(settings, key, by, actor=actor_of(settings))


def _cancel(settings: Settings, key: str) -> None:
    with shown_errors():
        runs.cancel_waiting(settings, key, actor=actor_of(settings))
        st.toast("The run was taken out of the queue.")


def _start(ticket: Waiting) -> str:
    if ticket.starts_in_s is None:
        return "start not known yet"
    return f"starts in about {duration(ticket.starts_in_s)}" if ticket.starts_in_s >= 1 else "starts now"
