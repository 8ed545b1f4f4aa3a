"""The range of values by which images with 16 or 32 bits are mapped to 8 bits."""

from typing import Final

import streamlit as st

from core.figures.words.numbers import count, counted
from core.images import BitRange
from core.labels.images.bit_range import range_in_words
from core.services.datasets import DeepImages, Inspection, deep_images
from pages.sections.datasets.import_options import RANGE, range_error
from pages.widgets.cached import current_settings
from pages.widgets.notices import show_error
from pages.widgets.text import code

_KEYS: Final = ("import-range-low", "import-range-high")
_HELP: Final = "Values up to Low become black, values from High on white, those between them grey."
_STEPS: Final = 100  # from Low to High


def show_range(inspection: Inspection, name: str) -> None:
    """Low and High, where the source holds deep images and they have been read. `name` is that of the data set."""
    deep = deep_images(current_settings(), inspection, name)
    if deep is None:
        return
    st.markdown("**Range of values**")
    st.caption(_words(deep, name or inspection.name))
    typed = st.session_state.get(RANGE)
    for key, value in zip(_KEYS, typed or deep.automatic, strict=True):
        if key not in st.session_state or st.session_state[key] != value:
            st.session_state[key] = value
    step = _step(deep.automatic)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for key, label in zip(_KEYS, ("Low", "High"), strict=True):
            st.number_input(
                label, value=None, step=step, format="%g", key=key, help=_HELP, on_change=_take, args=(deep,), width=160
            )
        if typed:
            st.button("Automatic", icon=":material/undo:", type="tertiary", key="import-range-undo", on_click=_undo)
    if error := range_error():
        show_error(error)


def _words(deep: DeepImages, name: str) -> str:
    """How many images are deep, what they hold, and where the automatic range comes from."""
    of_all = f" of {count(deep.images)}" if deep.count < deep.images else ""
    have = "has" if deep.count == 1 else "have"
    what = (
        f"{counted(deep.count, 'image')}{of_all} {have} 16 or 32 bits, with values from "
        f"{range_in_words(deep.measured)}. One range for the whole data set maps them to 8 bits, by default"
    )
    if deep.version:
        return f"{what} {range_in_words(deep.automatic)}, as in version {deep.version} of {code(name)}."
    return f"{what} the one that was measured over all images."


def _step(bit_range: BitRange) -> float:
    """What a click on the buttons of a number adds: a whole number, if the range is of such."""
    step = (bit_range[1] - bit_range[0]) / _STEPS
    return float(max(1, round(step))) if all(value.is_integer() for value in bit_range) else step


def _take(deep: DeepImages) -> None:
    """Takes what was typed; the automatic range, typed, is no choice."""
    typed = tuple(st.session_state[key] for key in _KEYS)
    if typed == deep.automatic:
        _undo()
    else:
        st.session_state[RANGE] = typed


def _undo() -> None:
    st.session_state.pop(RANGE, None)
