"""Which list of class names rules which label files, and what to do where lists contradict each other."""

from typing import Final

import streamlit as st

from core.figures.words.numbers import counted
from core.labels.reading.class_lists import ClassList, ClassScope
from core.services.datasets import Inspection
from pages.sections.datasets.import_options import CLASS_LISTS, choose, chosen, files_of, show_undo
from pages.widgets.text import code, escape

_SHOWN_SCOPES: Final = 10
_SHOWN_NAMES: Final = 8


def show_class_lists(inspection: Inspection) -> None:
    """The lists of names of a source: where they agree as text, where they do not as a choice."""
    scopes = inspection.examination.reading.class_scopes
    if not scopes:
        return
    st.markdown("**Class names**")
    # Lists in conflict first: they need an answer.
    ordered = sorted(scopes, key=lambda scope: not (scope.is_conflict or scope.is_shifted))
    for scope in ordered[:_SHOWN_SCOPES]:
        if scope.is_conflict or files_of(scope) in chosen(CLASS_LISTS):
            _show_choice(scope)
        else:
            st.caption(_words(scope))
        if scope.is_shifted:
            _show_shift(scope, len(scopes) == 1)
    if len(scopes) > _SHOWN_SCOPES:
        st.caption(f"{counted(len(scopes) - _SHOWN_SCOPES, 'more list')} of names, each for its own folders.")


def _words(scope: ClassScope) -> str:
    others = [listed.file for listed in scope.lists if listed.file != scope.file]
    agree = f" {', '.join(map(code, others[:3]))} {'agrees' if len(others) == 1 else 'agree'}." if others else ""
    return f"{code(scope.file)} names the classes of {_label_files(scope)}: {_names(scope.names)}.{agree}"


def _label_files(scope: ClassScope) -> str:
    folders = ", ".join(code(folder or ".") for folder in scope.folders[:3])
    return f"{counted(scope.label_files, 'label file')} in {folders}"


def _names(names: tuple[str, ...]) -> str:
    listed = ", ".join(escape(name) or "no name" for name in names[:_SHOWN_NAMES])
    return f"{listed}, and {len(names) - _SHOWN_NAMES:,} more" if len(names) > _SHOWN_NAMES else listed


def _show_choice(scope: ClassScope) -> None:
    name = files_of(scope)
    key = f"import-class-list-{' '.join(name)}"
    if scope.is_conflict:
        st.warning(
            f"{len(scope.lists)} lists name the classes of {_label_files(scope)}, and they differ. Choose the one that "
            "the labels were made with.",
            icon=":material/help:",
        )
    of_file: dict[str, ClassList] = {listed.file: listed for listed in scope.lists}
    files = list(of_file)
    taken = chosen(CLASS_LISTS).get(name)
    if st.session_state.get(key) != taken:
        st.session_state[key] = taken
    st.radio(
        f"Class names of {_label_files(scope)}",
        files,
        index=files.index(taken) if taken in of_file else None,
        format_func=lambda file: f"{code(file)}: {_names(of_file[file].names)}",
        key=key,
        on_change=lambda: choose(CLASS_LISTS, name, st.session_state[key]),
    )
    if taken:
        show_undo(CLASS_LISTS, [name], f"{key}-undo")


def _show_shift(scope: ClassScope, is_only: bool) -> None:
    """Ask whether numbers start at 0 or at 1."""
    names = scope.names
    st.warning(
        f"No object of {_label_files(scope)} has class 0. Do the numbers start at 0 or at 1?", icon=":material/help:"
    )
    with st.container(horizontal=True, gap="small"):
        st.button(
            f"At 1: class 1 is {escape(names[0])}",
            key="import-shift-1",
            on_click=lambda: st.session_state.update({"import-first-id": 1}),
        )
        # Names are a list with commas in the widget that holds them.
        if is_only and scope.highest < len(names) and not any("," in name or not name for name in names):
            st.button(
                f"At 0: class 1 is {escape(names[1])}",
                key="import-shift-0",
                on_click=lambda: st.session_state.update({"import-names": ", ".join(names)}),
            )
