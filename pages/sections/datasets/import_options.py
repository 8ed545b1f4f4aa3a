"""The choices of step 2 of an import: how the source is read, and the thresholds of the checks.

Streamlit drops the value of a widget that is not drawn, so choices for single groups live in a separate dictionary.
"""

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from core.errors import AppError
from core.labels.images.bit_range import parse_bit_range
from core.labels.reading.class_lists import ClassScope
from core.services.datasets import ImportOptions, Thresholds, thresholds_of, with_known_range
from pages.widgets.cached import current_settings

NAME: Final = "import-name"
READINGS: Final = "import-readings"  # group -> reading
CLASS_LISTS: Final = "import-class-lists"  # files of lists that rule the same label files -> the one that counts
ENCODINGS: Final = "import-encodings"  # file or folder -> encoding
THRESHOLDS: Final = "import-thresholds"  # option name -> value
RANGE: Final = "import-range"  # of deep images, as typed: (LOW, HIGH), each a number or None


def reading_options() -> ImportOptions:
    """The import options as far as step 2 settles them."""
    names = str(st.session_state.get("import-names", ""))
    options = ImportOptions(
        format=st.session_state.get("import-format", "auto"),
        coordinates=st.session_state.get("import-coordinates", "auto"),
        names=tuple(name.strip() for name in names.split(",")) if names.strip() else None,
        readings=chosen(READINGS),
        first_id=int(st.session_state.get("import-first-id", 0)),
        annotator=str(st.session_state.get("import-annotator", "")),
        class_lists=tuple(dict.fromkeys(chosen(CLASS_LISTS).values())),
        encodings=chosen(ENCODINGS),
        thresholds=changed_thresholds(),
        bit_range="" if range_error() else range_text(),
    )
    name = typed_name()
    return with_known_range(current_settings(), options, name) if name else options


def typed_name() -> str:
    """The name of the data set as it stands in step 5; "" for the suggested one."""
    return str(st.session_state.get(NAME, "")).strip()


def chosen(what: str) -> dict[Any, str]:
    """The choices of one kind: READINGS, CLASS_LISTS or ENCODINGS."""
    return dict(st.session_state.get(what, {}))


def choose(what: str, name: Any, value: str | None) -> None:
    """Adds or replaces a choice; None takes it back."""
    choices = chosen(what)
    if value is None:
        choices.pop(name, None)
    else:
        choices[name] = value
    st.session_state[what] = choices


def show_undo(what: str, names: Sequence[Any], key: str) -> None:
    """The button that takes choices of one kind back."""
    st.button("As detected", icon=":material/undo:", type="tertiary", key=key, on_click=take_back, args=(what, names))


def take_back(what: str, names: Sequence[Any]) -> None:
    """Takes choices of one kind back."""
    for name in names:
        choose(what, name, None)


def changed_thresholds() -> Thresholds:
    """The thresholds of the checks, with the user's changes."""
    return thresholds_of(st.session_state.get(THRESHOLDS, {}))


def range_text() -> str:
    """The range of deep images as the user typed it, LOW,HIGH; "" for the automatic one."""
    typed = st.session_state.get(RANGE)
    return ",".join("" if value is None else f"{value:.17g}" for value in typed) if typed else ""


def range_error() -> AppError | None:
    """Why the range that the user typed cannot be used; None if it can."""
    try:
        parse_bit_range(range_text())
    except AppError as error:
        return error
    return None


def files_of(scope: ClassScope) -> tuple[str, ...]:
    """The name of a choice of a list: the files of all lists that rule the same label files."""
    return tuple(listed.file for listed in scope.lists)


def forget_choices() -> None:
    """Forgets all choices that are not a widget's."""
    for what in (READINGS, CLASS_LISTS, ENCODINGS, THRESHOLDS, RANGE):
        st.session_state.pop(what, None)
