"""Files whose encoding is a guess on which names depend, and the choice between the two likeliest."""

from typing import Final

import streamlit as st

from core.figures.words.numbers import counted
from core.labels.imports.encodings import GuessedEncoding
from core.services.datasets import Inspection
from pages.sections.datasets.import_options import ENCODINGS, choose, chosen, show_undo
from pages.widgets.text import code, escape

_MOST_PLACES: Final = 10


def show_encodings(inspection: Inspection) -> None:
    """A choice for each file, or each folder of files, that does not say its encoding."""
    guessed = inspection.examination.encodings
    if not guessed:
        return
    st.markdown("**Encoding**")
    # Those without an answer first.
    ordered = sorted(guessed, key=lambda each: bool(each.chosen))
    for each in ordered[:_MOST_PLACES]:
        _show_choice(each)
    if len(ordered) > _MOST_PLACES:
        st.caption(f"{counted(len(ordered) - _MOST_PLACES, 'more place')} with files whose encoding is a guess.")


def _show_choice(guessed: GuessedEncoding) -> None:
    where, key = _where(guessed), f"import-encoding-{guessed.path}"
    if not guessed.chosen:
        st.warning(
            f"{where} {'is' if guessed.files == 1 else 'are'} not in UTF-8, and nothing says in which encoding the "
            "names are. Choose the one under which they read well.",
            icon=":material/help:",
        )
    words = dict(guessed.readings)
    taken = chosen(ENCODINGS).get(guessed.path)
    if st.session_state.get(key) != taken:
        st.session_state[key] = taken
    st.radio(
        f"Encoding of {where}",
        list(words),
        index=None,
        format_func=lambda encoding: f"{code(encoding)}: {', '.join(map(escape, words[encoding]))}",
        key=key,
        on_change=lambda: choose(ENCODINGS, guessed.path, st.session_state[key]),
    )
    if taken:
        show_undo(ENCODINGS, [guessed.path], f"{key}-undo")


def _where(guessed: GuessedEncoding) -> str:
    if guessed.files == 1:
        return code(guessed.path)
    folder = "the source" if guessed.path == "." else code(guessed.path)
    return f"{counted(guessed.files, 'file')} in {folder}"
