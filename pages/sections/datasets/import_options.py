"""The choices of step 2 of an import: how the source is read, and the thresholds of the checks.

Streamlit drops the value of a widget that is not drawn, so choices for single groups live in a separate dictionary.
"""

from typing import Any, Final

import streamlit as st

from core.labels.reading.class_lists import ClassScope
from core.services.datasets import ImportOptions, Thresholds, thresholds_of

READINGS: Final = "import-readings"  # group -> reading
CLASS_LISTS: Final = "import-class-lists"  # files of lists that rule the same label files -> the one that counts
THRESHOLDS: Final = "import-thresholds"  # option name -> value


def reading_options() -> ImportOptions:
    """The import options as far as step 2 settles them."""
    names = str(st.session_state.get("import-names", ""))
    return ImportOptions(
        format=st.session_state.get("import-format", "auto"),
        coordinates=st.session_state.get("import-coordinates", "auto"),
        names=tuple(name.strip() for name in names.split(",")) if names.strip() else None,
        readings=chosen(READINGS),
        first_id=int(st.session_state.get("import-first-id", 0)),
        annotator=str(st.session_state.get("import-annotator", "")),
        class_lists=tuple(dict.fromkeys(chosen(CLASS_LISTS).values())),
        thresholds=changed_thresholds(),
    )


def chosen(what: str) -> dict[Any, str]:
    """The choices of one kind: READINGS or CLASS_LISTS."""
    return dict(st.session_state.get(what, {}))


def choose(what: str, name: Any, value: str | None) -> None:
    """Adds or replaces a choice; None takes it back."""
    choices = chosen(what)
    if value is None:
        choices.pop(name, None)
    else:
        choices[name] = value
    st.session_state[what] = choices


def changed_thresholds() -> Thresholds:
    """The thresholds of the checks, with the user's changes."""
    return thresholds_of(st.session_state.get(THRESHOLDS, {}))


def files_of(scope: ClassScope) -> tuple[str, ...]:
    """The name of a choice of a list: the files of all lists that rule the same label files."""
    return tuple(listed.file for listed in scope.lists)


def forget_choices() -> None:
    """Forgets all choices that are not a widget's."""
    for what in (READINGS, CLASS_LISTS, THRESHOLDS):
        st.session_state.pop(what, None)
