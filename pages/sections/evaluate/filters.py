"""The filter of an evaluation's images: in words, as removable chips, and its controls."""

from typing import Final

import streamlit as st

from core.errors import DamagedFileError
from core.figures.causes import TITLES, mistake_words
from core.figures.words.numbers import counted
from core.services import evaluation
from core.services.evaluation import OUTCOMES, SORTS, Cause, ImageFilter
from pages.sections.evaluate.state import EvaluationView
from pages.widgets import address
from pages.widgets.attribute_filter import show_attribute_filter
from pages.widgets.text import code, escape

_OUTCOMES: Final = {"true_positive": "Found", "false_positive": "False positives", "missed": "Missed"}
_SORTS: Final = {
    "mistakes": "Most mistakes",
    "missed": "Most missed",
    "false_alarms": "Most false positives",
    "name": "File name",
}

_ATTRIBUTE_HELP: Final = "Images that have it, or an object with it; of the class, if one is chosen."


def show_filters(view: EvaluationView, boxes: int, images: int) -> None:
    """The filter in a sentence, and its parts as chips that a click removes."""
    chosen = view.filter
    words = f"{words_of(chosen, view.names, boxes)} on " if chosen.narrows_boxes else ""
    kept = [f"that have {code(chosen.attribute_words)}"] if chosen.attribute else []
    kept += [f"with {code(chosen.text)} in the name"] if chosen.text else []
    st.markdown(" ".join(filter(None, (f"**{words}{counted(images, 'image')}**", " and ".join(kept)))))
    if chosen.narrows_boxes or kept or chosen.slice:
        with st.container(horizontal=True, gap="xsmall", key="evaluation-chips"):
            _show_chips(view)


def show_controls(view: EvaluationView) -> None:
    """The filter controls and the order, behind a button."""
    with st.popover("Filter and sort", icon=":material/filter_list:"):
        _show_controls(view)


def words_of(chosen: ImageFilter, names: list[str], boxes: int) -> str:
    """The boxes that a filter asks for, in words for Markdown, such as ``37 missed `Platelets` ``."""
    if chosen.cell is not None:
        return f"{counted(boxes, 'box', 'boxes')}: {_cell_words(chosen.cell, names)}"
    if chosen.cause:
        return _cause_words(chosen, names, boxes)
    what = code(names[chosen.category_id]) if chosen.category_id >= 0 else "boxes"
    outcome = {"true_positive": "found ", "false_positive": "false positives of ", "missed": "missed "}
    return f"{boxes:,} {outcome.get(chosen.outcome, '')}{what}"


def _cause_words(chosen: ImageFilter, names: list[str], boxes: int) -> str:
    name = code(names[chosen.category_id]) if chosen.category_id >= 0 else ""
    if chosen.cause == Cause.MISSED:
        return f"{f'{boxes:,} {name}' if name else counted(boxes, 'object')} missed outright"
    return f"{counted(boxes, 'false positive')}{f' of {name}' if name else ''} ({mistake_words(chosen.cause)})"


def _cell_words(cell: tuple[int, int], names: list[str]) -> str:
    truth, predicted = cell
    if truth == len(names):
        return f"{code(names[predicted])} on nothing"
    if predicted == len(names):
        return f"missed {code(names[truth])}"
    if truth == predicted:
        return f"found {code(names[truth])}"
    return f"{code(names[truth])} taken for {code(names[predicted])}"


def _show_chips(view: EvaluationView) -> None:
    chosen = view.filter
    parts = {
        "cell": _cell_words(chosen.cell, view.names) if chosen.cell else "",
        "cause": TITLES[Cause(chosen.cause)] if chosen.cause else "",
        "class": code(view.names[chosen.category_id]) if chosen.category_id >= 0 else "",
        "outcome": _OUTCOMES.get(chosen.outcome, ""),
        "slice": escape(evaluation.slice_words(view.evaluation, chosen.slice)),
        "attribute": escape(chosen.attribute_words),
        "q": f"name: {escape(chosen.text)}" if chosen.text else "",
    }
    for parameter, words in parts.items():
        if words:
            st.button(
                words,
                icon=":material/close:",
                key=f"chip-{parameter}",
                on_click=address.put,
                args=({**_cleared(parameter), "page": None, "image": None},),
            )


def _cleared(parameter: str) -> dict[str, None]:
    """What a chip removes from the address: the value of an attribute goes with it."""
    return dict.fromkeys(["attribute", "value"] if parameter == "attribute" else [parameter])


def _show_controls(view: EvaluationView) -> None:
    chosen = view.filter
    st.selectbox(
        "Sort by",
        list(SORTS),
        format_func=lambda sort: _SORTS.get(sort, sort),
        **address.bound("sort", chosen.sort, lambda sort: None if sort == "mistakes" else sort, among=list(SORTS)),
    )
    st.selectbox(
        "Class",
        view.names,
        placeholder="Any",
        **address.bound("class", view.names[chosen.category_id] if chosen.category_id >= 0 else None, among=view.names),
    )
    st.pills(
        "Outcome",
        OUTCOMES,
        format_func=lambda outcome: _OUTCOMES.get(outcome, outcome),
        **address.bound("outcome", chosen.outcome or None, start="default"),
    )
    _show_attributes(view)
    st.text_input("Part of the file name", **address.bound("q", chosen.text, start="value"))


def _show_attributes(view: EvaluationView) -> None:
    """The filter by attributes of the data set version; a damaged table takes nothing else with it."""
    chosen = view.filter
    try:
        names = evaluation.attribute_names(view.evaluation)
    except DamagedFileError as error:
        st.caption(escape(f"There is no filter by attributes. {error.message} {error.remedy}"))
        return
    values = evaluation.attribute_values(view.evaluation, chosen.attribute) if chosen.attribute else []
    show_attribute_filter(names, chosen.attribute, values, chosen.value, help_text=_ATTRIBUTE_HELP)
