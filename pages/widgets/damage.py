"""Damaged items: the reason and the remedy, in a line of a list or instead of a page."""

import re
from typing import Final

import streamlit as st

from core.errors import AppError, DamagedFileError
from core.records import Damage
from core.services import rebuilding, runs
from core.settings import Settings
from core.workspace.layout import Layout
from core.workspace.registry import read_description
from pages.widgets.actor import actor_of
from pages.widgets.badges import show_phase
from pages.widgets.notices import show_error, shown_errors
from pages.widgets.text import code, escape

DELETED: Final = "run-trash:deleted"  # (id, name) of the last run deleted in this session
_COMMAND: Final = re.compile(r" \(`[^`]*`\)")
_LISTS: Final = {
    "run": ("pages/runs.py", "All runs"),
    "evaluation": ("pages/evaluate.py", "All evaluations"),
    "dataset": ("pages/datasets.py", "All data sets"),
    "model": ("pages/train.py", "Train"),
}


def show_instead(settings: Settings, kind: str, key: str, error: DamagedFileError) -> None:
    """The page of an item that cannot be opened: the reason, the remedy, and a link to the list."""
    show_error(AppError(error.message, _on_page(error.remedy)))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        show_actions(settings, kind, key, Damage.of(error))
        page, label = _LISTS[kind]
        st.page_link(page, label=label, icon=":material/arrow_back:")


def show_in_line(damage: Damage) -> None:
    """The badge, the reason and the remedy in a line of a list."""
    with st.container(gap=None, width="stretch"):
        show_phase("damaged", damage.reason)
        st.markdown(f":small[{code(damage.file)}: {escape(damage.reason)}.]")
        st.markdown(f":small[:gray[{escape(_on_page(damage.remedy))}]]")


def show_name_damage(settings: Settings, kind: str, key: str) -> None:
    """Above the page of an item (by id) whose description file is damaged. The page works without it."""
    folder = Layout(settings.workspace).folder(kind, key)
    show_side_damage(settings, kind, key, read_description(folder, kind).damage)


def show_side_damage(settings: Settings, kind: str, key: str, damage: Damage | None) -> None:
    """Above a page that works without the damaged file."""
    if damage is None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key=f"damage-{key}"):
        show_in_line(damage)
        show_actions(settings, kind, key, damage, can_delete=False)


def show_actions(settings: Settings, kind: str, key: str, damage: Damage, can_delete: bool = True) -> None:
    """The buttons: *Rebuild* if the file can be rebuilt, *Delete* if the item can go to the trash."""
    if rebuilding.can_rebuild(kind, damage.file):
        help_text = "Writes the file again from the rest of the folder. The damaged file is kept beside it."
        st.button(
            "Rebuild",
            icon=":material/build:",
            key=f"damage-rebuild-{key}",
            help=help_text,
            on_click=_rebuild,
            args=(settings, key),
        )
    if kind == "run" and can_delete:
        st.button(
            "Delete", icon=":material/delete:", key=f"damage-delete-{key}", on_click=_delete, args=(settings, key)
        )


def _on_page(remedy: str) -> str:
    """The remedy without its command, which a button replaces."""
    return _COMMAND.sub("", remedy)


# As a callback, so that the list is drawn once, after the change.
def _rebuild(settings: Settings, key: str) -> None:
    with shown_errors():
        done = rebuilding.rebuild(settings, key, actor=actor_of(settings))
        st.toast(f"Rebuilt: {escape(', '.join(done.rebuilt) or 'nothing')}.")


def _delete(settings: Settings, key: str) -> None:
    with shown_errors():
        deleted = runs.delete(settings, key, actor=actor_of(settings))
        st.session_state[DELETED] = (deleted.run, deleted.name)
