"""Step 3 of an import, continued: the objects to import as ignored regions, by an attribute."""

from typing import Final

import streamlit as st

from core.figures.words.numbers import count
from core.services.datasets import Inspection, attributes_to_ignore

_KEY: Final = "import-ignored"


def show_ignored(inspection: Inspection) -> tuple[tuple[str, str], ...]:
    """The attributes (name, value) whose objects are ignored; without attributes to choose it shows nothing."""
    numbers = attributes_to_ignore(inspection)
    if not numbers:
        return ()
    chosen = st.multiselect(
        "Ignored objects",
        list(numbers),
        format_func=lambda pair: f"{pair[0]} = {pair[1]} · {count(numbers[pair])}",
        placeholder="None",
        key=f"{_KEY}-{inspection.tree.parent.name}",
        help="Objects with such an attribute are kept as ignored regions of their class: nothing is learned there, and "
        "no detection there counts.",
    )
    return tuple(chosen)
