"""Note, tags and name of a run, shown and edited.

A note is untrusted Markdown. It is shown without raw HTML (Streamlit's default) and without images, which would tell
their server who reads the note.
"""

import html
from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.errors import AppError, ConflictError
from core.services import runs
from core.services.runs import LONGEST_NOTE, MOST_TAGS, RunDescription
from core.settings import Settings
from core.workspace.names import LONGEST_NAME
from pages.widgets.actor import actor_of
from pages.widgets.notices import show_error

_OPEN: Final = "run-notes:open"  # the id of the run whose dialog is open, in the session
_SEEN: Final = "run-notes:seen"  # the values when the dialog was opened


def show_notes(settings: Settings, run: RunDescription) -> None:
    """Tags and note below a run's name, and the button that edits them."""
    with st.container(key="run-notes", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if run.archived:
                st.badge("archived", icon=":material/inventory_2:", color="gray")
            show_tags(run.tags)
            words = "Edit note, tags, name" if run.note or run.tags else "Add a note or tags"
            if st.button(words, icon=":material/edit_note:", type="tertiary", key="notes-edit"):
                _begin(run)
        if run.note:
            st.markdown(without_images(run.note))
    if st.session_state.get(_OPEN) == run.run:
        _edit(settings, run.run)


def show_tags(tags: Sequence[str]) -> None:
    """The tags as badges."""
    if tags:
        st.html(" ".join(tag_chip(tag) for tag in tags), width="content")


def tag_chip(tag: str) -> str:
    """A tag as HTML."""
    style = "border:1px solid color-mix(in srgb, currentColor 30%, transparent);border-radius:1em;padding:.05em .6em"
    return f'<span style="{style};font-size:.8rem;white-space:nowrap">{html.escape(tag)}</span>'


def without_images(markdown: str) -> str:
    """The note with every image as a plain link."""
    # Escapes the bracket, not the exclamation mark: a backslash before the mark would undo that.
    return markdown.replace("![", "!\\[")


def _begin(run: RunDescription) -> None:
    st.session_state[_OPEN] = run.run
    st.session_state[_SEEN] = {"name": run.name, "revision": run.note_revision, "tags": run.tags}
    # Set here, so that the fields keep the user's text when the page behind the dialog reruns.
    st.session_state["notes-name"], st.session_state["notes-note"] = run.name, run.note
    st.session_state["notes-tags"] = list(run.tags)


def _close() -> None:
    st.session_state.pop(_OPEN, None)


@st.dialog("Note, tags and name", width="medium", on_dismiss=_close)
def _edit(settings: Settings, key: str) -> None:
    """The dialog. After a conflict with another user it shows the error, and the fields keep the user's text."""
    used = {tag for run in runs.list_runs(settings, archived=True) for tag in run.tags}
    name = st.text_input("Name", key="notes-name", max_chars=LONGEST_NAME)
    tags = st.multiselect(
        "Tags",
        sorted(used | set(st.session_state["notes-tags"])),
        key="notes-tags",
        accept_new_options=True,
        max_selections=MOST_TAGS,
        select_all=False,
        placeholder="Short words, such as baseline",
    )
    help_text = "Markdown. Images are shown as links."
    note = st.text_area("Note", key="notes-note", height=200, max_chars=LONGEST_NOTE, help=help_text)
    if not st.button("Save", type="primary", icon=":material/save:", key="notes-save"):
        return
    try:
        _save(settings, key, name, tags, note)
    except AppError as error:
        show_error(error)
        return
    _close()
    st.rerun()


def _save(settings: Settings, key: str, name: str, tags: list[str], note: str) -> None:
    """Writes the changed values. Raises AppError; after a conflict the next attempt overwrites the other change."""
    seen = st.session_state[_SEEN]
    try:
        if name.strip() != seen["name"]:
            runs.rename(settings, key, name, seen["name"], actor=actor_of(settings))
        runs.write_note(settings, key, note, seen["revision"], actor=actor_of(settings))
    except ConflictError:
        now = runs.describe_run(settings, key)
        st.session_state[_SEEN] = {**seen, "name": now.name, "revision": now.note_revision}
        raise
    before, after = set(seen["tags"]), {tag.strip().lower() for tag in tags}
    if before != after:
        runs.change_tags(settings, key, after - before, before - after, actor=actor_of(settings))
